/** What retention takes away from an event, day by day, and what it took: told beside the event's form. */

import { call } from "./api.js";
import { zone } from "./gallery_list.js";
import { locale, t } from "./words.js";

export const KeepBox = {
  props: { event: Object, lang: String },
  data: () => ({ plan: null }),
  created() { this.read(); },
  watch: { "event.id"() { this.plan = null; this.read(); }, "event.mark"() { this.read(); } },
  computed: {
    /** A day as it is said: what is over already goes within the hour. */
    days() {
      void this.lang;
      const named = new Intl.DateTimeFormat(locale(), { weekday: "short", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
      const today = new Intl.DateTimeFormat("en-CA").format(new Date());
      return (this.plan?.coming ?? []).map((one) => ({ ...one, said: one.on < today ? t("keep.now") : named.format(new Date(one.on)), facts: this.facts(one) }));
    },
    last() { void this.lang; return this.plan?.lastAt ? new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(this.plan.lastAt)) : ""; },
  },
  methods: {
    t(key, values) { void this.lang; return t(key, values); },
    facts({ guests, photos, files }) { return [guests && t("keep.guests", { n: guests }), photos && t("keep.photos", { n: photos }), files && t("keep.files", { n: files })].filter(Boolean).join(" · "); },
    async read() {
      const { id } = this.event;
      try { const { data } = await call("GET", `/events/${encodeURIComponent(id)}/retention?${new URLSearchParams({ zone: zone() })}`); if (this.event.id === id) this.plan = data; } catch { /* the form does without */ }
    },
  },
  template: `
<div v-if="plan" class="sheet keep"><h2>{{ t('keep.title') }}</h2>
  <p class="dim">{{ t('keep.how', { n: plan.days }) }}</p>
  <dl v-if="days.length" class="goes"><div v-for="one in days" :key="one.on"><dt>{{ one.said }}</dt><dd>{{ one.facts }}</dd></div></dl>
  <p v-else>{{ t('keep.nothing') }}</p>
  <p v-if="plan.moreDays" class="dim">{{ t('keep.more', { n: plan.moreDays }) }}</p>
  <p v-if="plan.held" class="note warn"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span>{{ t('keep.held', { n: plan.held }) }} <a :href="'/console/attention?event=' + event.id">{{ t('keep.heldStep') }}</a></span></p>
  <p v-if="last">{{ t('keep.gone', { guests: plan.goneGuests, photos: plan.gonePhotos, at: last }) }}</p>
  <p class="dim">{{ t('keep.stays') }}</p></div>`,
};
