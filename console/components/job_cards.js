/** This booth's jobs as cards: trouble first, then what is under way, then what is done. */

import { boarded } from "/static/js/board.js";
import { activate } from "/static/js/booth.js";
import { forecasts, roughly } from "/static/js/forecast.js";
import { JobMove } from "/static/js/job_move.js";
import { clock, erased, ICONS, isBusy, learnStyles, media, onDeeds, rail, reason, replaced, retry, retryable, seconds, styleWords, tone, undecided, word } from "/static/js/jobs.js";
import { shortcut } from "/static/js/keys.js";
import { markWords, printable, printDialog } from "/static/js/printing.js";
import { share } from "/static/js/share.js";
import { span } from "/static/js/shots.js";
import { worded } from "/static/js/words.js";

const PLACE = { bad: 0, run: 1, wait: 1, done: 2, off: 3 };
const SHOWN = 40;

export default {
  mixins: [worded, boarded],
  components: { JobMove },
  watches: ["job", "booth"],
  props: { styles: Array },
  data: () => ({ deeds: 0, wrongId: null }),
  created() {
    learnStyles(this.styles);
    this.stops.push(
      onDeeds(() => { this.deeds += 1; }),
      shortcut({ key: "t", label: "help.retry", run: () => this.cards[0]?.tone === "bad" && retryable(this.cards[0].row) && retry(this.cards[0].row) }),
      shortcut({ key: "p", label: "help.print", run: () => this.newest && printDialog(this.newest, this.booth, this.now) }),
    );
  },
  computed: {
    ICONS: () => ICONS,
    cards() {
      const mine = this.rows("job").filter((row) => row.boothId === this.scope.booth);
      const again = replaced(this.rows("job"));
      return mine.filter((row) => !again.has(row.id)).map((row) => ({ row, tone: tone(row) }))
        .sort((a, b) => PLACE[a.tone] - PLACE[b.tone] || (PLACE[a.tone] < 2 ? 1 : -1) * (Date.parse(a.row.createdAt) - Date.parse(b.row.createdAt)));
    },
    shown() { return this.cards.slice(0, SHOWN); },
    left() { return forecasts(this.rows("job")); },
    /** The photo that is being given to another guest, in the dialog. */
    wrong() { return this.wrongId && (this.rows("job").find((row) => row.id === this.wrongId) ?? null); },
    booth() { return this.rows("booth").find((row) => row.boothId === this.scope.booth) ?? null; },
    /** What P prints: the picture that was finished last. */
    newest() { return this.cards.filter(({ row }) => printable(row, this.booth)).reduce((last, { row }) => (last && last.finishedAt >= row.finishedAt ? last : row), null); },
    trouble() { return this.cards.filter((card) => card.tone === "bad").length; },
  },
  methods: {
    clock, erased, rail, retry, retryable, share, styleWords, undecided, word,
    why(row) { void this.lang; return reason(row, this.now); },
    time(row) { return clock(seconds(row, this.now)); },
    /** "about 20 s more", from real durations; empty where there are none yet. */
    forecast(row) {
      void this.lang;
      const left = this.left(row, this.now);
      if (left === null) return "";
      return left > 0 ? this.t("jobs.about", { n: span(roughly(left) * 1000) }) : this.t("jobs.longer");
    },
    /** Why it waits and how long it will take, in one line. */
    said(row, tone) {
      const forecast = tone === "run" || tone === "wait" ? this.forecast(row) : "";
      return [forecast && row.wait?.code === "queue" ? "" : this.why(row), forecast].filter(Boolean).join(" · ");
    },
    /** The guest of a picture that cannot be made, in front of the camera once more. */
    shootAgain(row) { activate({ id: row.sessionId, guestName: row.guestName }, this.scope, this.styles); },
    askWhose(row) { this.wrongId = row.id; this.$refs.mover.showModal(); },
    mayPrint(row) { return printable(row, this.booth); },
    print(row) { printDialog(row, this.booth, this.now); },
    printed(row) { void this.lang; return markWords(row, this.booth, this.now); },
    thumb: (row) => media("jobs", row.id, "thumb", 1),
    busy(row) { void this.deeds; return isBusy(row.id); },
  },
  template: `
<section class="jobcards" :aria-label="t('jobs.title')">
  <header><h2>{{ t('jobs.title') }}</h2><span v-if="trouble" class="tag bad"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg>{{ trouble }}</span></header>
  <ol>
    <li v-for="{ row, tone } in shown" :key="row.id" :class="['jobcard', tone]" :data-job="row.id" v-memo="[row.revision, tone, lang, busy(row), mayPrint(row), printed(row)?.tone, printed(row)?.why, row.status === 'running' || row.status === 'queued' ? now : 0]">
      <a class="face" :href="'/console/jobs/' + row.id" :aria-label="t('job.title', { name: row.guestName })">
        <img v-if="row.hasOutput" :src="thumb(row)" alt="" loading="lazy"><img v-else-if="tone === 'run' && row.previewVersion" class="live" :src="'/media/jobs/' + row.id + '/live?v=' + row.previewVersion" alt=""><span v-else class="code">{{ row.code }}</span>
      </a>
      <div class="about">
        <a class="line" :href="'/console/jobs/' + row.id"><b class="cut">{{ row.guestName }}</b><span class="time">{{ time(row) }}</span></a>
        <p class="line"><span :class="['tag', tone]"><svg class="icon" aria-hidden="true"><use :href="'#i-' + ICONS[tone]"/></svg>{{ word(row) }}</span><span v-if="tone === 'run'" class="time">{{ row.percent }}%</span><span v-else class="dim cut">{{ styleWords(row) }}</span></p>
        <div v-if="tone === 'run' || tone === 'wait'" class="rail" aria-hidden="true"><i v-for="part in rail(row)" :key="part.name" :style="{ flexGrow: part.share }"><b :style="{ transform: 'scaleX(' + part.part + ')' }"></b></i></div>
        <p v-if="said(row, tone)" class="why">{{ said(row, tone) }}</p>
      </div>
      <button v-if="tone === 'bad' && retryable(row)" type="button" class="btn bad big" :disabled="busy(row)" @click="retry(row)"><svg class="icon" aria-hidden="true"><use href="#i-retry"/></svg>{{ t('job.retry') }}</button>
      <a v-else-if="undecided(row)" class="btn bad big" :href="'/console/jobs/' + row.id">{{ t('rescue.decide') }}</a>
      <div v-else-if="tone === 'bad'" class="pair"><button type="button" class="btn bad big" @click="shootAgain(row)"><svg class="icon" aria-hidden="true"><use href="#i-camera"/></svg>{{ t('jobs.shootAgain') }}</button><a class="btn big" :href="'/console/jobs/' + row.id">{{ t('job.view') }}</a></div>
      <div v-if="tone !== 'bad' && !erased(row)" class="side"><span v-if="row.hasOutput" class="keep"><button v-if="mayPrint(row)" type="button" class="btn plain square printbtn" :aria-label="t('print.button') + ' ' + row.guestName" :title="t('print.button')" @click="print(row)"><svg class="icon" aria-hidden="true"><use href="#i-printer"/></svg></button><button type="button" class="btn plain square qrbtn" :aria-label="t('job.share') + ' ' + row.guestName" :title="t('job.share')" @click="share(row.id, row.guestName)"><svg class="icon" aria-hidden="true"><use href="#i-qr"/></svg></button></span><button type="button" class="btn plain square whose" :aria-label="t('move.ask') + ' ' + row.guestName" :title="t('move.ask')" @click="askWhose(row)"><svg class="icon" aria-hidden="true"><use href="#i-users"/></svg></button></div>
      <a v-if="printed(row)" :class="['printed', printed(row).tone]" :href="'/console/jobs/' + row.id" :title="printed(row).why || null"><svg class="icon" aria-hidden="true"><use href="#i-printer"/></svg><span>{{ printed(row).words }}</span><span v-if="printed(row).why" class="why">{{ printed(row).why }}</span></a>
    </li>
  </ol>
  <p v-if="cards.length > shown.length" class="dim more">{{ t('jobs.earlier', { n: cards.length - shown.length }) }}</p>
  <div v-if="ready && !cards.length" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-image"/></svg><b>{{ t('jobs.empty') }}</b><span>{{ t('jobs.emptyHint') }}</span></div>
  <dialog ref="mover" class="pb-dialog movebox" :aria-label="t('move.ask')" @close="wrongId = null" @click.self="$refs.mover.close()"><div class="inner"><job-move v-if="wrong" :key="wrong.id" :row="wrong" asks @left="$refs.mover.close()"></job-move></div></dialog>
</section>`,
};
