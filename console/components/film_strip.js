/** The tethered camera: the newest shot large, every file of the last minutes below, orphans to give away. */

import { call } from "/static/js/api.js";
import { boarded } from "/static/js/board.js";
import { activeGuest, askForGuest, desk, onDesk } from "/static/js/booth.js";
import { media } from "/static/js/jobs.js";
import { shortcut } from "/static/js/keys.js";
import { toast } from "/static/js/toast.js";
import { locale, worded } from "/static/js/words.js";

const STALLED_MS = 5000;
const LOOKS = {
  receiving: ["down", ""], seen: ["check", ""], stored: ["check", ""], assigned: ["user", "good"], orphan: ["alert", "warn"],
  invalid: ["alert", "bad"], duplicate: ["film", ""], rejected: ["stop", ""],
};

export default {
  mixins: [worded, boarded],
  watches: ["shot", "booth"],
  data: () => ({ desk: { ...desk }, chosen: null, giving: null, given: [] }),
  created() {
    this.stops.push(
      onDesk(() => { this.desk = { ...desk }; }),
      shortcut({ key: "g", label: "help.give", run: () => { if (this.visible) this.act(); } }),
    );
  },
  watch: {
    newest(now, before) { if (now && (!before || Date.parse(now.appearedAt) > Date.parse(before.appearedAt))) this.chosen = null; },
  },
  computed: {
    visible() { return this.desk.shoot === "pro"; },
    guest() { void this.version; return activeGuest(this.scope); },
    online() { return Boolean(this.rows("booth").find((row) => row.boothId === this.scope.booth)?.watcherOnline); },
    shots() {
      return this.rows("shot").filter((row) => row.boothId === this.scope.booth)
        .sort((a, b) => Date.parse(b.appearedAt) - Date.parse(a.appearedAt) || (a.id < b.id ? 1 : -1)).slice(0, 80);
    },
    orphans() { return this.shots.filter((row) => row.state === "orphan" && !this.given.includes(row.id)); },
    oldestOrphan() { return this.orphans[this.orphans.length - 1] ?? null; },
    newest() { return this.shots.find((row) => row.hasPreview) ?? null; },
    large() { return this.shots.find((row) => row.id === this.chosen) ?? this.newest ?? this.shots[0] ?? null; },
    /** What the button, its words and its key give away: never a picture that is not on the stage. */
    target() { return this.orphans.find((row) => row.id === this.large?.id) ?? null; },
  },
  methods: {
    look: (row) => LOOKS[row.state] ?? ["film", ""],
    picture: (row) => media("shots", row.id, "preview", 1), // set once, never changed
    size(bytes) { void this.lang; return `${(bytes / 1048576).toLocaleString(locale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 })} MB`; },
    stalled(row) { return row.state === "receiving" && this.now - Date.parse(row.updatedAt) > STALLED_MS; },
    words(row) {
      if (this.stalled(row)) return this.t("shot.stalledShort");
      if (row.state === "assigned") return row.guestName ?? this.t("shot.stored");
      if (row.state === "receiving") return this.size(row.bytesSeen);
      return this.t(`shot.${row.state}`);
    },
    longWords(row) {
      if (this.stalled(row)) return `${this.t("shot.stalled")} · ${this.size(row.bytesSeen)}`;
      if (row.state === "assigned") return this.t("shot.assigned", { name: row.guestName ?? "" });
      if (row.state === "receiving") return `${this.t("shot.receiving")} · ${this.size(row.bytesSeen)}`;
      if (row.state === "invalid") return this.errorText({ code: row.reason, message: row.reason });
      return this.t(`shot.${row.state}`);
    },
    /** The one deed of the button and of G: show the photo first, give it away only once it is on the stage. */
    act() {
      if (!this.oldestOrphan || this.giving) return;
      if (!this.guest) askForGuest();
      if (this.target && this.guest) this.give(this.target);
      else if (!this.target) this.chosen = this.oldestOrphan.id;
    },
    async give(row) {
      const guest = this.guest;
      this.giving = row.id;
      try {
        await call("POST", `/shots/${encodeURIComponent(row.id)}/assign`, { json: { sessionId: guest.sessionId } });
        this.given.push(row.id);
        toast(this.t("film.given", { name: guest.guestName }));
      } catch (error) {
        toast(this.errorText(error), { bad: true });
      } finally {
        this.giving = null;
      }
    },
  },
  template: `
<div class="film" v-show="visible">
  <div class="stage">
    <template v-if="large">
      <img v-if="large.hasPreview" :key="large.id" class="taken" :src="picture(large)" :alt="large.fileName">
      <div v-else class="empty"><svg class="icon" aria-hidden="true"><use :href="'#i-' + look(large)[0]"/></svg><b>{{ longWords(large) }}</b></div>
      <div class="caption"><b class="cut">{{ large.fileName }}</b><span :class="['tag', look(large)[1]]"><svg class="icon" aria-hidden="true"><use :href="'#i-' + look(large)[0]"/></svg>{{ longWords(large) }}</span></div>
    </template>
    <div v-else class="empty"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (online ? 'film' : 'camera')"/></svg><b>{{ online ? t('film.waiting') : t('film.offline') }}</b><span>{{ online ? t('film.waitingHint') : t('film.offlineHint') }}</span></div>
  </div>
  <ul class="strip" :aria-label="t('film.strip')">
    <li v-for="row in shots" :key="row.id" :data-state="row.state">
      <button type="button" class="frame" :aria-pressed="String(large && row.id === large.id)" :aria-label="row.fileName + ', ' + longWords(row)" @click="chosen = row.id === chosen ? null : row.id">
        <img v-if="row.hasPreview" :src="picture(row)" alt="" loading="lazy"><svg v-else class="icon" aria-hidden="true"><use :href="'#i-' + look(row)[0]"/></svg>
        <span :class="['tag', look(row)[1]]"><svg class="icon" aria-hidden="true"><use :href="'#i-' + look(row)[0]"/></svg><span class="cut">{{ words(row) }}</span></span>
      </button>
    </li>
    <template v-if="!shots.length"><li v-for="n in 6" :key="n" class="ghost" aria-hidden="true"></li></template>
  </ul>
  <div class="shoot">
    <template v-if="oldestOrphan">
      <span class="tag warn"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg>{{ t('film.orphans', { n: orphans.length }) }}</span>
      <button type="button" :class="['btn', 'big', 'wide', 'giver', { main: guest && target }]" :disabled="Boolean(giving)" @click="act">
        <img v-if="(target ?? oldestOrphan).hasPreview" class="mini" :src="picture(target ?? oldestOrphan)" alt=""><svg v-else class="icon" aria-hidden="true"><use href="#i-gift"/></svg>
        <span class="two"><b class="cut">{{ !target ? t('film.showOrphan') : guest ? t('film.give', { name: guest.guestName }) : t('film.giveNone') }}</b><small class="cut">{{ (target ?? oldestOrphan).fileName }}</small></span><kbd v-if="guest || !target">G</kbd>
      </button>
    </template>
    <p v-else :class="['tag', 'ready', online ? '' : 'warn']"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (online ? 'film' : 'alert')"/></svg>{{ !online ? t('film.offline') : guest ? t('camera.readyFor', { name: guest.guestName }) : t('film.waiting') }}</p>
  </div>
</div>`,
};
