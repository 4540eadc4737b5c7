/** The supervisor's page: what needs a person, a tile per booth, how the evening goes; and the same as a wall screen. */

import { alertsOf } from "/static/js/alerts.js";
import { boarded } from "/static/js/board.js";
import { evening } from "/static/js/evening.js";
import { Mover } from "/static/js/guest_mover.js";
import { PartBox } from "/static/js/part_box.js";
import { laneOrder, outsideParts, queuePart } from "/static/js/parts.js";
import { span } from "/static/js/shots.js";
import { Spark } from "/static/js/spark.js";
import { tilesOf } from "/static/js/tiles.js";
import { stayAwake } from "/static/js/awake.js";
import { has, timeOfDay, worded } from "/static/js/words.js";

const DRAW_MS = 250;

export default {
  mixins: [worded, boarded],
  components: { Mover, PartBox, Spark },
  watches: ["booth", "job", "shot", "guest", "provider", "lane", "program", "incident"],
  props: { booths: Array, house: Boolean, wall: Boolean },
  data: () => ({ drawn: 0, at: Date.now() }),
  created() { if (this.wall) this.stops.push(stayAwake()); },
  unmounted() { clearTimeout(this.timer); },
  watch: { version() { this.soon(); }, now() { this.soon(); } },
  computed: {
    names() { return Object.fromEntries(this.booths.map((booth) => [booth.eventId, booth.eventName])); },
    events() { return Object.entries(this.names); },
    tiles() {
      void this.lang;
      const rows = (kind) => this.all(kind);
      return tilesOf({ booths: rows("booth").filter((row) => row.eventOpen !== false), jobs: rows("job"), shots: rows("shot"), guests: rows("guest"), programs: rows("program") }, this.at);
    },
    outside() { void this.lang; return outsideParts(this.all("provider"), this.at); },
    lanes() { return laneOrder(this.all("lane")); },
    parts() { void this.lang; return [...this.outside, queuePart(this.all("job"), this.lanes, this.at, { booth: null, href: this.queue, decides: true })]; },
    alerts() {
      void this.lang;
      return alertsOf({ tiles: this.tiles, parts: this.outside, lanes: this.lanes, programs: this.all("program"), incidents: this.all("incident"), names: this.names }, this.at);
    },
    going() { return evening({ jobs: this.all("job"), guests: this.all("guest"), programs: this.all("program") }, this.at); },
    queue() { return this.scope.event ? `/console/queue?event=${encodeURIComponent(this.scope.event)}` : "/console/queue"; },
    size() { const n = this.tiles.length; return n <= 3 ? "large" : n <= 8 ? "middle" : "small"; },
    /** The evening in numbers: `[name, value, words below]`. */
    numbers() {
      void this.lang;
      const { perHour, line, waiting, running, lineClears, photosClear } = this.going;
      const clears = (ms) => (ms === null ? this.t("watch.unknown") : ms === 0 ? "" : this.t("watch.clears", { time: timeOfDay(this.at + ms).slice(0, 5), n: span(Math.max(ms, 60000)) }));
      return [
        ["guests", perHour === null ? "–" : perHour, perHour === null ? this.t("watch.tooFew") : this.t("watch.lastHalfHour")],
        ["line", line, line ? clears(lineClears) : this.t("watch.nobody")],
        ["photos", waiting + running, waiting + running ? clears(photosClear) : this.t("watch.none")],
      ];
    },
    limit() {
      void this.lang;
      const { heldUp, longest } = this.going;
      const name = (code) => (has(`provider.${code}`) ? this.t(`provider.${code}`) : code);
      const said = !heldUp ? this.t("watch.limitGuests")
        : has(`watch.limit_${heldUp.code}`) ? this.t(`watch.limit_${heldUp.code}`, { name: heldUp.code === "lane" ? this.t(`lane.${heldUp.because}`) : name(heldUp.because) })
          : this.t("watch.limit_queue");
      const stage = longest ? this.t("watch.longest", { stage: this.t(`stage.${longest.stage}`), name: name(longest.provider), n: Math.max(1, Math.round(longest.seconds)) }) : this.t("watch.longestUnknown");
      return { said, stage };
    },
  },
  methods: {
    hour(tile) { void this.lang; return this.t("watch.spark", { n: tile.spark.reduce((a, b) => a + b, 0) }); },
    span,
    /** Rows as they were when this was drawn last: at most four times a second, however many of them change. */
    all(kind) { void this.drawn; return this.board.all(kind); },
    soon() {
      if (this.timer) return;
      const draw = () => { this.timer = 0; this.last = performance.now(); this.at = this.board.now(); this.drawn += 1; };
      const wait = DRAW_MS - (performance.now() - (this.last ?? -DRAW_MS));
      if (wait <= 0) draw();
      else this.timer = setTimeout(draw, wait);
    },
    booth(id) { return `/console/booth/${encodeURIComponent(id)}`; },
    open(one) { this.$refs.box.open(one.part); },
    first: (name) => name.split(" ")[0],
    oldest(tile) { return tile.oldestMs >= 1000 ? span(tile.oldestMs) : "–"; },
    label(tile) { return [tile.name, tile.active ? this.t("booths.with", { name: tile.active.guestName }) : this.t("booths.free"), tile.laptop.words].join(", "); },
  },
  template: `
<section :class="['watch', size, { wall }]" :style="{ '--wallcols': tiles.length > 12 ? 5 : 4 }">
  <header class="evening" :aria-label="t('watch.evening')">
    <h1 :class="{ sr: !wall }">{{ t('watch.title') }}</h1>
    <p v-if="wall && alerts.length > 3" class="many">{{ t('watch.more', { n: alerts.length - 3 }) }}</p>
    <p v-if="wall" :class="['live', link.state]" role="status"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (link.state === 'live' ? 'wifi' : 'wifi-off')"/></svg>{{ link.state === 'live' ? t('live.now') : link.state === 'stale' ? t('live.stale', { n: link.age }) : link.state === 'connecting' ? t('live.connecting') : t('live.lost', { n: link.age }) }}</p>
    <dl class="numbers"><div v-for="[name, value, below] in numbers" :key="name" :data-number="name"><dt>{{ t('watch.' + name) }}</dt><dd><b>{{ ready ? value : '–' }}</b><span>{{ ready ? below : '' }}</span></dd></div></dl>
    <p class="limit" data-number="limit"><b>{{ limit.said }}</b><span>{{ limit.stage }}</span></p>
    <nav v-if="!wall && events.length > 1" class="segment small" :aria-label="t('watch.events')"><a href="/console/supervisor" :aria-current="scope.event ? null : 'page'">{{ t('watch.allEvents') }}</a><a v-for="[id, name] in events" :key="id" :href="'/console/supervisor?event=' + id" :aria-current="scope.event === id ? 'page' : null">{{ name }}</a></nav>
  </header>
  <section class="needs" :aria-label="t('watch.needs')">
    <h2>{{ t('watch.needs') }}<b v-if="alerts.length" class="count">{{ alerts.length }}</b></h2>
    <p class="sr" role="status">{{ alerts.length ? alerts[0].title : t('watch.calm') }}</p>
    <ol v-if="alerts.length">
      <li v-for="one in wall ? alerts.slice(0, 3) : alerts" :key="one.id" :class="one.tone" :data-alert="one.id">
        <svg class="icon" aria-hidden="true"><use :href="'#i-' + one.icon"/></svg>
        <div><b>{{ one.title }}</b><p>{{ one.step }}</p>
          <template v-if="!wall"><a v-if="one.href" class="btn" :href="one.href">{{ one.words }}<svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></a>
          <button v-else-if="one.part" type="button" class="btn" @click="open(one)">{{ one.words }}<svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></button></template></div>
      </li>
    </ol>
    <div v-else-if="ready" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-check-circle"/></svg><b>{{ t('watch.calm') }}</b><span>{{ t('watch.calmHint') }}</span></div>
    <div v-if="!wall" class="controls"><button v-for="part in parts" :key="part.id" type="button" :class="['btn', part.tone]" :data-control="part.id" aria-haspopup="dialog" @click="open({ part: part.id })"><svg class="icon" aria-hidden="true"><use :href="'#i-' + part.icon"/></svg>{{ part.name }}</button>
      <button type="button" class="btn" data-control="move" :disabled="tiles.length < 2" @click="$refs.mover.open()"><svg class="icon" aria-hidden="true"><use href="#i-users"/></svg>{{ t('watch.move') }}</button>
      <a class="btn" :href="'/console/supervisor?screen=wall' + (scope.event ? '&event=' + scope.event : '')"><svg class="icon" aria-hidden="true"><use href="#i-grid"/></svg>{{ t('watch.wall') }}</a></div>
  </section>
  <ol class="tiles" :aria-label="t('nav.booths')">
    <li v-for="tile in tiles" :key="tile.id" :class="['tile', tile.tone]" :data-booth="tile.id">
      <a v-if="!wall" class="whole" :href="booth(tile.id)" :aria-label="label(tile)"></a>
      <div class="frame"><img v-if="tile.frame" :src="tile.frame.src" alt="" :key="tile.frame.src" decoding="async"><svg v-else class="icon" aria-hidden="true"><use href="#i-image"/></svg><span v-if="tile.frame" class="age">{{ span(at - tile.frame.at) }}</span></div>
      <div class="head"><b class="cut">{{ tile.name }}</b><small class="hour dim" aria-hidden="true">{{ hour(tile) }}</small><Spark :counts="tile.spark" :label="hour(tile)"/></div>
      <p :class="['guest', 'cut', { on: tile.active }]"><svg class="icon" aria-hidden="true"><use href="#i-user"/></svg>{{ tile.active ? tile.active.guestName : t('booths.free') }}<span v-if="tile.active" class="dim"> · {{ span(tile.since) }}</span></p>
      <dl class="facts3"><div><dt>{{ t('watch.waits') }}</dt><dd>{{ tile.waiting + tile.running }}<small v-if="tile.sent.length"> +{{ tile.sent.length }}</small></dd></div><div :class="{ late: tile.oldestMs > 300000 }"><dt>{{ t('watch.oldest') }}</dt><dd>{{ oldest(tile) }}</dd></div><div :class="{ bad: tile.bad }"><dt>{{ t('watch.failed') }}</dt><dd>{{ tile.bad }}</dd></div></dl>
      <p :class="['line', 'cut', tile.laptop.tone]" data-line="laptop"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (tile.laptop.tone ? (tile.laptop.tone === 'good' ? 'laptop' : 'alert') : 'laptop')"/></svg>{{ tile.laptop.words }}</p>
      <p class="line cut dim" data-line="screens"><svg class="icon" aria-hidden="true"><use href="#i-grid"/></svg>{{ tile.screens }}</p>
    </li>
    <li v-for="n in ready ? 0 : booths.length" :key="'wait' + n" class="tile skeleton" aria-hidden="true"></li>
    <li v-if="ready && !tiles.length" class="none"><div class="empty"><svg class="icon" aria-hidden="true"><use href="#i-grid"/></svg><b>{{ t('booths.empty') }}</b><span>{{ t('booths.emptyHint') }}</span></div></li>
  </ol>
  <PartBox v-if="!wall" ref="box" :parts="parts" :decides="true" :house="house"/>
  <Mover v-if="!wall" ref="mover" :booths="tiles" :guests="all('guest')" :now="at"/>
</section>`,
};
