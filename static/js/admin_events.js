/** Events: made, changed, opened and closed, copied, exported, imported; the frame over their pictures. */

import { editing, Faster, InUse } from "./admin_edit.js";
import { FrameBox } from "./admin_frame.js";
import { ImportBox } from "./admin_import.js";
import { KeepBox } from "./admin_retention.js";
import { call } from "./api.js";
import { PbForm } from "./form.js";
import { toast } from "./toast.js";
import { locale } from "./words.js";

export const Events = {
  mixins: [editing],
  components: { PbForm, Faster, InUse, FrameBox, ImportBox, KeepBox },
  props: { house: Object, schemas: Object, lang: String },
  data: () => ({ copying: false, spent: null }),
  created() { this.readSpent(); },
  watch: { picked() { this.readSpent(); } },
  computed: {
    rows() { return [...this.house.events].sort((a, b) => (a.status === b.status ? 0 : a.status === "open" ? -1 : 1)); },
    one() { return this.house.events.find((event) => event.id === this.picked) ?? null; },
  },
  methods: {
    day(text) { void this.lang; return text ? new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(new Date(text)) : this.t("admin.noDay"); },
    booths(event) { return this.house.booths.filter((booth) => booth.eventId === event.id).length; },
    /** What paid makers have cost so far stands beside the limit. */
    async readSpent() {
      this.spent = null;
      const { one } = this;
      if (!one) return;
      try { const { data } = await call("GET", `/events/${encodeURIComponent(one.id)}/spend`); if (this.one?.id === one.id) this.spent = data.spent; } catch { /* the form does without */ }
    },
    make(json) { this.save({ method: "POST", path: "/events", json }, (made) => { this.put("events", made); this.pick(made.id); toast(this.t("admin.made", { name: made.name })); }); },
    change(json) { this.save({ method: "PATCH", path: `/events/${encodeURIComponent(this.one.id)}`, json, mark: this.one.mark }, (now) => { this.put("events", now); this.saved(); }); },
    copy(json) { this.save({ method: "POST", path: `/events/${encodeURIComponent(this.one.id)}/copy`, json }, (made) => { this.put("events", made); this.$refs.copy.close(); this.pick(made.id); toast(this.t("admin.made", { name: made.name })); }); },
    async imported(plan) { await Promise.all(["events", "booths", "styles"].map((list) => this.fresh(list))); this.pick(plan.eventId); },
    startCopy() { this.problem = null; this.copying = true; this.$nextTick(() => this.$refs.copy.showModal()); },
  },
  template: `
<div :class="['split', { opened: picked }]">
  <section class="list" :aria-label="t('admin.events')">
    <header><h2>{{ t('admin.events') }}</h2><button type="button" class="btn main" @click="pick('new')">{{ t('admin.newEvent') }}</button></header>
    <ul><li v-for="event in rows" :key="event.id"><button type="button" class="pickrow" :data-id="event.slug" :aria-current="picked === event.id ? 'true' : null" @click="pick(event.id)"><span class="about"><b class="cut">{{ event.name }}</b><span class="dim cut">{{ day(event.startsOn) }} · {{ t('admin.nBooths', { n: booths(event) }) }}</span></span><span :class="['tag', event.status === 'open' ? 'good' : '']"><svg class="icon" aria-hidden="true"><use :href="event.status === 'open' ? '#i-check-circle' : '#i-stop'"/></svg>{{ t('form.event.status.' + event.status) }}</span></button></li></ul>
    <button v-if="house.all" type="button" class="btn wide" @click="pick('import')"><svg class="icon" aria-hidden="true"><use href="#i-up"/></svg>{{ t('admin.import') }}</button>
  </section>
  <section class="detail" :aria-label="t('admin.details')">
    <button v-if="picked" type="button" class="btn plain back" @click="pick(null)"><svg class="icon" aria-hidden="true"><use href="#i-left"/></svg>{{ t('admin.events') }}</button>
    <div v-if="picked === 'new'" class="sheet"><h2 tabindex="-1">{{ t('admin.newEvent') }}</h2><pb-form :schema="schemas.NewEvent" words="event" :problem="problem" :busy="busy" :label="t('admin.makeEvent')" @send="make"/></div>
    <import-box v-else-if="picked === 'import'" :house="house" :lang="lang" @done="imported"></import-box>
    <template v-else-if="one">
      <div class="sheet"><header><h2 tabindex="-1">{{ one.name }}</h2><a class="btn plain" :href="'/kiosk/' + one.slug" target="_blank">/kiosk/{{ one.slug }}</a></header>
        <faster :problem="problem" :lang="lang" @fresh="fresh('events')"></faster>
        <pb-form :key="one.id" :schema="schemas.EventChange" words="event" :value="one" :problem="problem && problem.code !== 'CHANGED_MEANWHILE' && !copying ? problem : null" :busy="busy" @send="change"><p v-if="spent" class="dim">{{ t('admin.spent', { n: Math.round(spent * 100) / 100 }) }}</p></pb-form></div>
      <frame-box :event="one" :lang="lang" @changed="put('events', $event)"></frame-box>
      <keep-box :event="one" :lang="lang"></keep-box>
      <div class="sheet"><h2>{{ t('admin.asFile') }}</h2><p class="dim">{{ t('admin.asFileHint') }}</p><div class="deeds"><a class="btn big" :href="'/api/v1/events/' + one.id + '/configuration'" download><svg class="icon" aria-hidden="true"><use href="#i-download"/></svg>{{ t('admin.export') }}</a><button type="button" class="btn big" @click="startCopy"><svg class="icon" aria-hidden="true"><use href="#i-file"/></svg>{{ t('admin.copyEvent') }}</button></div></div>
      <dialog ref="copy" class="pb-dialog ask" :aria-label="t('admin.copyEvent')" @close="copying = false"><div v-if="copying" class="inner"><header><h2>{{ t('admin.copyTitle', { name: one.name }) }}</h2></header><p class="dim">{{ t('admin.copyHint') }}</p><pb-form :schema="schemas.EventCopy" words="event" :problem="problem" :busy="busy" :label="t('admin.copyEvent')" @send="copy"><template #deeds><button type="button" class="btn big" @click="$refs.copy.close()">{{ t('admin.cancel') }}</button></template></pb-form></div></dialog>
    </template>
    <div v-else class="empty"><svg class="icon" aria-hidden="true"><use href="#i-pin"/></svg><b>{{ t('admin.pickEvent') }}</b><span>{{ t('admin.pickEventHint') }}</span></div>
  </section>
  <in-use :use="use" :lang="lang" @leave="use = null"></in-use>
</div>`,
};
