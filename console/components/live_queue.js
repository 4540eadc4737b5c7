/** The live queue, readable from two metres: trouble first, only the rows in view are in the page. */

import { boarded } from "/static/js/board.js";
import { ICONS, isBusy, learnStyles, onDeeds, replaced, retry, retryable, tone, undoLeft } from "/static/js/jobs.js";
import { readCode } from "/static/js/codes.js";
import { onScan, shortcut } from "/static/js/keys.js";
import { BulkBox, meant } from "/static/js/queue_bulk.js";
import { chips, digitsOf, facetOf, fromAddress, matcher, NumberSearch, SHOWS, toAddress } from "/static/js/queue_filters.js";
import { QueueRow } from "/static/js/queue_row.js";
import { worded } from "/static/js/words.js";

const PLACE = { bad: 0, run: 1, wait: 2, done: 3, off: 4 };
const NAMES = { all: "queue.all", bad: "queue.trouble", wait: "queue.waiting", run: "queue.running", done: "queue.done" };
const FACETS = ["booth", "style", "maker"];
const SPARE = 4;
const SETTLE_MS = 2000;
const STIR = 5; // batches a second above which rows jump: a list that always glides costs a laptop a core, and nobody can follow it

export default {
  mixins: [worded, boarded],
  components: { BulkBox, QueueRow },
  watches: ["job", "booth"],
  gathers: 120, // chips and places eight times a second, for nobody reads them faster; what a row says is the row's own
  props: { kiosk: String, styles: Array },
  data: () => ({ ...fromAddress(), opened: false, asked: new Set(), asking: "", settled: false, calm: true, top: 0, height: 800, pitch: 96, deeds: 0 }),
  created() {
    learnStyles(this.styles);
    this.opened = FACETS.some((kind) => this[kind]);
    this.numbers = new NumberSearch(this.scope.event, (problem) => { this.asking = problem; this.look(); });
    this.look();
    this.stops.push(
      onDeeds(() => { this.deeds += 1; }),
      onScan((text) => { if (text.length > 1) this.search = readCode(text); }),
      shortcut({ key: "/", label: "help.search", run: () => this.$refs.search.focus() }),
      shortcut({ key: "t", label: "help.retry", run: () => this.firstBad && retry(this.firstBad) }),
      shortcut({ key: "b", label: "help.bulk", run: () => this.bulk("retry") }),
      shortcut({ key: "f", label: "help.facets", run: () => { this.opened = !this.opened; } }),
      shortcut({ key: "ArrowDown", label: "help.rows", shown: "↑ ↓", run: () => this.step(1) }),
      shortcut({ key: "ArrowUp", run: () => this.step(-1) }),
    );
    SHOWS.forEach((name, index) => this.stops.push(shortcut({ key: String(index + 1), label: index ? null : "help.filter", shown: "1–5", run: () => { this.filter = name; } })));
  },
  mounted() {
    this.settling = setTimeout(() => { this.settled = true; }, SETTLE_MS); // a snapshot comes in parts: nothing glides meanwhile
    this.measure = new ResizeObserver(() => this.fit());
    this.measure.observe(this.$refs.view);
    this.fit();
  },
  unmounted() { clearTimeout(this.settling); this.measure.disconnect(); this.numbers.stop(); },
  watch: {
    chosen(chosen) { this.toTop(); toAddress(chosen); },
    search() { this.asking = ""; this.look(); },
    version() { this.batches = (this.batches ?? 0) + 1; if (this.batches > STIR) this.calm = false; },
    second() { if ((this.batches ?? 0) <= STIR) this.calm = true; this.batches = 0; },
    opened() { this.$nextTick(() => this.fit()); },
  },
  computed: {
    filters: () => SHOWS,
    second() { return Math.floor(this.now / 1000); },
    FACETS: () => FACETS,
    chosen() { return { filter: this.filter, booth: this.booth, style: this.style, maker: this.maker, search: this.search.trim() }; },
    facetsOn() { return FACETS.filter((kind) => this[kind]).length; },
    narrowed() { return Boolean(this.facetsOn || this.search.trim()); },
    ICONS: () => ICONS,
    NAMES: () => NAMES,
    entries() {
      const rows = this.rows("job");
      const again = replaced(rows);
      return rows.map((row) => ({ row, again: again.has(row.id), tone: tone(row, again.has(row.id)), at: Date.parse(row.createdAt) }));
    },
    /** What the search and the chips of booth, style and maker leave. */
    found() {
      const matches = matcher(this.search, this.search ? this.tails : null, this.asked);
      const wanted = FACETS.filter((kind) => this[kind]);
      return this.entries.filter(({ row }) => matches(row) && wanted.every((kind) => facetOf[kind](row) === this[kind]));
    },
    tails() { return new Map(this.rows("guest").map((row) => [row.id, row.phoneTail])); },
    counts() {
      const found = { all: 0, bad: 0, wait: 0, run: 0, done: 0, off: 0 };
      for (const entry of this.found) { found[entry.tone] += 1; if (entry.tone !== "off") found.all += 1; }
      return found;
    },
    list() {
      const shown = (tone) => (this.filter === "all" ? tone !== "off" || Boolean(this.search.trim()) : tone === this.filter);
      return this.found
        .filter((entry) => shown(entry.tone))
        .sort((a, b) => PLACE[a.tone] - PLACE[b.tone] || (PLACE[a.tone] < 3 ? a.at - b.at : b.at - a.at) || (a.row.id < b.row.id ? -1 : 1));
    },
    facets() {
      void this.lang;
      const rows = this.entries.filter(({ tone }) => (this.filter === "all" ? tone !== "off" : tone === this.filter)).map(({ row }) => row);
      return FACETS.map((kind) => ({ kind, chips: chips(kind, rows, this[kind], this.booths) }));
    },
    /** Whom a deed for all that is shown would be for. */
    mayRetry() { return meant("retry", this.list); },
    mayCancel() { return this.narrowed || this.filter === "wait" || this.filter === "run" ? meant("cancel", this.list) : []; },
    strip() { return this.opened || this.filter !== "all" || this.narrowed; },
    firstBad() { return this.entries.filter((entry) => entry.tone === "bad" && retryable(entry.row)).sort((a, b) => a.at - b.at)[0]?.row ?? null; },
    seen() {
      const from = Math.max(0, Math.floor(this.top / this.pitch) - SPARE);
      const to = Math.min(this.list.length, Math.ceil((this.top + this.height) / this.pitch) + SPARE);
      return this.list.slice(from, to).map((entry, index) => ({ ...entry, y: (from + index) * this.pitch, first: entry.row.id === this.firstBad?.id }));
    },
    booths() { return Object.fromEntries(this.rows("booth").map((row) => [row.boothId, row.name])); },
  },
  methods: {
    fit() {
      this.height = this.$refs.view.clientHeight;
      this.pitch = parseFloat(getComputedStyle(this.$refs.view).getPropertyValue("--pitch")) || 96;
    },
    scrolled() { this.top = this.$refs.view.scrollTop; },
    toTop() { this.$refs.view.scrollTop = 0; this.top = 0; },
    busy(row) { void this.deeds; return isBusy(row.id); },
    undo(row) { void this.deeds; void this.now; return undoLeft(row.id); },
    moves: (row) => row.status === "running" || row.status === "queued",
    clear() { Object.assign(this, { filter: "all", search: "", booth: "", style: "", maker: "" }); },
    choose(kind, id) { this[kind] = this[kind] === id ? "" : id; },
    listed(id) { return this.entries.find(({ row }) => row.id === id).row; },
    still(deed) { return meant(deed, this.entries); },
    bulk(deed) { this.$refs.bulk.ask(deed, deed === "retry" ? this.mayRetry : this.mayCancel); },
    /** What the server knows of the digits typed; nothing while it is not asked. */
    look() {
      const digits = digitsOf(this.search);
      const known = this.numbers.known.has(digits);
      this.asked = this.numbers.find(digits);
      if (digits && !known && this.asking !== "queue.askFailed") this.asking = "queue.asking";
    },
    /** Moves the focus a row up or down; the list follows. */
    step(way) {
      if (!this.list.length) return;
      const here = document.activeElement?.closest?.("[data-job]")?.dataset.job;
      const at = this.list.findIndex(({ row }) => row.id === here);
      const to = Math.min(this.list.length - 1, Math.max(0, at < 0 ? 0 : at + way));
      const { view } = this.$refs;
      const y = to * this.pitch;
      if (y < view.scrollTop || y + this.pitch > view.scrollTop + view.clientHeight) view.scrollTop = way < 0 ? y : y + this.pitch - view.clientHeight;
      this.scrolled();
      this.$nextTick(() => view.querySelector(`[data-job="${this.list[to].row.id}"] .hit`)?.focus({ preventScroll: true }));
    },
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
    <button type="button" :class="['btn', 'square', 'big', 'more', { on: facetsOn }]" :aria-expanded="String(opened)" :aria-label="t(facetsOn ? 'queue.filtersOn' : 'queue.filters', { n: facetsOn })" :title="t('queue.filters') + ' (F)'" @click="opened = !opened"><svg class="icon" aria-hidden="true"><use href="#i-filter"/></svg><b v-if="facetsOn">{{ facetsOn }}</b></button>
  </div>
  <div v-show="strip" class="strip">
    <div class="facets"><template v-if="opened"><div v-for="{ kind, chips } in facets" :key="kind" class="facet" role="group" :aria-label="t('queue.' + kind)"><span class="dim" aria-hidden="true">{{ t('queue.' + kind) }}</span>
      <button v-for="chip in chips" :key="chip.id" type="button" class="btn" :data-facet="kind" :data-id="chip.id" :aria-pressed="String(chip.id === $data[kind])" @click="choose(kind, chip.id)">{{ chip.words }} <b>{{ chip.count }}</b></button></div></template>
      <span v-else class="dim" role="status">{{ asking ? t(asking) : list.length === 1 ? t('queue.shownOne') : t('queue.shown', { n: list.length }) }}</span></div>
    <div class="bulk">
      <button v-if="mayRetry.length > 1" type="button" class="btn" data-bulk="retry" @click="bulk('retry')"><svg class="icon" aria-hidden="true"><use href="#i-retry"/></svg>{{ t('bulk.retry', { n: mayRetry.length }) }}<kbd>B</kbd></button>
      <button v-if="mayCancel.length > 1" type="button" class="btn" data-bulk="cancel" @click="bulk('cancel')"><svg class="icon" aria-hidden="true"><use href="#i-stop"/></svg>{{ t('bulk.cancel', { n: mayCancel.length }) }}</button>
      <button v-if="filter !== 'all' || narrowed" type="button" class="btn plain" data-bulk="clear" @click="clear"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg>{{ t('queue.clear') }}</button>
    </div>
  </div>
  <div :class="['view', { glides: settled && calm }]" ref="view" tabindex="-1" @scroll.passive="scrolled">
    <ol :style="{ height: list.length * pitch + 'px' }" :aria-label="t('queue.title')">
      <li v-for="{ row, tone, again, y, first } in seen" :key="row.id" :class="['row', tone]" :data-job="row.id" :style="{ transform: 'translateY(' + y + 'px)' }">
        <QueueRow :id="row.id" :listed="listed" :again="again" :first="first" :lang="lang" :busy="busy(row)" :undo="undo(row)" :second="moves(row) ? second : 0" :booth="booths[row.boothId] || row.boothId || ''"/>
      </li>
    </ol>
    <div v-if="!ready" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-clock"/></svg><span>{{ t('queue.loading') }}</span></div>
    <div v-else-if="!list.length && !narrowed && filter === 'all'" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-image"/></svg><b>{{ t('queue.empty') }}</b><span>{{ t('queue.emptyHint') }}</span><span class="pair"><a class="btn main big" :href="kiosk" target="_blank" rel="noopener">{{ t('queue.openKiosk') }}</a><a class="btn big" href="/console">{{ t('queue.openBooth') }}</a></span></div>
    <div v-else-if="!list.length" class="empty"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (filter === 'bad' && !narrowed ? 'check-circle' : 'search')"/></svg><b>{{ filter === 'bad' && !narrowed ? t('queue.calm') : t('queue.noMatch') }}</b><button type="button" class="btn big" @click="clear">{{ t('queue.clear') }}</button></div>
  </div>
  <BulkBox ref="bulk" :still="still"/>
</section>`,
};
