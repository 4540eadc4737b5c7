/** What needs a person: failed, undecided and stuck photos, oldest first; one at a time with all its ways, or many at once. */

import { call } from "/static/js/api.js";
import { boarded } from "/static/js/board.js";
import { clock, learnStyles, media, reason, replaced, retryable, styleWords } from "/static/js/jobs.js";
import { JobRescue, makerWords, troubleOf } from "/static/js/job_rescue.js";
import { shortcut } from "/static/js/keys.js";
import { BulkBox, meant } from "/static/js/queue_bulk.js";
import { Windowed } from "/static/js/windowed.js";
import { timeOfDay, worded } from "/static/js/words.js";

const KINDS = ["dead", "unknown", "stalled"];
const ICONS = { dead: "alert", unknown: "help", stalled: "clock" };

export default {
  mixins: [worded, boarded],
  components: { BulkBox, JobRescue, Windowed },
  watches: ["job", "booth", "provider"],
  props: { needed: Object, events: Array, styles: Array },
  data: () => ({ kind: "all", job: new URLSearchParams(location.search).get("job") ?? "", detail: null, problem: "", picked: new Set() }),
  created() {
    learnStyles(this.styles);
    const query = new URLSearchParams(location.search).get("show");
    if (KINDS.includes(query)) this.kind = query;
    this.stops.push(
      shortcut({ key: "ArrowDown", label: "help.rows", shown: "↑ ↓", run: () => this.step(1) }),
      shortcut({ key: "ArrowUp", run: () => this.step(-1) }),
      shortcut({ key: "a", label: "attention.pickAll", run: () => this.pickAll() }),
    );
    if (this.job) this.fetch();
  },
  watch: {
    kind() { this.unpick(); this.toAddress(); },
    job() { this.toAddress(); this.detail = null; this.problem = ""; if (this.job) this.fetch(); },
    chosen(now, last) { if (now && last && now.row.id === last.row.id && now.row.revision !== last.row.revision) this.fetch(); },
  },
  computed: {
    KINDS: () => KINDS,
    ICONS: () => ICONS,
    known() { return new Map(this.needed.jobs.map((one) => [one.row.id, one])); },
    /** What the board knows, and what was there before the board's day began. */
    entries() {
      const rows = this.rows("job");
      const again = replaced(rows);
      const found = new Map();
      for (const row of rows) {
        const told = this.known.get(row.id);
        const kind = told && told.row.revision === row.revision ? told.kind : again.has(row.id) || (row.status === "failed" && row.dismissed) ? null : troubleOf(row, this.now);
        if (kind) found.set(row.id, { id: row.id, row, kind, since: Date.parse(told?.row.revision === row.revision ? told.since : kind === "dead" ? row.finishedAt ?? row.updatedAt : row.updatedAt) });
      }
      for (const { row, kind, since } of this.known.values()) if (!this.board.get("job", row.id) && !again.has(row.id)) found.set(row.id, { id: row.id, row, kind, since: Date.parse(since) });
      return [...found.values()].sort((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1));
    },
    list() { return this.kind === "all" ? this.entries : this.entries.filter((one) => one.kind === this.kind); },
    counts() {
      const counts = { all: this.entries.length, dead: 0, unknown: 0, stalled: 0 };
      for (const { kind } of this.entries) counts[kind] += 1;
      return counts;
    },
    chosen() { return this.entries.find((one) => one.id === this.job) ?? null; },
    /** Whom a deed for many is for: those that are ticked and still need it. */
    ticked() { return this.list.filter((one) => this.picked.has(one.id)); },
    ways() {
      const rows = this.ticked.map(({ row }) => row);
      const failed = rows.filter((row) => row.status === "failed");
      return [
        ["retry", meant("retry", this.ticked.map(({ row }) => ({ row, tone: row.status === "failed" ? "bad" : "off" }))), "retry"],
        ["replay", failed, "play"],
        ["original", rows.filter((row) => row.mode !== "original" && row.provider !== "original"), "image"],
        ["give-up", this.ticked.filter(({ kind }) => kind !== "stalled").map(({ row }) => row), "stop"],
      ].filter(([, meantRows]) => meantRows.length);
    },
    booths() { return Object.fromEntries(this.rows("booth").map((row) => [row.boothId, row.name])); },
    limits() { return this.needed.events.filter((event) => event.eventId === this.scope.event); },
  },
  methods: {
    makerWords, media, retryable, styleWords,
    at(when) { void this.lang; return timeOfDay(when).slice(0, 5); },
    age(entry) { return clock(Math.max(0, Math.floor((this.now - entry.since) / 1000))); },
    why(row) { void this.lang; return reason(row, this.now); },
    still(deed) { return this.ways.find(([way]) => way === deed)?.[1] ?? []; },
    wayWords: (deed, n, t) => t(`bulk.${deed === "give-up" ? "give" : deed}`, { n }),
    toAddress() {
      const query = new URLSearchParams(location.search);
      if (this.kind === "all") query.delete("show"); else query.set("show", this.kind);
      if (this.job) query.set("job", this.job); else query.delete("job");
      const text = query.toString();
      history.replaceState(history.state, "", text ? `?${text}` : location.pathname);
    },
    async fetch() {
      const id = this.job;
      try {
        const { data } = await call("GET", `/jobs/${encodeURIComponent(id)}`);
        if (id === this.job) { this.detail = data; this.problem = ""; }
      } catch (error) { if (id === this.job) this.problem = this.errorText(error); }
    },
    step(way) {
      if (!this.list.length) return;
      const at = this.list.findIndex((one) => one.id === this.job);
      this.job = this.list[Math.min(this.list.length - 1, Math.max(0, at < 0 ? 0 : at + way))].id;
      this.$refs.grid?.reveal(this.job);
    },
    tick(id) { if (!this.picked.delete(id)) this.picked.add(id); },
    pickAll() { this.picked = new Set(this.ticked.length === this.list.length ? [] : this.list.map((one) => one.id)); },
    unpick() { this.picked = new Set(); },
    go(event) { location.assign(`/console/attention?event=${encodeURIComponent(event)}`); },
  },
  template: `
<section class="attention" :aria-label="t('attention.title')">
  <div class="left">
    <div class="line">
      <div class="chips" role="group" :aria-label="t('attention.title')"><button v-for="name in ['all', ...KINDS]" :key="name" type="button" :class="['btn', 'kind', name]" :data-kind="name" :aria-pressed="String(kind === name)" @click="kind = name"><svg v-if="name !== 'all'" class="icon" aria-hidden="true"><use :href="'#i-' + ICONS[name]"/></svg>{{ t('attention.' + name) }} <b>{{ counts[name] }}</b></button></div>
      <label v-if="events.length > 1" class="choice"><span class="sr">{{ t('gallery.event') }}</span><select class="field" :value="scope.event" @change="go($event.target.value)"><option v-for="one in events" :key="one.id" :value="one.id">{{ one.name }}</option></select></label>
      <button v-if="list.length" type="button" class="btn plain" data-do="all" @click="pickAll"><svg class="icon" aria-hidden="true"><use href="#i-check-circle"/></svg>{{ t('attention.pickAll') }}<kbd>A</kbd></button>
    </div>
    <p v-for="event in limits" :key="event.eventId" class="note warn"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span>{{ t('attention.limit', event) }}</span></p>
    <Windowed v-if="list.length" ref="grid" class="rows" :items="list" :width="100000" :height="92" :label="t('attention.title')" v-slot="{ item }">
      <div :class="['trouble', item.kind, { here: item.id === job }]" :data-job="item.id">
        <button type="button" class="tick" role="checkbox" :aria-checked="String(picked.has(item.id))" :aria-label="t('attention.pick', { name: item.row.guestName, code: item.row.code })" @click="tick(item.id)"><svg class="icon" aria-hidden="true"><use href="#i-check"/></svg></button>
        <button type="button" class="hit" :aria-current="item.id === job ? 'true' : null" @click="job = item.id">
          <svg class="icon sign" aria-hidden="true"><use :href="'#i-' + ICONS[item.kind]"/></svg>
          <span class="code">{{ item.row.code }}</span>
          <span class="who"><b class="cut" :title="item.row.guestName">{{ item.row.guestName }}</b><span class="cut dim">{{ booths[item.row.boothId] || item.row.boothId || t('queue.noBooth') }} · {{ styleWords(item.row) }}<template v-if="item.row.provider"> · {{ makerWords(item.row.provider) }}</template></span></span>
          <span class="what"><b>{{ t('attention.' + item.kind) }}</b><span class="two" :title="why(item.row)">{{ why(item.row) }}</span></span>
          <span class="age"><b>{{ age(item) }}</b><span class="dim">{{ t('attention.since', { at: at(item.since) }) }}</span></span>
        </button>
      </div>
    </Windowed>
    <div v-else class="empty"><svg class="icon" aria-hidden="true"><use href="#i-check-circle"/></svg><b>{{ t(kind === 'all' ? 'attention.calm' : 'attention.noneOf') }}</b><span v-if="kind === 'all'">{{ t('attention.calmHint') }}</span></div>
    <div v-if="ticked.length" class="picks" role="group" :aria-label="t('attention.picked', { n: ticked.length })"><b role="status">{{ t('attention.picked', { n: ticked.length }) }}</b><span class="gap"></span>
      <button v-for="[deed, rows, icon] in ways" :key="deed" type="button" class="btn big" :data-bulk="deed" @click="$refs.bulk.ask(deed, rows)"><svg class="icon" aria-hidden="true"><use :href="'#i-' + icon"/></svg>{{ wayWords(deed, rows.length, t) }}</button></div>
  </div>
  <aside class="side jobpage" :aria-label="t('attention.choose')">
    <template v-if="chosen">
      <img class="shot" :key="chosen.id" :src="media('jobs', chosen.id, 'input', 1)" :alt="t('job.title', { name: chosen.row.guestName })" @error="$event.target.hidden = true">
      <JobRescue v-if="detail" :key="chosen.id" :row="chosen.row" :detail="detail" :styles="styles" :trouble="chosen.kind" :decides="true" :house="rows('provider')" @decided="picked.delete(chosen.id)"/>
      <p v-else class="dim" role="status">{{ problem || t('attention.loading') }}</p>
      <a class="btn plain" :href="'/console/jobs/' + chosen.id"><svg class="icon" aria-hidden="true"><use href="#i-file"/></svg>{{ t('attention.toJob') }}</a>
    </template>
    <div v-else class="empty"><svg class="icon" aria-hidden="true"><use href="#i-left"/></svg><b>{{ t('attention.choose') }}</b><span>{{ t('attention.chooseHint') }}</span></div>
  </aside>
  <BulkBox ref="bulk" :still="still"/>
</section>`,
};
