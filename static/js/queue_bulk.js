/** Many jobs at once: what will be done, to how many, and what became of it, in words. For live_queue.js. */

import { call } from "./api.js";
import { retryable, undecided } from "./jobs.js";
import { DEEDS as RESCUES, makerWords } from "./job_rescue.js";
import { toast } from "./toast.js";
import { t, worded } from "./words.js";

export const MOST = 200;
const NAMED = 6;
const PAID = new Set(["kie"]);
const CALL_SECONDS = 90;

/** Which of these entries (in the order shown, oldest trouble first) a deed is for. */
export function meant(deed, entries) {
  const rows = entries.filter(({ tone }) => (deed === "retry" ? tone === "bad" : tone === "wait" || tone === "run")).map(({ row }) => row);
  return deed === "retry" ? rows.filter(retryable) : rows.filter((row) => !row.cancelRequested && !undecided(row));
}

/** What supervisors decide for many: the deed of the API, and the one of a single job whose reasons it shares. */
const DECIDED = { replay: "replay", original: "original", "give-up": "give" };
const NAMES = { "give-up": "give" };

/** `still(deed)` answers the rows a deed is for by now: what others have done meanwhile is not done twice. */
export const BulkBox = {
  mixins: [worded],
  props: { still: Function },
  data: () => ({ deed: "retry", all: 0, asked: [], sent: [], busy: false, told: null, problem: "", chip: "", text: "" }),
  computed: {
    name() { return NAMES[this.deed] ?? this.deed; },
    reasons() { return DECIDED[this.deed] ? RESCUES[DECIDED[this.deed]].reasons : []; },
    reason() { return this.text.trim() || this.chip; },
    left() {
      if (!this.asked.length) return new Set(); // closed: nothing is counted with every batch of news
      return new Set(this.still?.(this.deed).map((row) => row.id) ?? this.asked.map((row) => row.id));
    },
    jobs() { return this.busy || this.told ? this.sent : this.asked.filter((row) => this.left.has(row.id)); },
    n() { return this.jobs.length; },
    title() { void this.lang; return !this.n ? t("bulk.none") : this.n === 1 ? t(`bulk.${this.name}One`) : t(`bulk.${this.name}Title`, { n: this.n }); },
    named() { return this.asked.slice(0, NAMED); },
    paid() {
      void this.lang;
      const rows = this.deed === "retry" ? this.jobs.filter((row) => PAID.has(row.provider)) : [];
      return rows.length ? t("bulk.paid", { n: rows.length, maker: makerWords(rows[0].provider) }) : "";
    },
    doWords() { void this.lang; return t({ retry: "bulk.doRetry", cancel: "bulk.doCancel" }[this.deed] ?? `bulk.${this.name}Do`, { n: this.n }); },
    /** Refusals by their reason, most first. */
    refusals() {
      void this.lang;
      const found = new Map();
      for (const { code } of this.told?.refused ?? []) found.set(code, (found.get(code) ?? 0) + 1);
      return [...found].sort((a, b) => b[1] - a[1]).map(([code, count]) => ({ code, count, words: this.errorText({ code }) }));
    },
  },
  methods: {
    /** Asks for these rows: what comes later is not meant, and what others do meanwhile falls away. */
    ask(deed, rows) {
      if (!rows.length) return;
      Object.assign(this, { deed, all: rows.length, asked: rows.slice(0, MOST), sent: [], busy: false, told: null, problem: "", chip: "", text: "" });
      this.$refs.box.showModal();
      this.$nextTick(() => this.$refs.no.focus());
    },
    isGone(row) { return !this.busy && !this.told && !this.left.has(row.id); },
    close() { if (!this.busy) this.$refs.box.close(); },
    doneWords() { return t({ retry: "bulk.retried", cancel: "bulk.canceled" }[this.deed] ?? `bulk.${this.name}Done`, { n: this.told.done }); },
    async send() {
      if (this.busy) return;
      if (this.reasons.length && !this.reason) { this.problem = this.errorText({ code: "REASON_MISSING" }); this.$refs.reason.focus(); return; }
      if (!this.n) return;
      Object.assign(this, { sent: this.jobs, busy: true, problem: "" });
      try {
        const { data } = await call("POST", "/jobs/bulk", { json: { deed: this.deed, jobIds: this.jobs.map((row) => row.id), ...(this.reasons.length ? { reason: this.reason } : {}) }, seconds: CALL_SECONDS });
        this.told = data;
        this.busy = false;
        if (!data.refused.length) { this.close(); toast(this.doneWords()); } else this.$nextTick(() => this.$refs.ok.focus());
      } catch (error) {
        this.busy = false;
        this.problem = error.status ? this.errorText(error) : this.t("bulk.unsure");
      }
    },
  },
  template: `
<dialog ref="box" class="pb-dialog bulkbox" aria-labelledby="bulk-title" @click.self="close" @close="asked = []" @cancel="busy && $event.preventDefault()"><div class="inner">
  <template v-if="!told">
    <h2 id="bulk-title">{{ title }}</h2>
    <ul class="named"><li v-for="row in named" :key="row.id" :class="{ gone: isGone(row) }"><b class="code">{{ row.code }}</b><span class="cut">{{ row.guestName }}</span><span v-if="isGone(row)" class="dim">{{ t('bulk.gone') }}</span></li><li v-if="asked.length > named.length" class="dim">{{ t('bulk.more', { n: asked.length - named.length }) }}</li></ul>
    <p v-if="all > asked.length" class="note warn"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span>{{ t('bulk.bounded', { most: asked.length, all }) }}</span></p>
    <p>{{ t('bulk.' + name + 'Hint') }} <b v-if="paid">{{ paid }}</b></p>
    <fieldset v-if="reasons.length"><legend>{{ t('rescue.why') }}</legend>
      <div class="chips"><button v-for="code in reasons" :key="code" type="button" class="btn chip" :data-reason="code" :aria-pressed="String(chip === code)" @click="chip = chip === code ? '' : code; text = ''">{{ t('because.' + code) }}</button></div>
      <input ref="reason" class="field" v-model="text" maxlength="500" :placeholder="t('rescue.otherReason')" :aria-label="t('rescue.otherReason')" autocomplete="off" @input="chip = ''">
    </fieldset>
    <p class="problem" role="alert">{{ problem }}</p>
    <div class="pair"><button ref="no" type="button" class="btn big" :disabled="busy" @click="close">{{ t('bulk.back') }}</button><button type="button" :class="['btn', 'big', 'yes', deed === 'cancel' || deed === 'give-up' ? 'bad' : 'main']" :disabled="busy || !n" @click="send">{{ busy ? t('bulk.doing') : doWords }}</button></div>
  </template>
  <template v-else>
    <h2 id="bulk-title" role="status">{{ doneWords() }}</h2>
    <p><b>{{ t('bulk.refused', { n: told.refused.length }) }}</b></p>
    <ul class="refusals"><li v-for="one in refusals" :key="one.code"><b>{{ one.count }}×</b><span>{{ one.words }}</span></li></ul>
    <div class="pair"><button ref="ok" type="button" class="btn main big" @click="close">{{ t('bulk.ok') }}</button></div>
  </template>
</div></dialog>`,
};
