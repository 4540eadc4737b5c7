/** What a job in trouble needs of a person: the question in words, the answers, each with its reason. For job_page.js. */

import { call } from "./api.js";
import { toast } from "./toast.js";
import { retryable, undecided } from "./jobs.js";
import { has, t, timeOfDay, worded } from "./words.js";

const QUIET_MS = 60_000;
const STUCK = new Set(["stalled", "no_worker", "breaker", "spend_limit"]);
const QUIET = new Set(["queue", "retry", "snooze", "handed_back"]);
const LOOK = { kie: "rescue.lookKie", comfy: "rescue.lookComfy" };

/** Each answer: its door, its ready-made reasons, whether it is asked twice because it cannot be undone. */
export const DEEDS = {
  taken: { path: "resolve", icon: "check", reasons: ["TASK_SEEN", "CREDITS_TAKEN"] },
  missing: { path: "resolve", icon: "retry", reasons: ["NOT_IN_LOG", "NO_CREDITS_TAKEN"], final: true },
  replay: { path: "replay", icon: "retry", reasons: ["TROUBLE_OVER", "GUEST_WAITS"] },
  original: { path: "original", icon: "image", reasons: ["GUEST_WAITS", "GUEST_WISH"], final: true },
  switch: { path: "switch", icon: "right", reasons: ["MAKER_TROUBLE", "GUEST_WAITS"] },
  give: { path: "give-up", icon: "stop", reasons: ["GUEST_LEFT", "TEST_PHOTO"] },
};

/** "unknown", "dead" or "stalled": what is wrong with a job that needs a person; null for all others. `now` in ms. */
export function troubleOf(row, now) {
  if (undecided(row)) return "unknown";
  if (row.status === "failed") return "dead";
  if (row.cancelRequested || (row.status !== "queued" && row.status !== "running")) return null;
  const quiet = row.updatedAt && now - Date.parse(row.updatedAt) > QUIET_MS;
  if (row.status === "running") return quiet && now - Date.parse(row.updatedAt) > 2 * QUIET_MS ? "stalled" : null;
  return STUCK.has(row.wait?.code) || (quiet && QUIET.has(row.wait?.code)) ? "stalled" : null;
}

/** A maker's name in the reader's language. */
export const makerWords = (name) => (has(`provider.${name}`) ? t(`provider.${name}`) : name);

const empty = () => ({ deed: null, sure: false, busy: false, problem: "", wrong: "", chip: "", text: "", task: "", maker: "", style: "" });

export const JobRescue = {
  mixins: [worded],
  props: { row: Object, detail: Object, styles: Array, trouble: String, decides: Boolean, house: Array },
  emits: ["decided"],
  data: () => ({ ...empty(), told: null }),
  watch: { trouble() { Object.assign(this, empty()); } },
  computed: {
    DEEDS: () => DEEDS,
    provider() { void this.lang; return makerWords(this.row.provider); },
    title() {
      if (this.trouble === "unknown") return this.t(this.row.provider === "kie" ? "rescue.unknownPaid" : "rescue.unknown", { provider: this.provider });
      if (this.trouble === "stalled") return this.t("rescue.stalled");
      return this.t(this.row.dismissed ? "rescue.gone" : "rescue.dead");
    },
    lead() {
      if (this.trouble === "unknown") return this.t("rescue.asked", { at: this.at(this.asked) });
      return this.trouble === "stalled" ? this.t("rescue.stalledHint", { at: this.at(this.row.updatedAt) }) : this.t("rescue.deadHint");
    },
    asked() { return (this.detail.timeline ?? []).findLast((entry) => entry.kind === "outcome")?.at ?? this.row.updatedAt; },
    look() { return LOOK[this.row.provider] ?? "rescue.lookOther"; },
    /** Whom it may be given to; nobody once the picture is made. */
    makers() {
      return (this.detail.makers ?? []).filter((name) => name !== "original" && name !== this.row.provider);
    },
    open() { return Boolean(this.detail.makers?.length) && this.row.mode !== "original" && this.row.provider !== "original"; },
    otherStyles() { return (this.styles ?? []).filter((style) => style.id !== this.row.styleId && style.id !== "original"); },
    answers() {
      if (this.trouble === "unknown") return ["taken", "missing", "give"];
      const ways = this.open ? ["original", ...(this.makers.length || this.otherStyles.length ? ["switch"] : [])] : [];
      return this.trouble === "stalled" ? ways : ["replay", ...ways, ...(this.row.dismissed ? [] : ["give"])];
    },
    reason() { return this.text.trim() || this.chip; },
  },
  methods: {
    retryable,
    at(when) { void this.lang; return when ? timeOfDay(when) : ""; },
    makerChoice(name) {
      void this.lang;
      const bad = this.house.some((part) => part.id === name && part.state !== "closed");
      return bad ? this.t("rescue.makerTrouble", { provider: makerWords(name) }) : makerWords(name);
    },
    focus(what) { this.$nextTick(() => this.$refs[what]?.focus({ preventScroll: false })); },
    pick(deed) {
      Object.assign(this, empty(), { deed });
      if (deed === "switch" && this.makers.length === 1) this.maker = this.makers[0];
      this.focus(deed === "taken" ? "task" : "form");
    },
    back() {
      if (this.busy) return;
      if (this.sure) { this.sure = false; this.focus("send"); return; }
      const was = this.deed;
      Object.assign(this, empty());
      this.$nextTick(() => this.$el.querySelector(`[data-deed="${was}"]`)?.focus());
    },
    /** What is missing still, as a field and words; null when all is there. */
    lacks() {
      if (this.deed === "taken" && !this.task.trim()) return ["task", this.t("rescue.needsTask")];
      if (this.deed === "switch" && !this.maker && !this.style) return ["maker", this.t("rescue.needsMaker")];
      return this.reason ? null : ["reason", this.errorText({ code: "REASON_MISSING" })];
    },
    submit() {
      if (this.busy) return;
      [this.wrong, this.problem] = this.lacks() ?? ["", ""];
      if (this.wrong) { this.focus(this.wrong === "maker" ? "form" : this.wrong); return; }
      if (DEEDS[this.deed].final) { this.sure = true; this.focus("no"); return; }
      this.send();
    },
    body() {
      const body = { reason: this.reason };
      if (this.deed === "taken") body.taskId = this.task.trim();
      if (this.deed === "switch") Object.assign(body, this.style ? { styleId: this.style } : { maker: this.maker });
      return body;
    },
    async send() {
      if (this.busy) return;
      this.busy = true;
      this.problem = "";
      const seen = this.row.revision;
      try {
        await call("POST", `/jobs/${encodeURIComponent(this.row.id)}/${DEEDS[this.deed].path}`, { json: this.body() });
        toast(this.t("rescue.done", { name: this.row.guestName }));
        Object.assign(this, empty(), { told: seen }); // until the board brings what became of it
        this.$emit("decided");
      } catch (error) {
        this.sure = this.busy = false;
        this.problem = this.errorText(error);
        this.focus("send");
      }
    },
  },
  template: `
<section v-if="answers.length && told !== row.revision" :class="['rescue', trouble]" aria-labelledby="rescue-title" :data-trouble="trouble" @keydown.esc.stop.prevent="deed && back()">
  <h2 id="rescue-title"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span>{{ title }}</span></h2>
  <p v-if="!deed && (decides || trouble !== 'dead')">{{ lead }}</p>
  <p v-if="!decides" class="who"><svg class="icon" aria-hidden="true"><use href="#i-user"/></svg><span>{{ t(retryable(row) ? 'rescue.whoElse' : 'rescue.who') }}</span></p>
  <template v-else-if="!deed">
    <p v-if="trouble === 'unknown'" class="look">{{ t(look, { provider }) }} <a v-if="row.provider === 'kie'" class="link" :href="t('rescue.logsKie')" target="_blank" rel="noopener noreferrer">kie.ai/logs</a></p>
    <ul class="answers"><li v-for="(name, index) in answers" :key="name"><button type="button" :class="['btn', 'big', { main: index === 0 && trouble === 'dead' && !row.dismissed, plain: name === 'give' }]" :data-deed="name" @click="pick(name)"><svg class="icon" aria-hidden="true"><use :href="'#i-' + DEEDS[name].icon"/></svg><span>{{ t('rescue.' + name) }}</span></button></li></ul>
  </template>
  <form v-else ref="form" tabindex="-1" novalidate :aria-label="t('rescue.' + deed)" @submit.prevent="submit">
    <h3>{{ t('rescue.' + deed) }}</h3>
    <p>{{ t('rescue.' + deed + 'Hint') }}</p>
    <label v-if="deed === 'taken'"><span>{{ t('rescue.taskId') }}</span><input ref="task" class="field code" v-model="task" maxlength="200" autocomplete="off" autocapitalize="off" spellcheck="false" :aria-invalid="String(wrong === 'task')" aria-describedby="rescue-problem"></label>
    <fieldset v-if="deed === 'switch'"><legend>{{ t('rescue.maker') }}</legend>
      <div v-if="makers.length" class="chips"><button v-for="name in makers" :key="name" type="button" class="btn chip" :data-maker="name" :aria-pressed="String(maker === name)" @click="maker = name; style = ''">{{ makerChoice(name) }}</button></div>
      <label v-if="otherStyles.length"><span>{{ t('rescue.otherStyle') }}</span><select class="field" v-model="style" @change="maker = ''"><option value="">{{ t('rescue.chooseStyle') }}</option><option v-for="one in otherStyles" :key="one.id" :value="one.id">{{ one.name[lang] }}</option></select></label>
    </fieldset>
    <fieldset><legend>{{ t('rescue.why') }}</legend>
      <div class="chips"><button v-for="code in DEEDS[deed].reasons" :key="code" type="button" class="btn chip" :data-reason="code" :aria-pressed="String(chip === code)" @click="chip = chip === code ? '' : code; text = ''">{{ t('because.' + code) }}</button></div>
      <input ref="reason" class="field" v-model="text" maxlength="500" :placeholder="t('rescue.otherReason')" :aria-label="t('rescue.otherReason')" autocomplete="off" :aria-invalid="String(wrong === 'reason')" aria-describedby="rescue-problem" @input="chip = ''">
    </fieldset>
    <p id="rescue-problem" class="problem" role="alert">{{ problem }}</p>
    <div v-if="sure" class="sure" role="group" aria-labelledby="rescue-sure"><p id="rescue-sure">{{ t('rescue.' + deed + 'Sure') }}</p>
      <div class="pair"><button ref="no" type="button" class="btn big" :disabled="busy" @click="back">{{ t('rescue.no') }}</button><button type="button" class="btn bad big yes" :disabled="busy" @click="send">{{ t('rescue.yes') }}</button></div>
    </div>
    <div v-else class="pair"><button type="button" class="btn plain big" :disabled="busy" @click="back">{{ t('rescue.back') }}</button><button ref="send" type="submit" class="btn main big send" :disabled="busy">{{ t('rescue.' + deed + 'Do') }}</button></div>
  </form>
</section>`,
};
