/** The tray: every photo that is nobody's, every file that is none, and what was put away; one by one or many. */

import { boarded } from "/static/js/board.js";
import { activeGuest } from "/static/js/booth.js";
import { readCode } from "/static/js/codes.js";
import { shortcut } from "/static/js/keys.js";
import { ShotPicture } from "/static/js/shot_picture.js";
import { byAge, cameraName, candidates, longWords, look, nextStep, picture, size, timeOf, why } from "/static/js/shots.js";
import { toast } from "/static/js/toast.js";
import { closeTray, give, isMoved, isMoving, onTray, openTray, putAway, restore, tray, undo } from "/static/js/tray.js";
import { Windowed } from "/static/js/windowed.js";
import { worded } from "/static/js/words.js";

const REASONS = ["TEST_SHOT", "BLURRED", "NOT_A_GUEST", "DOUBLE"];
const TABS = { orphan: "orphans", invalid: "invalid", rejected: "rejected" };
const HIDDEN = new Set(["GONE", "QR_CODE"]);
const MATCHES = 6;
const CALM_MS = 700;
const GONE_MS = 2500; // a question that was closed under somebody's hands: the keys meant for it come later still

export default {
  mixins: [worded, boarded],
  components: { ShotPicture, Windowed },
  watches: ["shot", "booth", "guest"],
  data: () => ({ deeds: 0, open: false, tab: "orphan", shownId: null, ask: null, about: null, typed: "", reason: "", selecting: false, picked: {}, from: null, held: null }),
  created() {
    this.turned = -CALM_MS;
    this.at = 0;
    this.keys = [];
    this.stops.push(onTray(() => this.follow()), shortcut({ key: "o", label: "help.tray", run: () => (this.open ? this.close() : openTray()) }), () => this.dropKeys());
  },
  mounted() { if (location.hash === "#tray") openTray(); },
  watch: {
    shown(now, before) {
      this.at = this.place;
      if (now?.id === before?.id) return;
      if (now && before) this.turned = Math.max(this.turned, performance.now());
      if (this.open) this.shownId = now?.id ?? null;
      this.$nextTick(() => now && this.$refs.row?.reveal(now.id));
    },
    /** Opened by a link, before the page knew what is in it. */
    ready(now) { if (now) this.$nextTick(() => this.open && !this.ask && this.begin()); },
    rows_(rows) {
      if (this.held) return;
      const here = new Set(rows.map((row) => row.id));
      for (const id of Object.keys(this.picked)) if (!here.has(id)) delete this.picked[id];
      this.at = this.place;
      this.closeIfGone();
    },
  },
  computed: {
    tabs: () => Object.keys(TABS),
    byTab() {
      void this.deeds;
      const found = { orphan: [], invalid: [], rejected: [] };
      for (const row of this.rows("shot")) if (row.boothId === this.scope.booth && found[row.state] && !isMoved(row) && !HIDDEN.has(row.reason)) found[row.state].push(row);
      for (const rows of Object.values(found)) rows.sort(byAge);
      found.rejected.reverse();
      return found;
    },
    count() { return this.byTab.orphan.length + this.byTab.invalid.length; },
    rows_() { return this.byTab[this.tab]; },
    /** Where the photo on the stage lies; the next one takes its place when it is gone. */
    place() {
      const found = this.rows_.findIndex((row) => row.id === this.shownId);
      return found >= 0 ? found : Math.max(0, Math.min(this.at, this.rows_.length - 1));
    },
    shown() { return this.rows_[this.place] ?? null; },
    likely() { void this.version; return this.shown && this.tab === "orphan" ? candidates(this.shown, activeGuest(this.scope)) : []; },
    busy() { void this.deeds; return Boolean(this.shown && isMoving(this.shown)); },
    run() { void this.deeds; return tray.run && { ...tray.run }; },
    chosen() { return this.rows_.filter((row) => this.picked[row.id]); },
    /** What a deed is done to: the selected ones, the one that is asked about, or the one on the stage. */
    subject() {
      if (this.selecting) return this.chosen;
      if (this.ask) return this.rows_.filter((row) => row.id === this.about?.id);
      return this.shown ? [this.shown] : [];
    },
    reasons: () => REASONS,
    matches() {
      const wanted = readCode(this.typed);
      const words = this.typed.trim().toLowerCase();
      const fit = (row) => !words || (wanted && row.code.startsWith(wanted)) || row.guestName.toLowerCase().includes(words);
      const here = [activeGuest(this.scope)].filter(Boolean);
      const late = !this.selecting && this.about?.reason === "LATE_FILE";
      const first = new Map([...(this.selecting ? [] : this.likely), ...(late ? [] : here)].map((one, index) => [one.sessionId, index]));
      if (late && here.length) first.set(here[0].sessionId, MATCHES * 100);
      return this.rows("guest").filter(fit)
        .sort((a, b) => (first.get(a.id) ?? 99) - (first.get(b.id) ?? 99) || Date.parse(b.createdAt) - Date.parse(a.createdAt)).slice(0, MATCHES);
    },
  },
  methods: {
    look, nextStep, picture, why, cameraName, openTray, undo,
    tabWord: (tab) => `tray.${TABS[tab]}`,
    words(row) { void this.lang; return longWords(row, this.now); },
    time(row) { void this.lang; return timeOf(row.appearedAt, this.now); },
    facts(row) { return [this.time(row), cameraName(row.camera), this.tab === "invalid" ? size(row.bytesSeen) : ""].filter(Boolean).join(" · "); },
    still(row) { return this.board.get("shot", row.id)?.state === this.tab && !isMoved(row); },
    moving(row) { void this.deeds; return isMoving(row); },
    follow() {
      this.deeds += 1;
      if (tray.open && tray.shot) {
        this.tab = this.board.get("shot", tray.shot)?.state in TABS ? this.board.get("shot", tray.shot).state : "orphan";
        this.shownId = tray.shot;
        this.turn(tray.ask, this.board.get("shot", tray.shot) ?? null);
        this.$nextTick(() => this.closeIfGone());
        tray.shot = tray.ask = null;
      }
      if (this.open === tray.open) return;
      this.open = tray.open;
      if (!this.open) { this.dropKeys(); this.reset(); return; }
      this.begin();
      this.takeKeys();
      this.$nextTick(() => { this.turned = -CALM_MS; });
      if (!this.ask) this.$nextTick(() => this.$refs.panel.focus({ preventScroll: true }));
    },
    /** What is looked at first: photos without a guest, and where there is none, files with a problem. */
    begin() {
      if (!this.shownId && !this.byTab.orphan.length && this.byTab.invalid.length) this.tab = "invalid";
      this.shownId ??= this.shown?.id ?? null;
    },
    reset() { this.at = 0; Object.assign(this, { held: null, ask: null, typed: "", reason: "", selecting: false, picked: {}, from: null, shownId: null, tab: "orphan" }); },
    close() { closeTray(); this.$refs.opener.focus({ preventScroll: true }); },
    show(tab) {
      this.at = 0;
      Object.assign(this, { held: null, tab, shownId: null, ask: null, selecting: false, picked: {}, from: null });
      this.$nextTick(() => { this.turned = -CALM_MS; });
    },
    /** Asks about a photo, the one on the stage, and about no other whatever comes onto the stage; null: asks nothing. */
    turn(ask, about = this.shown) {
      this.ask = ask;
      this.about = ask && !this.selecting ? about : null;
      this.typed = this.reason = "";
      if (ask) this.$nextTick(() => (ask === "guest" ? this.$refs.find : this.$refs.first?.[0])?.focus({ preventScroll: true }));
      else if (this.open) this.$nextTick(() => this.$refs.panel.focus({ preventScroll: true }));
    },
    /** A question whose photo left the tray meanwhile is not asked of another one. */
    closeIfGone() {
      if (!this.ask || this.held || this.subject.length) return;
      const file = this.about?.fileName ?? "";
      const row = this.about && this.board.get("shot", this.about.id);
      const words = this.selecting ? this.t("tray.allSeenTo") : row?.state === "assigned" && row.guestName ? this.t("tray.wasGiven", { file, name: row.guestName })
        : row?.state === "rejected" ? this.t("tray.wasPutAway", { file, why: why(row) }) : this.t("tray.wasSeenTo", { file });
      this.turn(null);
      this.turned = performance.now() + GONE_MS;
      toast(words, { seconds: 8 });
    },
    step(way) {
      if (this.selecting || this.ask) return;
      this.shownId = this.rows_[Math.min(this.rows_.length - 1, Math.max(0, this.place + way))]?.id ?? null;
      this.$nextTick(() => { this.turned = -CALM_MS; });
    },
    choose(row, event) {
      if (!this.selecting) { this.shownId = row.id; this.ask = null; this.$nextTick(() => { this.turned = -CALM_MS; }); return; }
      if (event.shiftKey && this.from) {
        const [a, b] = [this.from, row.id].map((id) => this.rows_.findIndex((one) => one.id === id)).sort((x, y) => x - y);
        for (const one of this.rows_.slice(Math.max(0, a), b + 1)) this.picked[one.id] = true;
      } else if (this.picked[row.id]) delete this.picked[row.id];
      else this.picked[row.id] = true;
      this.from = row.id;
    },
    pickAll() { this.picked = this.chosen.length === this.rows_.length ? {} : Object.fromEntries(this.rows_.map((row) => [row.id, true])); },
    select() {
      if (this.tab === "rejected" && !this.selecting) return;
      Object.assign(this, { selecting: !this.selecting, picked: {}, from: null });
      this.turn(null);
    },
    /** Does the deed to the subject; the next one of the tray comes onto the stage. */
    async act(deed, value) {
      const rows = this.subject;
      if (!rows.length || (!this.ask && !this.selecting && performance.now() - this.turned < CALM_MS)) return;
      const next = this.rows_[this.place + 1] ?? this.rows_[this.place - 1];
      this.turn(null);
      if (this.selecting) this.held = this.rows_; // the many stand still while they are worked on
      const done = deed(rows, value);
      if (!this.selecting) this.shownId = next?.id ?? null;
      await done;
      this.picked = {};
      this.held = null;
    },
    giveTo(guest) { return this.act(give, { sessionId: guest.sessionId ?? guest.id, guestName: guest.guestName }); },
    away(reason) {
      const text = reason.trim();
      const typed = text === text.toUpperCase() ? text.slice(0, 1) + text.slice(1).toLowerCase() : text; // codes are ours
      return text ? this.act(putAway, REASONS.includes(text) ? text : typed) : null;
    },
    /** A file that is no photo says itself why: it goes without a question. */
    askAway() { return this.tab === "invalid" ? this.act(putAway, "SEEN_TO") : this.turn("reject"); },
    restoreShown() { return this.act(restore); },
    giveKey(place) {
      if (this.ask === "reject") this.reasons[place] && this.away(this.reasons[place]);
      else if (this.ask === null && this.tab === "orphan" && this.likely[place] && !this.selecting) this.giveTo(this.likely[place]);
    },
    mayAsk(what) { return this.subject.length && !this.run && (what === "guest" ? this.tab === "orphan" : this.tab !== "rejected"); },
    back() { if (this.ask) this.turn(null); else if (this.selecting) this.select(); else this.close(); },
    stop() { if (tray.run) tray.run.stop = true; },
    takeKeys() {
      const key = (name, run, label = null, shown = undefined) => shortcut({ key: name, label, shown, run });
      this.keys = [
        key("g", () => this.giveKey(0)), key("ArrowLeft", () => this.step(-1)), key("ArrowRight", () => this.step(1)),
        key("1", () => this.giveKey(0), "help.trayGuest", "1–3"), ...[2, 3, 4].map((n) => key(String(n), () => this.giveKey(n - 1))),
        key("a", () => this.mayAsk("guest") && this.turn("guest"), "help.trayAnother"),
        key("x", () => this.mayAsk("reject") && this.askAway(), "help.trayPutAway"),
        key("s", () => this.select(), "help.traySelect"), key("l", () => this.selecting && !this.ask && !this.held && this.pickAll(), "help.trayAll"), key("u", () => undo(), "help.trayUndo"),
        key("Escape", () => this.back()), key(" ", () => {}), key("Enter", () => {}), key("r", () => {}), key("e", () => {}),
      ];
    },
    dropKeys() { for (const drop of this.keys) drop(); this.keys = []; },
  },
  template: `
<div class="traybox">
<button ref="opener" type="button" :class="['btn', 'opener', { warn: count }]" :aria-expanded="String(open)" :aria-pressed="String(open)" @click="open ? close() : openTray()"><svg class="icon" aria-hidden="true"><use href="#i-tray"/></svg><span>{{ count ? t('tray.count', { n: count }) : t('tray.nothing') }}</span><kbd>O</kbd></button>
<section v-if="open" ref="panel" class="tray" tabindex="-1" :aria-label="t('tray.title')" @keydown.esc.stop.prevent="back">
  <windowed v-if="selecting" class="grid" :items="held ?? rows_" :width="124" :height="122" :label="t(tabWord(tab))" v-slot="{ item }">
    <button type="button" :class="['frame', { past: held && !still(item) }]" :disabled="Boolean(held)" :aria-pressed="String(Boolean(picked[item.id]))" :aria-label="item.fileName + ', ' + time(item)" @click="choose(item, $event)">
      <span class="small"><shot-picture v-if="item.hasPreview" :src="picture(item)" loading="lazy"></shot-picture><svg v-else class="icon" aria-hidden="true"><use href="#i-file"/></svg><span class="tick" aria-hidden="true"><svg v-if="picked[item.id]" class="icon"><use href="#i-check"/></svg></span></span>
      <span class="tag">{{ time(item) }}</span>
    </button>
  </windowed>
  <div v-else class="stage">
    <template v-if="shown">
      <shot-picture v-if="shown.hasPreview" :key="shown.id" class="taken" :src="picture(shown)" :alt="shown.fileName" urgent></shot-picture>
      <div v-else class="empty"><svg class="icon" aria-hidden="true"><use href="#i-file"/></svg></div>
      <div class="caption"><p><b class="cut">{{ shown.fileName }}</b></p><p class="dim"><span v-if="shown.hasRaw" class="badge" :title="t('film.raw')">RAW</span><span class="cut">{{ facts(shown) }}</span></p></div>
      <span class="pill nth">{{ place + 1 }} / {{ rows_.length }}</span>
    </template>
    <div v-else class="empty calm"><svg class="icon" aria-hidden="true"><use href="#i-check-circle"/></svg><b>{{ t(tab === 'orphan' ? 'tray.emptyOrphans' : tab === 'invalid' ? 'tray.emptyInvalid' : 'tray.emptyRejected') }}</b></div>
  </div>
  <form v-if="ask === 'guest'" class="low asking" @submit.prevent="matches.length === 1 && giveTo(matches[0])">
    <header><h2>{{ selecting ? t('tray.whoseMany', { n: subject.length }) : t('tray.whose') }}</h2><button type="button" class="btn plain" @click="turn(null)">{{ t('tray.cancel') }} <kbd>Esc</kbd></button></header>
    <input ref="find" class="field" v-model="typed" :placeholder="t('tray.findGuest')" :aria-label="t('tray.findGuest')" maxlength="300" autocomplete="off" spellcheck="false" autocapitalize="characters">
    <ul class="found"><li v-for="row in matches" :key="row.id"><button type="button" class="btn who" @click="giveTo(row)"><span class="code">{{ row.code }}</span><span class="cut">{{ row.guestName }}</span></button></li></ul>
    <p v-if="!matches.length" class="dim none" role="status">{{ t('tray.noSuchGuest') }}</p>
  </form>
  <form v-else-if="ask === 'reject'" class="low asking" @submit.prevent="away(reason)">
    <header><h2>{{ subject.length > 1 ? t('tray.putAwayWhyMany', { n: subject.length }) : t('tray.putAwayWhy') }}</h2><button type="button" class="btn plain" @click="turn(null)">{{ t('tray.cancel') }} <kbd>Esc</kbd></button></header>
    <div class="reasons"><button v-for="(code, index) in reasons" :key="code" :ref="index === 0 ? 'first' : undefined" type="button" class="btn big" @click="away(code)">{{ t('reject.' + code) }} <kbd>{{ index + 1 }}</kbd></button></div>
    <div class="free"><input class="field" v-model="reason" :placeholder="t('tray.otherReason')" :aria-label="t('tray.otherReason')" maxlength="100" autocomplete="off"><button type="submit" class="btn" :disabled="!reason.trim()">{{ t('tray.putAway') }}</button></div>
  </form>
  <div v-else :class="['low', { many: selecting }]">
    <template v-if="run"><p class="why" role="status"><b>{{ t('tray.working', { n: run.count, all: run.total }) }}</b></p><div class="deeds"><span class="rail wide" aria-hidden="true"><i :style="{ transform: 'scaleX(' + run.count / run.total + ')' }"></i></span><button type="button" class="btn big" @click="stop">{{ t('tray.stop') }}</button></div></template>
    <template v-else-if="selecting">
      <p class="why" role="status"><b>{{ chosen.length ? t('tray.selected', { n: chosen.length }) : t('tray.selectedNone') }}</b></p>
      <div class="deeds">
        <button v-if="tab === 'orphan'" type="button" class="btn big main" :disabled="!chosen.length" @click="turn('guest')"><svg class="icon" aria-hidden="true"><use href="#i-gift"/></svg>{{ t('tray.giveMany', { n: chosen.length }) }} <kbd>A</kbd></button>
        <button type="button" class="btn big" :disabled="!chosen.length" @click="askAway">{{ t('tray.putAwayThese', { n: chosen.length }) }} <kbd>X</kbd></button>
        <button type="button" class="btn big plain" @click="pickAll">{{ chosen.length === rows_.length ? t('tray.selectNone') : t('tray.selectAll', { n: rows_.length }) }} <kbd>L</kbd></button>
      </div>
    </template>
    <template v-else-if="shown">
      <p :class="['why', tab]"><svg class="icon" aria-hidden="true"><use :href="'#i-' + look(shown)[0]"/></svg><span><b>{{ why(shown) }}</b> <span v-if="tab === 'invalid'">{{ nextStep(shown) }}</span></span></p>
      <div class="deeds">
        <template v-if="tab === 'orphan'">
          <button v-for="(one, index) in likely" :key="one.sessionId" type="button" :class="['btn', 'big', 'guest', { main: index === 0 }]" :disabled="busy" :aria-label="t('film.give', { name: one.guestName }) + ', ' + one.code" @click="giveTo(one)"><span class="two"><b class="cut">{{ index ? one.guestName : t('film.give', { name: one.guestName }) }}</b><small class="code">{{ one.code }}</small></span><kbd>{{ index ? index + 1 : 'G' }}</kbd></button>
          <button type="button" :class="['btn', 'big', { main: !likely.length }]" :disabled="busy" @click="turn('guest')">{{ t('tray.another') }} <kbd>A</kbd></button>
        </template>
        <button v-if="tab !== 'rejected'" type="button" class="btn big" :disabled="busy" @click="askAway">{{ t('tray.putAway') }} <kbd>X</kbd></button>
        <button v-else type="button" class="btn big" :disabled="busy" @click="restoreShown">{{ t('tray.restore') }}</button>
      </div>
    </template>
    <template v-else><p class="why"></p><div class="deeds"></div></template>
    <div class="tabs">
      <div class="segment small" role="group" :aria-label="t('tray.title')"><button v-for="one in tabs" :key="one" type="button" :data-tab="one" :aria-pressed="String(tab === one)" @click="show(one)">{{ t(tabWord(one)) }} <b v-if="byTab[one].length">{{ byTab[one].length }}</b></button></div>
      <span class="gap"></span>
      <button v-if="tab !== 'rejected' && rows_.length > 1" type="button" class="btn" :aria-pressed="String(selecting)" @click="select">{{ selecting ? t('tray.done') : t('tray.select') }} <kbd>S</kbd></button>
      <button type="button" class="btn plain square" :aria-label="t('tray.close')" :title="t('tray.close')" @click="close"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg></button>
    </div>
    <windowed v-if="!selecting" ref="row" class="strip" across :items="rows_" :width="120" :height="110" :label="t(tabWord(tab))" v-slot="{ item }">
      <button type="button" class="frame" :data-shot="item.id" :aria-pressed="String(shown && item.id === shown.id)" :aria-label="item.fileName + ', ' + words(item)" @click="choose(item, $event)">
        <span class="small"><shot-picture v-if="item.hasPreview" :src="picture(item)"></shot-picture><svg v-else class="icon" aria-hidden="true"><use href="#i-file"/></svg></span><span class="tag">{{ time(item) }}</span>
      </button>
    </windowed>
  </div>
</section>
</div>`,
};
