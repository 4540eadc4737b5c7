/** The live queue, readable from two metres: trouble first, only the rows in view are in the page. */

import { boarded } from "/static/js/board.js";
import { cancelSoon, clock, ICONS, isBusy, learnStyles, onDeeds, rail, reason, replaced, retry, retryable, seconds, styleWords, tone, undecided, undoCancel, undoLeft, word } from "/static/js/jobs.js";
import { shortcut } from "/static/js/keys.js";
import { locale, worded } from "/static/js/words.js";

const PLACE = { bad: 0, run: 1, wait: 2, done: 3, off: 4 };
const FILTERS = ["all", "bad", "wait", "run", "done"];
const NAMES = { all: "queue.all", bad: "queue.trouble", wait: "queue.waiting", run: "queue.running", done: "queue.done" };
const SPARE = 4;

export default {
  mixins: [worded, boarded],
  watches: ["job", "booth"],
  props: { kiosk: String, styles: Array },
  data: () => ({ filter: "all", search: "", top: 0, height: 800, pitch: 96, deeds: 0 }),
  created() {
    learnStyles(this.styles);
    this.stops.push(
      onDeeds(() => { this.deeds += 1; }),
      shortcut({ key: "/", label: "help.search", run: () => this.$refs.search.focus() }),
      shortcut({ key: "t", label: "help.retry", run: () => this.firstBad && retry(this.firstBad) }),
    );
    FILTERS.forEach((name, index) => this.stops.push(shortcut({ key: String(index + 1), label: index ? null : "help.filter", shown: "1–5", run: () => { this.filter = name; } })));
  },
  mounted() {
    this.measure = new ResizeObserver(() => this.fit());
    this.measure.observe(this.$refs.view);
    this.fit();
  },
  unmounted() { this.measure.disconnect(); },
  watch: { filter() { this.toTop(); }, search() { this.toTop(); } },
  computed: {
    filters: () => FILTERS,
    ICONS: () => ICONS,
    NAMES: () => NAMES,
    entries() {
      const rows = this.rows("job");
      const again = replaced(rows);
      return rows.map((row) => ({ row, again: again.has(row.id), tone: tone(row, again.has(row.id)), at: Date.parse(row.createdAt) }));
    },
    counts() {
      const found = { all: 0, bad: 0, wait: 0, run: 0, done: 0, off: 0 };
      for (const entry of this.entries) { found[entry.tone] += 1; if (entry.tone !== "off") found.all += 1; }
      return found;
    },
    list() {
      const wanted = this.search.trim().toLowerCase();
      const bare = wanted.replace(/[\s.-]/g, "").toUpperCase();
      return this.entries
        .filter((entry) => (wanted || this.filter !== "all" || entry.tone !== "off") && (this.filter === "all" || entry.tone === this.filter))
        .filter(({ row }) => !wanted || row.code.startsWith(bare) || row.guestName.toLowerCase().includes(wanted))
        .sort((a, b) => PLACE[a.tone] - PLACE[b.tone] || (PLACE[a.tone] < 3 ? a.at - b.at : b.at - a.at) || (a.row.id < b.row.id ? -1 : 1));
    },
    firstBad() { return this.entries.filter((entry) => entry.tone === "bad" && retryable(entry.row)).sort((a, b) => a.at - b.at)[0]?.row ?? null; },
    seen() {
      const from = Math.max(0, Math.floor(this.top / this.pitch) - SPARE);
      const to = Math.min(this.list.length, Math.ceil((this.top + this.height) / this.pitch) + SPARE);
      return this.list.slice(from, to).map((entry, index) => ({ ...entry, y: (from + index) * this.pitch, first: entry.row.id === this.firstBad?.id }));
    },
    booths() { return Object.fromEntries(this.rows("booth").map((row) => [row.boothId, row.name])); },
  },
  methods: {
    rail, retry, retryable, cancelSoon, undoCancel, styleWords, undecided, word,
    fit() {
      this.height = this.$refs.view.clientHeight;
      this.pitch = parseFloat(getComputedStyle(this.$refs.view).getPropertyValue("--pitch")) || 96;
    },
    scrolled() { this.top = this.$refs.view.scrollTop; },
    toTop() { this.$refs.view.scrollTop = 0; this.top = 0; },
    time(row) { return clock(seconds(row, this.now)); },
    at(row) { void this.lang; return new Date(row.createdAt).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit" }); },
    why(row) { void this.lang; return reason(row, this.now); },
    busy(row) { void this.deeds; return isBusy(row.id); },
    undo(row) { void this.deeds; void this.now; return undoLeft(row.id); },
    moves: (row) => row.status === "running" || row.status === "queued",
    clear() { this.filter = "all"; this.search = ""; },
  },
  template: `
<section class="queue" :aria-label="t('queue.title')">
  <div class="filters">
    <div class="chips" role="group" :aria-label="t('queue.title')">
      <button v-for="name in filters" :key="name" type="button" :class="['chip', name, { lit: name === 'bad' && counts.bad }]" :data-filter="name" :aria-pressed="String(filter === name)" @click="filter = filter === name ? 'all' : name">
        <b>{{ counts[name] }}</b><span><svg v-if="name !== 'all'" class="icon" aria-hidden="true"><use :href="'#i-' + ICONS[name]"/></svg>{{ t(NAMES[name]) }}</span>
      </button>
    </div>
    <label class="find"><span class="sr">{{ t('queue.search') }}</span><svg class="icon" aria-hidden="true"><use href="#i-search"/></svg><input ref="search" class="field" type="search" v-model="search" :placeholder="t('queue.search')" autocomplete="off" spellcheck="false" @keydown.esc="search = ''; $refs.search.blur()"><kbd>/</kbd></label>
  </div>
  <div class="view" ref="view" tabindex="-1" @scroll.passive="scrolled">
    <ol :style="{ height: list.length * pitch + 'px' }" :aria-label="t('queue.title')">
      <li v-for="{ row, tone, again, y, first } in seen" :key="row.id" :class="['row', tone]" :data-job="row.id" :style="{ transform: 'translateY(' + y + 'px)' }"
        v-memo="[row.revision, y, tone, again, first, lang, busy(row), undo(row), moves(row) ? now : 0, booths[row.boothId]]">
        <a class="hit" :href="'/console/jobs/' + row.id" :aria-label="row.code + ', ' + t('job.title', { name: row.guestName }) + ', ' + word(row, again)"></a>
        <svg class="icon sign" aria-hidden="true"><use :href="'#i-' + ICONS[tone]"/></svg>
        <span class="code">{{ row.code }}</span>
        <span class="who"><b class="cut">{{ row.guestName }}</b><span class="cut dim"><time :datetime="row.createdAt">{{ at(row) }}</time> · {{ booths[row.boothId] || row.boothId || '' }}{{ row.boothId ? ' · ' : '' }}{{ styleWords(row) }}</span></span>
        <span class="state"><span class="now"><b>{{ word(row, again) }}</b><span v-if="why(row)" class="why cut" :title="why(row)">{{ why(row) }}</span><span v-if="tone === 'run'" class="pc">{{ row.percent }} %</span></span>
          <span class="rail" aria-hidden="true"><i v-for="part in rail(row)" :key="part.name" :class="{ here: part.here, bad: part.bad }" :style="{ flexGrow: part.share }"><b :style="{ transform: 'scaleX(' + part.part + ')' }"></b></i></span></span>
        <span class="time">{{ time(row) }}</span>
        <span class="deed">
          <button v-if="tone === 'bad' && retryable(row)" type="button" class="btn bad big" :disabled="busy(row)" @click="retry(row)"><svg class="icon" aria-hidden="true"><use href="#i-retry"/></svg>{{ t('job.retry') }}<kbd v-if="first">T</kbd></button>
          <button v-else-if="undo(row)" type="button" class="btn big undo" @click="undoCancel(row.id)"><svg class="icon" aria-hidden="true"><use href="#i-undo"/></svg>{{ t('job.cancelIn', { n: undo(row) }) }}</button>
          <a v-else-if="undecided(row)" class="btn bad big" :href="'/console/jobs/' + row.id">{{ t('rescue.decide') }}</a>
          <button v-else-if="moves(row)" type="button" class="btn plain big" :disabled="busy(row) || row.cancelRequested" @click="cancelSoon(row)">{{ t('job.cancel') }}</button>
          <a v-else class="btn plain big" :href="'/console/jobs/' + row.id" tabindex="-1">{{ t('job.view') }}</a>
        </span>
      </li>
    </ol>
    <div v-if="!ready" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-clock"/></svg><span>{{ t('queue.loading') }}</span></div>
    <div v-else-if="!list.length && !search && filter === 'all'" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-image"/></svg><b>{{ t('queue.empty') }}</b><span>{{ t('queue.emptyHint') }}</span><span class="pair"><a class="btn main big" :href="kiosk" target="_blank" rel="noopener">{{ t('queue.openKiosk') }}</a><a class="btn big" href="/console">{{ t('queue.openBooth') }}</a></span></div>
    <div v-else-if="!list.length" class="empty"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (filter === 'bad' && !search ? 'check-circle' : 'search')"/></svg><b>{{ filter === 'bad' && !search ? t('queue.calm') : t('queue.noMatch') }}</b><button type="button" class="btn big" @click="clear">{{ t('queue.clear') }}</button></div>
  </div>
</section>`,
};
