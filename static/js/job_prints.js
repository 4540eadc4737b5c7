/** The prints of one job on its page: each with how far it is, and what a person may say of it. */

import { call } from "./api.js";
import { isOpen, printWords, settle, when } from "./printing.js";
import { worded } from "./words.js";

export const JobPrints = {
  mixins: [worded],
  props: { row: Object, booths: Array, now: Number },
  data: () => ({ items: [], busy: false }),
  created() { this.read(); },
  watch: { "row.printing"(now, before) { if (JSON.stringify(now) !== JSON.stringify(before)) this.read(); } },
  computed: {
    shown() {
      void this.lang;
      return this.items.map((one) => ({ one, ...printWords(one, this.booths.find((booth) => booth.boothId === one.boothId), this.now), at: when(one), asks: one.status === "unknown" || one.status === "failed", back: one.status === "requested" }));
    },
  },
  methods: {
    isOpen,
    async read() {
      if (!this.row.printing) return;
      try { this.items = (await call("GET", `/jobs/${encodeURIComponent(this.row.id)}/prints`)).data.items; } catch { /* the next change asks again */ }
    },
    async say(one, outcome) {
      if (this.busy) return;
      this.busy = true;
      await settle(one, outcome);
      this.busy = false;
      this.read();
    },
  },
  template: `
<section v-if="shown.length" class="prints" :aria-label="t('print.list')"><h2>{{ t('print.list') }}</h2>
  <ol><li v-for="{ one, tone, words, why, at, asks, back } in shown" :key="one.id" :data-print="one.id">
    <p class="line"><span :class="['tag', tone]"><svg class="icon" aria-hidden="true"><use href="#i-printer"/></svg>{{ words }}</span><span class="time">{{ one.requestedBy }} · {{ at }}</span></p>
    <p v-if="why" class="why">{{ why }}</p>
    <div v-if="asks" class="pair"><button type="button" class="btn" :disabled="busy" @click="say(one, 'printed')">{{ t('print.cameOut') }}</button><button type="button" class="btn" :disabled="busy" @click="say(one, 'missing')">{{ t('print.didNot') }}</button></div>
    <button v-else-if="back" type="button" class="btn plain" :disabled="busy" @click="say(one, 'missing')">{{ t('print.takeBack') }}</button>
  </li></ol>
</section>`,
};
