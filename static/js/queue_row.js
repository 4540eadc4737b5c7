/**
 * What one row of the live queue says, as soon as the board knows it. Its place in the list is the list's business: a row that
 * only moves is not drawn anew, and a row that says something new stirs no list.
 */

import { board } from "./board.js";
import { cancelSoon, clock, FINISHED, ICONS, rail, reason, retry, retryable, seconds, styleWords, undecided, tone, undoCancel, word } from "./jobs.js";
import { t, timeOfDay } from "./words.js";

/** `second`: the server's time, while the row's job goes on; `lang` makes it read anew after a switch of language. */
export const QueueRow = {
  props: { id: String, listed: Function, again: Boolean, first: Boolean, lang: String, busy: Boolean, undo: Number, second: Number, booth: String },
  data() { return { row: board().get("job", this.id) ?? this.listed(this.id) }; }, // the list may be a moment older than the board
  created() { this.stop = board().subscribe(() => { this.row = board().get("job", this.id) ?? this.row; }); },
  unmounted() { this.stop(); },
  computed: {
    tone() { return tone(this.row, this.again); },
    sign() { return ICONS[this.tone]; },
    says() { void this.lang; return word(this.row, this.again); },
    why() { void this.lang; return reason(this.row, this.second * 1000); },
    time() { return clock(seconds(this.row, this.second * 1000)); },
    at() { void this.lang; return timeOfDay(this.row.createdAt); },
    style() { void this.lang; return styleWords(this.row); },
    stages() { return rail(this.row); },
    goesOn() { return !FINISHED.has(this.row.status); },
    retryable() { return this.tone === "bad" && retryable(this.row); },
    undecided() { return undecided(this.row); },
  },
  methods: {
    retry, cancelSoon, undoCancel,
    t(key, values) { void this.lang; return t(key, values); },
  },
  template: `
<a class="hit" :href="'/console/jobs/' + row.id" :aria-label="row.code + ', ' + t('job.title', { name: row.guestName }) + ', ' + says"></a>
<svg class="icon sign" aria-hidden="true"><use :href="'#i-' + sign"/></svg>
<span class="code">{{ row.code }}</span>
<span class="who"><b class="cut" :title="row.guestName">{{ row.guestName }}</b><span class="cut dim"><time :datetime="row.createdAt">{{ at }}</time> · {{ booth }}{{ booth ? ' · ' : '' }}{{ style }}</span></span>
<span class="state"><span class="now"><b>{{ says }}</b><span v-if="why" class="why cut" :title="why">{{ why }}</span><span v-if="tone === 'run'" class="pc">{{ row.percent }} %</span></span>
  <span class="rail" aria-hidden="true"><i v-for="part in stages" :key="part.name" :class="{ here: part.here, bad: part.bad }" :style="{ flexGrow: part.share }"><b :style="{ transform: 'scaleX(' + part.part + ')' }"></b></i></span></span>
<span class="time">{{ time }}</span>
<span class="deed">
  <button v-if="retryable" type="button" class="btn bad big" :disabled="busy" @click="retry(row)"><svg class="icon" aria-hidden="true"><use href="#i-retry"/></svg>{{ t('job.retry') }}<kbd v-if="first">T</kbd></button>
  <button v-else-if="undo" type="button" class="btn big undo" @click="undoCancel(row.id)"><svg class="icon" aria-hidden="true"><use href="#i-undo"/></svg>{{ t('job.cancelIn', { n: undo }) }}</button>
  <a v-else-if="undecided" class="btn bad big" :href="'/console/jobs/' + row.id">{{ t('rescue.decide') }}</a>
  <button v-else-if="goesOn" type="button" class="btn plain big" :disabled="busy || row.cancelRequested" @click="cancelSoon(row)">{{ t('job.cancel') }}</button>
  <a v-else class="btn plain big" :href="'/console/jobs/' + row.id" tabindex="-1">{{ t('job.view') }}</a>
</span>`,
};
