/** The console's first page: one large tile per booth, with who is there and whether its camera is. */

import { boarded } from "/static/js/board.js";
import { health, lag } from "/static/js/health.js";
import { span } from "/static/js/shots.js";
import { worded } from "/static/js/words.js";

export default {
  mixins: [worded, boarded],
  watches: ["booth", "job"],
  props: { booths: Array, guide: Object },
  data: () => ({ last: (() => { try { return localStorage.getItem("pb.booth"); } catch { return null; } })() }),
  computed: {
    tiles() {
      const live = Object.fromEntries(this.rows("booth").map((row) => [row.boothId, row]));
      const open = {};
      const parents = new Set(this.rows("job").map((row) => row.parentId));
      for (const row of this.rows("job")) {
        const count = (open[row.boothId] ??= { moving: 0, bad: 0 });
        if (row.status === "queued" || row.status === "running") count.moving += 1;
        if (row.status === "failed" && !parents.has(row.id)) count.bad += 1;
      }
      return this.booths.map((booth) => ({ ...booth, live: live[booth.id] ?? null, ...(open[booth.id] ?? { moving: 0, bad: 0 }) }));
    },
  },
  methods: {
    camera(row) { void this.lang; return health(row, this.now, Boolean(row.active && row.watcherSeenAt)); },
    /** What a supervisor looks for: the watcher's version, how far it lags, the last shot. */
    facts(row) {
      void this.lang;
      const behind = lag(row, this.now);
      return [
        row.watcherVersion ? this.t("booths.version", { version: row.watcherVersion }) : "",
        !row.watcherOnline ? "" : behind > 1000 ? this.t("booths.lag", { n: span(behind) }) : this.t("booths.noLag"),
        row.lastShotAt ? this.t("booths.lastShot", { n: span(this.now - Date.parse(row.lastShotAt)) }) : this.t("booths.noShot"),
      ].filter(Boolean).join(" · ");
    },
  },
  template: `
<section class="chooser">
  <header><h1>{{ t('booths.title') }}</h1><p class="dim">{{ t('booths.lead') }}</p></header>
  <a v-if="guide && !guide.over" class="note act guidebanner" href="/console/admin"><svg class="icon" aria-hidden="true"><use href="#i-check-circle"/></svg><span class="about"><b>{{ t('guide.banner') }}</b><span>{{ t('guide.bannerLead', { n: guide.steps.filter((step) => step.state !== 'open').length }) }}</span></span><span class="btn main">{{ t('guide.bannerGo') }}<svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></span></a>
  <ul v-if="booths.length">
    <li v-for="tile in tiles" :key="tile.id" class="tile">
      <span class="top"><a :href="'/console/booth/' + encodeURIComponent(tile.id)" class="whole"><b>{{ tile.name }}</b></a><span v-if="tile.id === last" class="pill">{{ t('booths.last') }}</span></span>
      <span class="dim cut">{{ tile.eventName }}</span>
      <span class="lines">
        <span :class="['tag', tile.live && tile.live.active ? 'act' : '']"><svg class="icon" aria-hidden="true"><use href="#i-user"/></svg><span class="cut">{{ tile.live && tile.live.active ? t('booths.with', { name: tile.live.active.guestName }) : t('booths.free') }}</span></span>
        <span v-if="tile.moving" class="tag"><svg class="icon" aria-hidden="true"><use href="#i-spark"/></svg>{{ t('booths.moving', { n: tile.moving }) }}</span>
        <span v-if="tile.bad" class="tag bad"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg>{{ tile.bad }} {{ t('queue.trouble').toLowerCase() }}</span>
      </span>
      <a v-if="tile.live" class="laptop" :href="'/console/booth/' + encodeURIComponent(tile.id) + '/camera'">
        <span :class="['tag', camera(tile.live).tone]"><svg class="icon" aria-hidden="true"><use :href="'#i-' + camera(tile.live).icon"/></svg><b class="cut">{{ camera(tile.live).words }}</b><svg class="icon on" aria-hidden="true"><use href="#i-right"/></svg></span>
        <span v-if="tile.live.watcherSeenAt" class="dim facts">{{ facts(tile.live) }}</span>
      </a>
      <span class="enter" aria-hidden="true">{{ t('booths.enter') }}<svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></span>
    </li>
  </ul>
  <div v-else class="empty"><svg class="icon" aria-hidden="true"><use href="#i-grid"/></svg><b>{{ t('booths.empty') }}</b><span>{{ guide ? t('admin.noBooths') : t('booths.emptyHint') }}</span><a v-if="guide" class="btn big main" href="/console/admin#booth">{{ t('admin.makeBooth') }}</a></div>
</section>`,
};
