/** The console's first page: one large tile per booth, with who is there and whether its camera is. */

import { boarded } from "/static/js/board.js";
import { worded } from "/static/js/words.js";

export default {
  mixins: [worded, boarded],
  watches: ["booth", "job"],
  props: { booths: Array },
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
  template: `
<section class="chooser">
  <header><h1>{{ t('booths.title') }}</h1><p class="dim">{{ t('booths.lead') }}</p></header>
  <ul v-if="booths.length">
    <li v-for="tile in tiles" :key="tile.id"><a class="tile" :href="'/console/booth/' + encodeURIComponent(tile.id)">
      <span class="top"><b>{{ tile.name }}</b><span v-if="tile.id === last" class="pill">{{ t('booths.last') }}</span></span>
      <span class="dim cut">{{ tile.eventName }}</span>
      <span class="lines">
        <span :class="['tag', tile.live && tile.live.active ? 'act' : '']"><svg class="icon" aria-hidden="true"><use href="#i-user"/></svg><span class="cut">{{ tile.live && tile.live.active ? t('booths.with', { name: tile.live.active.guestName }) : t('booths.free') }}</span></span>
        <span v-if="tile.live && tile.live.watcherSeenAt" :class="['tag', tile.live.watcherOnline ? 'good' : 'warn']"><svg class="icon" aria-hidden="true"><use href="#i-camera"/></svg>{{ tile.live.watcherOnline ? t('watcher.online') : t('watcher.offline') }}</span>
        <span v-if="tile.moving" class="tag"><svg class="icon" aria-hidden="true"><use href="#i-spark"/></svg>{{ t('booths.moving', { n: tile.moving }) }}</span>
        <span v-if="tile.bad" class="tag bad"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg>{{ tile.bad }} {{ t('queue.trouble').toLowerCase() }}</span>
      </span>
      <span class="enter">{{ t('booths.enter') }}<svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></span>
    </a></li>
  </ul>
  <div v-else class="empty"><svg class="icon" aria-hidden="true"><use href="#i-grid"/></svg><b>{{ t('booths.empty') }}</b><span>{{ t('booths.emptyHint') }}</span></div>
</section>`,
};
