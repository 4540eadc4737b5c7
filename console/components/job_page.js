/** One job: its picture before and after, where it stands, what happened and when, and what one can do. */

import { call } from "/static/js/api.js";
import { boarded } from "/static/js/board.js";
import { cancelSoon, clock, erased, FINISHED, ICONS, isBusy, learnStyles, media, onDeeds, rail, reason, retry, retryable, seconds, styleWords, tone, undoCancel, undoLeft, word } from "/static/js/jobs.js";
import { JobMove } from "/static/js/job_move.js";
import { JobPrints } from "/static/js/job_prints.js";
import { JobRescue, makerWords, troubleOf } from "/static/js/job_rescue.js";
import { shortcut } from "/static/js/keys.js";
import { printable, printDialog } from "/static/js/printing.js";
import { share } from "/static/js/share.js";
import { has, locale, timeOfDay, worded } from "/static/js/words.js";

const MARKS = { queued: "clock", stage_started: "play", stage_done: "check", retry: "retry", failed: "alert", succeeded: "check-circle", canceled: "stop", cancel_requested: "stop", stalled: "alert", taken_over: "user", retried: "retry", outcome: "alert", resolved: "user", replayed: "user", switch_asked: "user", dismissed: "user", moved: "users", move_undone: "undo", print_requested: "printer", print_printed: "printer", print_failed: "alert", print_unknown: "alert", print_canceled: "stop", print_missing: "user" };

const MISSING = new Set(["INPUT_MISSING", "OBJECT_NOT_FOUND"]);

/** The API's answer as a row of the board. */
const asRow = (detail) => ({
  ...detail, id: detail.jobId, guestName: detail.name, wait: detail.waitReason, cancelRequested: Boolean(detail.cancelRequested), hasOutput: detail.hasOutput ?? Boolean(detail.outputUrl),
  errorCode: detail.error?.code ?? null, errorMessage: detail.error?.message ?? null,
});

export default {
  mixins: [worded, boarded],
  components: { JobMove, JobPrints, JobRescue },
  watches: ["job", "booth", "provider"],
  props: { job: Object, styles: Array, decides: Boolean },
  data() { return { detail: this.job, deeds: 0, wide: false, noInput: false, inputSeen: false, asks: false }; },
  created() {
    learnStyles(this.styles);
    this.told = this.mark(asRow(this.job));
    this.stops.push(
      onDeeds(() => { this.deeds += 1; }),
      shortcut({ key: "t", label: "job.retry", run: () => this.mayRetry && this.again() }),
      shortcut({ key: "p", label: "print.button", run: () => this.mayPrint && this.print() }),
      shortcut({ key: "s", label: "job.share", run: () => this.detail.resultUrl && this.showQr() }),
    );
  },
  computed: {
    ICONS: () => ICONS,
    row() {
      void this.version;
      const live = this.board.get("job", this.job.jobId);
      const known = asRow(this.detail);
      return live && live.revision >= known.revision ? live : known;
    },
    /** Retention took it: nothing of it may stay on a screen. */
    deleted() { void this.version; return this.board.deleted.has(this.job.jobId); },
    children() { return this.rows("job").filter((row) => row.parentId === this.job.jobId); },
    childId() { return this.children[0]?.id ?? this.childJob(this.detail.children?.[0]); },
    /** Whether another job took this one's place; beside a finished one another style only stands. */
    replaced() { return Boolean(this.childId) && this.row.status !== "succeeded"; },
    parentWords() { void this.version; return this.t(this.board.get("job", this.row.parentId)?.status === "succeeded" ? "job.styleOf" : "job.parent"); },
    tone() { return tone(this.row, this.replaced); },
    mayRetry() { return this.tone === "bad" && retryable(this.row); },
    /** What a person must decide; a job that was retried needs nothing more. */
    trouble() { return this.childId ? null : troubleOf(this.row, this.now); },
    stages() { return rail(this.row); },
    boothName() { return this.booth?.name ?? this.row.boothId ?? "–"; },
    booth() { return this.rows("booth").find((row) => row.boothId === this.row.boothId) ?? null; },
    mayPrint() { return printable(this.row, this.booth); },
    moving() { return !FINISHED.has(this.row.status); },
    timeline() {
      const entries = [];
      for (const entry of this.detail.timeline ?? []) {
        const last = entries.at(-1);
        const ends = entry.kind === "stage_done" && last?.kind === "stage_started" && last.stage === entry.stage;
        if (ends) entries.pop();
        entries.push(ends ? { ...entry, since: last.at } : entry);
      }
      return entries.reverse();
    },
    /** The newest move that was not undone. */
    lastMove() {
      const undone = new Set(this.timeline.filter((entry) => entry.kind === "move_undone").map((entry) => entry.data?.move));
      return this.timeline.find((entry) => entry.kind === "moved" && !undone.has(entry.data?.move)) ?? null;
    },
    /** The photo is asked for twice before it is given up: what the job says of it is known at once. */
    missing() { return MISSING.has(this.row.errorCode); },
    input() { return media("jobs", this.job.jobId, "input", 1); },
    output() { return media("jobs", this.job.jobId, "preview", 1); },
  },
  watch: {
    /** The question stays where it came up, also once it is answered. */
    trouble: { immediate: true, handler(trouble) { this.asks ||= trouble === "unknown" || trouble === "dead"; } },
    row(row) {
      if (this.mark(row) === this.told) return;
      this.told = this.mark(row);
      clearTimeout(this.asking);
      this.asking = setTimeout(() => this.refresh(row.revision), 200);
    },
  },
  methods: {
    cancelSoon, clock, erased, styleWords, undoCancel, word,
    childJob: (child) => (child ? (typeof child === "string" ? child : child.jobId) : null),
    mark: (row) => `${row.sessionId} ${row.status} ${row.stage} ${row.attempts} ${row.provider} ${row.printing?.id} ${row.printing?.status} ${row.wait?.code === "outcome"} ${row.status === "failed" ? row.revision : ""}`,
    arrived({ target }) { Object.assign(this, { inputSeen: true, wide: target.naturalWidth > target.naturalHeight * 1.15 }); },
    decided() { this.$nextTick(() => this.$refs.standing.focus()); },
    async refresh(revision) {
      if (revision === this.fetched) return; // the row once as the board tells it, once as the detail does
      try {
        const { data } = await call("GET", `/jobs/${encodeURIComponent(this.job.jobId)}?revision=${revision}`);
        this.fetched = revision;
        if (data.revision >= this.detail.revision) this.detail = data;
      } catch { /* the row itself stays live; the next change asks again */ }
    },
    why(row) { void this.lang; return reason(row, this.now); },
    time(row) { return clock(seconds(row, this.now)); },
    at(when) { void this.lang; return when ? timeOfDay(when) : ""; },
    icon: (kind) => MARKS[kind] ?? "clock",
    what(entry) {
      if (entry.kind === "resolved") return this.t(entry.data.task ? "time.resolvedTaken" : "time.resolvedMissing", entry.data);
      if (entry.kind === "switch_asked") return this.t("time.switch_asked", { ...entry.data, to: makerWords(entry.data.to) });
      const stage = entry.stage && has(`stage.${entry.stage}`) ? this.t(`stage.${entry.stage}`) : entry.stage ?? "";
      return has(`time.${entry.kind}`) ? this.t(`time.${entry.kind}`, { by: "", ...entry.data, stage }).replace(/: $/, "") : [entry.kind, stage].filter(Boolean).join(": ");
    },
    /** How long a stage took; tenths below ten seconds. */
    took(entry) {
      if (!entry.since) return "";
      const n = Math.max(0, Date.parse(entry.at) - Date.parse(entry.since)) / 1000;
      void this.lang;
      if (n < 0.05) return ""; // "0.0 s" says no more than the two times beside it
      return n < 10 ? this.t("camera.seconds", { n: n.toLocaleString(locale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }) }) : clock(Math.round(n));
    },
    more(entry) {
      const { code, because } = entry.data ?? {};
      const why = code || because || "";
      if (has(`because.${why}`)) return this.t(`because.${why}`);
      return has(`error.${why}`) ? this.errorText({ code: why }) : why;
    },
    busy() { void this.deeds; return isBusy(this.job.jobId); },
    print() { printDialog(this.row, this.booth, this.now); },
    undo() { void this.deeds; void this.now; return undoLeft(this.job.jobId); },
    async again() {
      const id = await retry(this.row);
      if (id) location.assign(`/console/jobs/${id}`);
    },
    showQr() { share(this.job.jobId, this.row.guestName, this.detail.resultUrl); },
  },
  template: `
<div v-if="deleted" class="empty" role="alert"><svg class="icon" aria-hidden="true"><use href="#i-image"/></svg><b>{{ t('job.deleted') }}</b></div>
<article v-else :class="['jobpage', { asks }]">
  <section :class="['pictures', { wide }]">
    <figure><figcaption>{{ t('job.before') }}</figcaption><div class="mat"><img v-if="!noInput && !erased(row)" :src="input" :alt="t('job.before') + ', ' + row.guestName" @load="arrived" @error="noInput = true">
      <div v-if="noInput || !inputSeen" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-image"/></svg><b v-if="erased(row)">{{ t('status.erased') }}</b><b v-else-if="noInput || missing">{{ errorText({ code: 'INPUT_MISSING' }) }}</b></div></div></figure>
    <figure><figcaption>{{ t('job.after') }}<span class="dim"> · {{ styleWords(row) }}</span></figcaption><div class="mat"><img v-if="row.hasOutput" :src="output" :alt="t('job.after') + ', ' + row.guestName">
      <div v-else class="empty"><svg class="icon" aria-hidden="true"><use :href="'#i-' + ICONS[tone]"/></svg><b>{{ moving ? word(row) : t('job.noOutputFailed') }}</b><span v-if="moving">{{ row.percent }}%</span></div></div></figure>
  </section>
  <aside>
    <header><p class="code">{{ row.code }}</p><h1>{{ row.guestName }}</h1></header>
    <job-rescue v-if="trouble" :row="row" :detail="detail" :styles="styles" :trouble="trouble" :decides="decides" :house="rows('provider')" @decided="decided"></job-rescue>
    <div ref="standing" tabindex="-1" :class="['standing', tone]" role="status">
      <p class="line"><span :class="['tag', tone]"><svg class="icon" aria-hidden="true"><use :href="'#i-' + ICONS[tone]"/></svg>{{ word(row, replaced) }}</span><span class="time">{{ row.percent }}% · {{ time(row) }}</span></p>
      <ol class="rail named"><li v-for="part in stages" :key="part.name" :class="{ here: part.here, bad: part.bad, done: part.part === 1 }"><i><b :style="{ transform: 'scaleX(' + part.part + ')' }"></b></i><span>{{ t('step.' + part.name) }}</span></li></ol>
      <p v-if="why(row)" class="why">{{ why(row) }}</p>
    </div>
    <div class="deeds">
      <button v-if="mayRetry" type="button" class="btn bad big" :disabled="busy()" @click="again"><svg class="icon" aria-hidden="true"><use href="#i-retry"/></svg>{{ t('job.retry') }}<kbd>T</kbd></button>
      <a v-if="replaced" class="btn main big" :href="'/console/jobs/' + childId">{{ t('job.children') }}<svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></a>
      <a v-if="row.hasOutput" class="btn main big" :href="'/api/v1/jobs/' + job.jobId + '/download'" download><svg class="icon" aria-hidden="true"><use href="#i-download"/></svg>{{ t('job.download') }}</a>
      <button v-if="detail.resultUrl" type="button" class="btn big" @click="showQr"><svg class="icon" aria-hidden="true"><use href="#i-qr"/></svg>{{ t('job.share') }}<kbd>S</kbd></button>
      <button v-if="mayPrint" type="button" class="btn big" data-deed="print" @click="print"><svg class="icon" aria-hidden="true"><use href="#i-printer"/></svg>{{ t(row.printing ? 'print.again' : 'print.button') }}<kbd>P</kbd></button>
      <a v-if="childId && !replaced" class="btn big" :href="'/console/jobs/' + childId">{{ t('job.otherStyle') }}<svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></a>
      <button v-if="undo()" type="button" class="btn big" @click="undoCancel(job.jobId)"><svg class="icon" aria-hidden="true"><use href="#i-undo"/></svg>{{ t('job.cancelIn', { n: undo() }) }}</button>
      <button v-else-if="moving" type="button" class="btn plain big" :disabled="busy() || row.cancelRequested" @click="cancelSoon(row)">{{ t('job.cancel') }}</button>
    </div>
    <job-prints :row="row" :booths="rows('booth')" :now="now"></job-prints>
    <job-move v-if="!erased(row)" :row="row" :last="lastMove" @linked="refresh(row.revision)"></job-move>
    <section class="story"><h2>{{ t('job.timeline') }}</h2>
      <ol><li v-for="(entry, index) in timeline" :key="entry.at + entry.kind + entry.stage" :class="[entry.kind, { latest: index === 0 }]"><svg class="icon" aria-hidden="true"><use :href="'#i-' + icon(entry.kind)"/></svg><div><b>{{ what(entry) }}<span v-if="took(entry)" class="took"> · {{ took(entry) }}</span></b><span v-if="more(entry)" class="why">{{ more(entry) }}</span></div><time :datetime="entry.at">{{ at(entry.at) }}</time></li></ol>
    </section>
    <dl class="facts">
      <dt>{{ t('job.booth') }}</dt><dd><a v-if="row.boothId" class="link" :href="'/console/booth/' + encodeURIComponent(row.boothId)">{{ boothName }}</a><template v-else>–</template></dd><dt>{{ t('job.created') }}</dt><dd>{{ at(row.createdAt) }}</dd>
      <dt>{{ t('job.attempts') }}</dt><dd>{{ row.attempts }}</dd>
      <template v-if="row.parentId"><dt>{{ parentWords }}</dt><dd><a class="link code" :href="'/console/jobs/' + row.parentId">{{ row.parentId.slice(-6) }}</a></dd></template>
      <dt>{{ t('job.id') }}</dt><dd class="id">{{ job.jobId }}</dd>
    </dl>
  </aside>
</article>`,
};
