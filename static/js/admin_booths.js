/** Booths: made, renamed, moved to another event; their camera laptop and its tokens beside them. */

import { editing, Faster, InUse } from "./admin_edit.js";
import { call } from "./api.js";
import { boarded } from "./board.js";
import { PbForm } from "./form.js";
import { health } from "./health.js";
import { Tokens } from "./laptop_tokens.js";
import { toast } from "./toast.js";

export const Booths = {
  mixins: [boarded, editing],
  components: { PbForm, Faster, InUse, Tokens },
  watches: ["booth"],
  props: { house: Object, schemas: Object, lang: String },
  data: () => ({ tokens: null }),
  created() { if (this.one) this.readTokens(); },
  watch: { picked() { this.tokens = null; if (this.one) this.readTokens(); } },
  computed: {
    groups() {
      const names = new Map(this.house.events.map((event) => [event.id, event]));
      const found = new Map();
      for (const booth of this.house.booths) {
        if (!found.has(booth.eventId)) found.set(booth.eventId, []);
        found.get(booth.eventId).push(booth);
      }
      return [...found].map(([id, booths]) => ({ id, event: names.get(id), booths: [...booths].sort((a, b) => a.id.localeCompare(b.id)) })).sort((a, b) => (a.id === this.scope.event ? -1 : b.id === this.scope.event ? 1 : 0));
    },
    one() { return this.house.booths.find((booth) => booth.id === this.picked) ?? null; },
    choices() { return { events: this.house.events.filter((event) => event.status === "open" || event.id === this.one?.eventId).map((event) => ({ value: event.id, label: event.name })) }; },
  },
  methods: {
    live(booth) { return this.rows("booth").find((row) => row.boothId === booth.id) ?? null; },
    state(booth) { void this.lang; const row = this.live(booth); return row && health(row, this.now, true); },
    make(json) { this.save({ method: "POST", path: "/booths", json }, (made) => { this.put("booths", made); this.pick(made.id); toast(this.t("admin.made", { name: made.name })); }); },
    change(json) { this.save({ method: "PUT", path: `/booths/${encodeURIComponent(this.one.id)}`, json: { name: this.one.name, eventId: this.one.eventId, ...json }, mark: this.one.mark }, (now) => { this.put("booths", now); this.saved(); }); },
    async readTokens() {
      const booth = this.picked;
      try {
        const { data } = await call("GET", `/booths/${encodeURIComponent(booth)}/tokens`);
        if (this.picked === booth) this.tokens = data.items;
      } catch (error) {
        toast(this.says(error), { bad: true });
      }
    },
  },
  template: `
<div :class="['split', { opened: picked }]">
  <section class="list" :aria-label="t('admin.booths')">
    <header><h2>{{ t('admin.booths') }}</h2><button type="button" class="btn main" @click="pick('new')">{{ t('admin.newBooth') }}</button></header>
    <template v-for="group in groups" :key="group.id"><h3 class="cut">{{ group.booths[0].eventName }}</h3>
      <ul><li v-for="booth in group.booths" :key="booth.id"><button type="button" class="pickrow" :data-id="booth.id" :aria-current="picked === booth.id ? 'true' : null" @click="pick(booth.id)"><span class="about"><b class="cut">{{ booth.name }}</b><span v-if="state(booth)" :class="['tag', state(booth).tone]"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (state(booth).tone === 'good' ? 'check-circle' : state(booth).icon)"/></svg><span class="cut">{{ state(booth).words }}</span></span><span v-else class="dim cut">{{ booth.id }}</span></span></button></li></ul></template>
    <p v-if="!house.booths.length" class="dim none">{{ t('admin.noBooths') }}</p>
  </section>
  <section class="detail" :aria-label="t('admin.details')">
    <button v-if="picked" type="button" class="btn plain back" @click="pick(null)"><svg class="icon" aria-hidden="true"><use href="#i-left"/></svg>{{ t('admin.booths') }}</button>
    <div v-if="picked === 'new'" class="sheet"><h2 tabindex="-1">{{ t('admin.newBooth') }}</h2><pb-form :schema="schemas.NewBooth" words="booth" :choices="choices" :preset="{ eventId: scope.event }" :problem="problem" :busy="busy" :label="t('admin.makeBooth')" @send="make"/></div>
    <template v-else-if="one">
      <div class="sheet"><header><h2 tabindex="-1">{{ one.name }}</h2><a class="btn plain" :href="'/console/booth/' + encodeURIComponent(one.id)">{{ t('admin.openBooth') }}<svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></a></header>
        <div v-if="state(one)" :class="['note', state(one).tone]" role="status"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (state(one).tone === 'good' ? 'check-circle' : state(one).icon)"/></svg><div><b>{{ state(one).title }}</b><p>{{ state(one).step }}</p></div></div>
        <faster :problem="problem" :lang="lang" @fresh="fresh('booths')"></faster>
        <pb-form :key="one.id" :schema="schemas.BoothPut" words="booth" :choices="choices" :value="one" :problem="problem && problem.code !== 'CHANGED_MEANWHILE' ? problem : null" :busy="busy" @send="change"/></div>
      <div class="laptop inside"><tokens :key="one.id" :booth="one.id" :server="house.serverUrl" :items="tokens ?? []" :now="now" :lang="lang" @made="readTokens" @revoked="tokens = tokens.filter((token) => token.id !== $event)"></tokens></div>
    </template>
    <div v-else class="empty"><svg class="icon" aria-hidden="true"><use href="#i-laptop"/></svg><b>{{ t('admin.pickBooth') }}</b><span>{{ t('admin.pickBoothHint') }}</span></div>
  </section>
  <in-use :use="use" :lang="lang" @leave="use = null"></in-use>
</div>`,
};
