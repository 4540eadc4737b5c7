/** The tethered camera: the newest shot large, every file of the last minutes below, the oldest orphan to give away. */

import { boarded } from "/static/js/board.js";
import { activeGuest, boothRow, desk, onDesk } from "/static/js/booth.js";
import { health } from "/static/js/health.js";
import { shortcut } from "/static/js/keys.js";
import { ShotPicture } from "/static/js/shot_picture.js";
import { appeared, byAge, cameraName, candidates, longWords, look, part, picture, shortWords, stalled, timeOf } from "/static/js/shots.js";
import { toast } from "/static/js/toast.js";
import { give, isMoved, isMoving, onTray, openTray, takeBack, tray } from "/static/js/tray.js";
import { worded } from "/static/js/words.js";

const SHOWN = 80;
const CALM_MS = 700; // a press this soon after another orphan took the stage by itself was meant for the one before
const CLOCK_MS = 90000;
const AWAY = new Set(["offline", "never"]);

export default {
  mixins: [worded, boarded],
  components: { ShotPicture },
  watches: ["shot", "booth"],
  data: () => ({ desk: { ...desk }, chosen: null, deeds: 0, late: {} }),
  created() {
    this.known = new Map();
    this.turned = -CALM_MS;
    this.stops.push(
      onDesk(() => { this.desk = { ...desk }; }),
      onTray(() => { this.deeds += 1; }),
      shortcut({ key: "g", label: "help.give", run: () => { if (this.awake) this.act(); } }),
      shortcut({ key: "ArrowLeft", label: null, run: () => { if (this.awake) this.step(-1); } }),
      shortcut({ key: "ArrowRight", label: "help.step", shown: "← →", run: () => { if (this.awake) this.step(1); } }),
      shortcut({ key: "x", label: "help.trayPutAway", run: () => this.ask("reject") }),
      shortcut({ key: "a", label: "help.trayAnother", run: () => this.ask("guest") }),
    );
  },
  watch: {
    newest(now, before) { if (now && (!before || appeared(now) > appeared(before))) this.chosen = null; },
    shots(now, before) { this.followLate(now); this.keepPlace(now, before); },
    target(now, before) { if (now && before && now.id !== before.id) this.turned = performance.now(); },
  },
  computed: {
    visible() { return this.desk.shoot === "pro"; },
    awake() { void this.deeds; return this.visible && !tray.open; },
    guest() { void this.version; return activeGuest(this.scope); },
    online() { void this.version; return Boolean(boothRow(this.scope)?.watcherOnline); },
    /** What keeps every photo from coming, for somebody who stands two metres away. */
    trouble() {
      void this.lang;
      void this.version;
      const row = boothRow(this.scope);
      const found = row && health(row, this.now);
      return found && (AWAY.has(found.code) || found.tone === "bad") ? found : null;
    },
    shots() {
      return this.rows("shot").filter((row) => row.boothId === this.scope.booth).sort((a, b) => byAge(b, a)).slice(0, SHOWN);
    },
    oldestOrphan() {
      void this.deeds;
      return this.rows("shot").filter((row) => row.boothId === this.scope.booth && row.state === "orphan" && !isMoved(row)).sort(byAge)[0] ?? null;
    },
    newest() { return this.shots.find((row) => row.hasPreview) ?? null; },
    large() { void this.version; return (this.chosen && this.board.get("shot", this.chosen)) || this.newest || this.shots[0] || null; },
    /** What the button, its words and its key give away: never a picture that is not on the stage. */
    target() { void this.deeds; void this.version; return this.large?.state === "orphan" && !isMoved(this.large) ? this.large : null; },
    likely() { return this.target ? candidates(this.target, this.guest) : []; },
    busy() { void this.deeds; return Boolean(this.target && isMoving(this.target)); },
  },
  methods: {
    give, look, part, picture, takeBack, openTray,
    words(row) { void this.lang; return shortWords(row, this.now); },
    longWords(row) { void this.lang; return this.late[row.id] ? this.t("film.late", { name: row.guestName ?? "" }) : longWords(row, this.now); },
    stalled(row) { return stalled(row, this.now); },
    isLate(row) { return Boolean(this.late[row.id]); },
    moving(row) { void this.deeds; return isMoving(row); },
    /** Camera and time: the server's, and the camera's own where it goes differently. */
    facts(row) {
      void this.lang;
      const own = row.takenAt && Math.abs(Date.parse(row.takenAt) - Date.parse(row.appearedAt)) > CLOCK_MS;
      return [timeOf(row.appearedAt, this.now), cameraName(row.camera), own ? this.t("film.cameraSays", { time: timeOf(row.takenAt, this.now) }) : ""].filter(Boolean).join(" · ");
    },
    memo(row) { return [row.revision, this.lang, row.id === this.large?.id, this.isLate(row), row.state === "receiving" && this.stalled(row)]; },
    /** A file that came to a guest who is not the one here now, while this page looked on. */
    followLate(rows) {
      for (const row of rows) {
        const before = this.known.get(row.id);
        this.known.set(row.id, row.state);
        if (this.ready && this.known.size > 1 && row.state === "assigned" && before && before !== "assigned" && this.guest && row.sessionId !== this.guest.sessionId && before !== "orphan") this.late[row.id] = true;
      }
    },
    /** A strip that somebody scrolled stays where it is when new frames come in before it. */
    keepPlace(now, before) {
      const strip = this.$refs.strip;
      if (!strip || !strip.scrollLeft || !before?.length) return;
      const added = now.findIndex((row) => row.id === before[0].id);
      if (added > 0) this.$nextTick(() => { strip.scrollLeft += added * (strip.firstElementChild.offsetWidth + 8); });
    },
    step(way) {
      const place = this.shots.findIndex((row) => row.id === this.large?.id);
      const next = this.shots[Math.min(this.shots.length - 1, Math.max(0, place + way))];
      if (!next) return;
      this.chosen = next.id === this.newest?.id ? null : next.id;
      this.$nextTick(() => {
        this.$refs.strip.querySelector("[aria-pressed=true]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
        this.turned = -CALM_MS;
      });
    },
    choose(row) { this.chosen = row.id === this.chosen ? null : row.id; this.$nextTick(() => { this.turned = -CALM_MS; }); },
    /** X and A: what the tray asks about the photo on the stage; `what` is "reject" or "guest". */
    ask(what) {
      if (!this.awake) return;
      if (this.target) openTray(this.target.id, what);
      else if (!this.large || !isMoved(this.large)) this.sayWhyNot(what);
    },
    /** A key that can do nothing with this photo says so, and offers what can be done instead. */
    sayWhyNot(what) {
      const row = this.large;
      this.drop?.();
      const say = (key, values, action = null) => { this.drop = toast(this.t(key, values), { action }); };
      if (!row) say("film.keyNoPhoto");
      else if (row.state !== "assigned") say("film.keyNot", { why: longWords(row, this.now) });
      else if (what === "reject") say("film.keyTakeBack", { name: row.guestName ?? "" }, { label: this.t("film.takeBack"), run: () => takeBack(row) });
      else say("film.keyGiven", { name: row.guestName ?? "" }, row.jobId ? { label: this.t("move.ask"), run: () => location.assign(`/console/jobs/${row.jobId}#move`) } : null);
    },
    /** The one deed of the button and of G: show the photo first, give it away only once it is on the stage. */
    act() {
      if (!this.oldestOrphan) { this.sayWhyNot("guest"); return; }
      if (this.busy) return;
      if (!this.target) { this.choose(this.oldestOrphan); return; }
      if (performance.now() - this.turned < CALM_MS) return;
      if (this.likely.length) give([this.target], this.likely[0]);
      else openTray(this.target.id, "guest");
    },
  },
  template: `
<div :class="['film', { troubled: trouble }]" v-show="visible">
  <div v-if="trouble" :class="['offline', trouble.tone]" role="alert"><a :href="'/console/booth/' + encodeURIComponent(scope.booth) + '/camera'" :title="t('health.open')"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span><b>{{ trouble.words }}</b><span>{{ trouble.step }}</span></span><svg class="icon on" aria-hidden="true"><use href="#i-right"/></svg></a></div>
  <div class="stage">
    <template v-if="large">
      <shot-picture v-if="large.hasPreview" :key="large.id" class="taken" :src="picture(large)" :alt="large.fileName" urgent></shot-picture>
      <div v-else class="empty"><svg class="icon" aria-hidden="true"><use :href="'#i-' + look(large)[0]"/></svg><b>{{ longWords(large) }}</b></div>
      <div class="caption">
        <p><b class="cut">{{ large.fileName }}</b><span :class="['tag', stalled(large) ? 'warn' : look(large)[1]]"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (isLate(large) ? 'clock' : look(large)[0])"/></svg><span>{{ longWords(large) }}</span></span></p>
        <p class="dim"><span v-if="large.hasRaw" class="badge" :title="t('film.raw')">RAW</span><span class="cut">{{ facts(large) }}</span><span v-if="large.originalPending" class="tag"><svg class="icon" aria-hidden="true"><use href="#i-down"/></svg>{{ t('film.originalPending') }}</span></p>
      </div>
      <button v-if="chosen && large.state === 'assigned'" type="button" class="btn back" :disabled="moving(large)" @click="takeBack(large)"><svg class="icon" aria-hidden="true"><use href="#i-undo"/></svg>{{ t('film.takeBack') }}</button>
      <a v-if="chosen && large.state === 'assigned' && large.jobId" class="btn wrong" :href="'/console/jobs/' + large.jobId + '#move'"><svg class="icon" aria-hidden="true"><use href="#i-users"/></svg>{{ t('move.ask') }}</a>
      <div v-if="large.state === 'receiving'" class="meter" aria-hidden="true"><i :style="{ transform: 'scaleX(' + (part(large) ?? 0) + ')' }"></i></div>
    </template>
    <div v-else class="empty"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (online ? 'film' : 'camera')"/></svg><b>{{ online ? t('film.waiting') : t('film.offline') }}</b><span>{{ online ? t('film.waitingHint') : t('film.offlineHint') }}</span></div>
  </div>
  <ul ref="strip" class="strip" :aria-label="t('film.strip')">
    <li v-for="(row, place) in shots" :key="row.id" :data-state="row.state" v-memo="memo(row)">
      <button type="button" class="frame" :aria-pressed="String(large && row.id === large.id)" :aria-label="row.fileName + ', ' + longWords(row)" @click="choose(row)">
        <span class="small">
          <shot-picture v-if="row.hasPreview" :src="picture(row)" :urgent="place === 0" :loading="place < 8 ? 'eager' : 'lazy'"></shot-picture><svg v-else class="icon" aria-hidden="true"><use :href="'#i-' + look(row)[0]"/></svg>
          <span v-if="row.hasRaw" class="badge">RAW</span>
          <span v-if="part(row) !== null" class="meter" aria-hidden="true"><i :style="{ transform: 'scaleX(' + part(row) + ')' }"></i></span>
        </span>
        <span :class="['tag', stalled(row) ? 'warn' : look(row)[1]]"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (isLate(row) ? 'clock' : look(row)[0])"/></svg><span class="cut">{{ words(row) }}</span></span>
      </button>
    </li>
    <template v-if="!shots.length"><li v-for="n in 6" :key="n" class="ghost" aria-hidden="true"></li></template>
  </ul>
  <div class="shoot">
    <template v-if="oldestOrphan">
      <button type="button" :class="['btn', 'big', 'wide', 'giver', { main: target }]" :disabled="busy" @click="act">
        <shot-picture v-if="(target ?? oldestOrphan).hasPreview" :key="(target ?? oldestOrphan).id" class="mini" :src="picture(target ?? oldestOrphan)"></shot-picture><svg v-else class="icon" aria-hidden="true"><use href="#i-gift"/></svg>
        <span class="two"><b class="cut">{{ !target ? t('film.showOrphan') : likely.length ? t('film.give', { name: likely[0].guestName }) : t('film.chooseGuest') }}</b><small class="cut">{{ likely.length ? likely[0].code + ' · ' : '' }}{{ (target ?? oldestOrphan).fileName }}</small></span><kbd>G</kbd>
      </button>
      <button v-if="likely.length > 1" type="button" class="btn big second" :disabled="busy" @click="give([target], likely[1])"><span class="two"><b class="cut">{{ t('film.or', { name: likely[1].guestName }) }}</b><small>{{ likely[1].code }}</small></span></button>
      <button v-if="target" type="button" class="btn big more" :aria-label="t('tray.another')" :title="t('tray.another')" @click="openTray(target.id)"><svg class="icon" aria-hidden="true"><use href="#i-users"/></svg></button>
    </template>
    <p v-else :class="['tag', 'ready', online ? '' : 'warn']"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (online ? 'film' : 'alert')"/></svg>{{ !online ? t('film.offline') : guest ? t('camera.readyFor', { name: guest.guestName }) : t('film.waiting') }}</p>
  </div>
</div>`,
};
