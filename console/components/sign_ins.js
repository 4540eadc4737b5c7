/** Where an account is signed in: this browser first, each other one with a button that ends it. */

import { agentWords } from "/static/js/agents.js";
import { call } from "/static/js/api.js";
import { agoWords } from "/static/js/health.js";
import { timeOf } from "/static/js/shots.js";
import { everySecond } from "/static/js/ticker.js";
import { toast } from "/static/js/toast.js";
import { worded } from "/static/js/words.js";

const NOW_MS = 90000;

export default {
  mixins: [worded],
  props: { items: Array, username: String },
  data() { return { rows: this.items, now: Date.now(), busy: "" }; },
  created() { this.stop = everySecond(() => { this.now = Date.now(); }); },
  unmounted() { this.stop(); },
  computed: {
    shown() {
      void this.lang;
      return this.rows.map((row) => ({ ...row, ...agentWords(row), facts: this.facts(row) }));
    },
    others() { return this.rows.filter((row) => !row.mine).length; },
  },
  methods: {
    facts(row) {
      const used = Date.parse(row.usedAt ?? row.beganAt);
      const last = row.mine || this.now - used < NOW_MS ? this.t("signIns.usedNow") : this.t("signIns.used", { when: agoWords(row.usedAt ?? row.beganAt, this.now) });
      return [last, this.t("signIns.began", { when: timeOf(row.beganAt, this.now) }), this.t("signIns.until", { when: timeOf(row.expiresAt, this.now) })];
    },
    async end(row) {
      await this.doing(row.id, async () => {
        await call("DELETE", `/auth/sign-ins/${encodeURIComponent(row.id)}`);
        toast(this.t("signIns.ended"));
      });
    },
    async endOthers() {
      await this.doing("all", async () => {
        const { data } = await call("POST", "/auth/sign-ins/end-others", { json: {} });
        toast(this.t("signIns.endedMany", { n: data.ended }));
      });
    },
    async doing(what, deed) {
      this.busy = what;
      try {
        await deed();
      } catch (error) {
        toast(this.errorText(error), { bad: true });
      }
      try {
        this.rows = (await call("GET", "/auth/sign-ins")).data.items;
      } catch (error) {
        toast(this.errorText(error), { bad: true });
      }
      this.busy = "";
    },
  },
  template: `
<section class="signins">
  <header><div><h1>{{ t('signIns.title') }}</h1><p class="dim">{{ t('signIns.lead', { name: username }) }}</p></div>
    <button v-if="others" type="button" class="btn big" :disabled="Boolean(busy)" @click="endOthers"><svg class="icon" aria-hidden="true"><use href="#i-out"/></svg>{{ t('signIns.endOthers') }}</button></header>
  <ul>
    <li v-for="row in shown" :key="row.id" :data-mine="String(row.mine)"><span class="what"><svg class="icon" aria-hidden="true"><use :href="'#i-' + row.icon"/></svg></span>
      <div class="about"><b class="cut">{{ row.words }}</b><span class="dim">{{ row.facts.join(' · ') }}</span></div>
      <span v-if="row.mine" class="pill good"><svg class="icon" aria-hidden="true"><use href="#i-check"/></svg>{{ t('signIns.here') }}</span>
      <button v-else type="button" class="btn" :disabled="Boolean(busy)" :aria-label="t('signIns.end') + ': ' + row.words" @click="end(row)">{{ t('signIns.end') }}</button></li>
  </ul>
  <p v-if="!others" class="dim">{{ t('signIns.only') }}</p>
</section>`,
};
