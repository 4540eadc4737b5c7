/** The camera laptop's page: how its watcher is, its tokens, its cameras' clocks, and the event's two switches. */

import { call } from "/static/js/api.js";
import { boarded } from "/static/js/board.js";
import { agoWords, freeBytes, health, speedWords, unfinished, waitingWords } from "/static/js/health.js";
import { Clocks } from "/static/js/laptop_clocks.js";
import { Tokens } from "/static/js/laptop_tokens.js";
import { size, timeOf } from "/static/js/shots.js";
import { toast } from "/static/js/toast.js";
import { worded } from "/static/js/words.js";

const CALM_MS = 5000; // what the board does not carry is asked for again at most this often, and only after news

export default {
  mixins: [worded, boarded],
  components: { Clocks, Tokens },
  watches: ["booth", "shot"],
  props: { laptop: Object, role: String },
  data() { return { tokens: this.laptop.tokens, cameras: this.laptop.cameras, event: { ...this.laptop.event }, asked: null, asking: false, saving: false }; },
  created() { this.waits = {}; this.round = 0; },
  unmounted() { for (const timer of Object.values(this.waits)) clearTimeout(timer); },
  watch: {
    /** A watcher that comes or goes may have used a token. */
    "booth.watcherOnline"(now, before) { if (typeof before === "boolean" && this.tokens) this.soon("tokens", 400); },
    newestShot(now, before) {
      if (!now || !before || now === before) return;
      this.soon("cameras", CALM_MS);
    },
  },
  computed: {
    booth() { return this.rows("booth").find((row) => row.boothId === this.scope.booth) ?? null; },
    /** How it is; a laptop that no token lets in is not cured by looking at its plug. */
    state() {
      void this.lang;
      const is = this.booth && health(this.booth, this.now, true, this.files);
      return is && !this.booth.watcherOnline && this.tokens?.length === 0 ? { ...is, step: this.t("laptop.noTokenStep") } : is;
    },
    files() { return unfinished(this.rows("shot"), this.scope.booth); },
    mayManage() { return this.role !== "operator"; },
    mayRule() { return this.role === "admin"; },
    newestShot() {
      return this.rows("shot").filter((row) => row.boothId === this.scope.booth && row.camera && row.state !== "receiving").reduce((newest, row) => (row.id > newest ? row.id : newest), "-");
    },
    facts() {
      void this.lang;
      const row = this.booth;
      const unknown = this.t("health.unknown");
      const free = freeBytes(row);
      return [
        ["waits", waitingWords(row, this.now)],
        ["speed", speedWords(row) || unknown],
        ["lastShot", agoWords(row.lastShotAt, this.now) || this.t("health.noShot")],
        ["free", free === null ? unknown : size(free)],
        ["heard", row.watcherOnline ? this.t("health.now") : agoWords(row.watcherSeenAt, this.now) || unknown],
        ["host", row.watcherHealth?.host || unknown],
        ["folder", row.watcherHealth?.hotfolder || unknown],
        ["version", row.watcherVersion || unknown],
      ].map(([name, words]) => ({ name: `health.${name}`, words }));
    },
    inTray() { return this.rows("shot").filter((row) => row.boothId === this.scope.booth && row.state === "orphan").length; },
    trayWords() {
      void this.lang;
      const { broken } = this.files;
      const waits = this.inTray === 1 ? this.t("laptop.inTrayOne") : this.inTray ? this.t("laptop.inTray", { n: this.inTray }) : "";
      return [waits, broken ? this.t("laptop.brokenInTray", { n: broken }) : ""].filter(Boolean).join(" ");
    },
    /** What a rescan brought: files that this page had not seen when it was asked for. */
    found() { return this.asked ? this.rows("shot").filter((row) => row.boothId === this.scope.booth && !this.asked.known.has(row.id)).length : 0; },
  },
  methods: {
    timeOf,
    path(tail) { return `/booths/${encodeURIComponent(this.scope.booth)}${tail}`; },
    /** Reads a list again, once, some time after the board said that it may have changed. */
    soon(what, delay) {
      if (this.waits[what]) return;
      this.waits[what] = setTimeout(async () => {
        delete this.waits[what];
        try {
          const { data } = await call("GET", this.path(`/${what}?after=${(this.round += 1)}`));
          this[what] = data.items;
        } catch { /* the next news asks again */ }
      }, delay);
    },
    async rescan() {
      this.asking = true;
      try {
        await call("POST", this.path("/rescan"));
        this.asked = { at: this.board.now(), known: new Set(this.rows("shot").map((row) => row.id)) };
      } catch (error) {
        toast(this.errorText(error), { bad: true });
      } finally {
        this.asking = false;
      }
    },
    async rule(change) {
      this.saving = true;
      const before = { ...this.event };
      Object.assign(this.event, change);
      try {
        await call("PATCH", `/events/${encodeURIComponent(this.scope.event)}`, { json: change });
        toast(this.t("laptop.saved"));
      } catch (error) {
        this.event = before;
        toast(this.errorText(error), { bad: true });
      } finally {
        this.saving = false;
      }
    },
  },
  template: `
<section class="laptop">
  <header><a class="btn" :href="'/console/booth/' + encodeURIComponent(scope.booth)"><svg class="icon" aria-hidden="true"><use href="#i-left"/></svg>{{ laptop.name }}</a><h1>{{ t('health.title') }}</h1></header>
  <div class="lanes">
    <div class="lane"><section class="card" :aria-label="t('laptop.watcher')">
      <h2>{{ t('laptop.watcher') }}</h2>
      <template v-if="booth">
        <div :class="['note', state.tone]" role="status"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (state.tone === 'good' ? 'check-circle' : state.icon)"/></svg><div><b>{{ state.title }}</b><p>{{ state.step }}</p></div></div>
        <div v-if="trayWords" class="note warn intray" role="status"><svg class="icon" aria-hidden="true"><use href="#i-tray"/></svg><p>{{ trayWords }}</p><a class="btn" :href="'/console/booth/' + encodeURIComponent(scope.booth) + '#tray'">{{ t('laptop.openTray') }}<svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></a></div>
        <dl class="facts"><template v-for="fact in facts" :key="fact.name"><dt>{{ t(fact.name) }}</dt><dd>{{ fact.words }}</dd></template></dl>
        <button type="button" class="btn big" :disabled="asking || !booth.watcherOnline" @click="rescan"><svg class="icon" aria-hidden="true"><use href="#i-retry"/></svg>{{ t('laptop.rescan') }}</button>
        <p class="dim hint" role="status">{{ !booth.watcherOnline ? t('laptop.rescanOffline') : !asked ? t('laptop.rescanHint') : t('laptop.rescanAsked', { time: timeOf(asked.at, now) }) + ' ' + (found ? t('laptop.rescanFound', { n: found }) : t('laptop.rescanNothing')) }}</p>
      </template>
    </section></div>
    <div class="lane"><tokens :booth="scope.booth" :server="laptop.serverUrl" :ca="laptop.ownAuthority" :items="tokens" :now="now" :lang="lang" @made="soon('tokens', 0)" @revoked="tokens = tokens.filter((one) => one.id !== $event)"></tokens></div>
    <div class="lane">
      <clocks :booth="scope.booth" :items="cameras" :may="mayManage" :now="now" :lang="lang" @changed="cameras = cameras.map((one) => (one.key === $event.key ? $event : one))"></clocks>
      <section class="card" :aria-label="t('laptop.event')">
        <h2>{{ t('laptop.event') }} <span class="dim">{{ laptop.eventName }}</span></h2>
        <div class="switch"><div><b>{{ t('laptop.perGuest') }}</b><p class="dim">{{ t(event.photosPerGuest === 'one' ? 'laptop.perGuestOne' : 'laptop.perGuestMany') }}</p></div>
          <div v-if="mayRule" class="segment" role="group" :aria-label="t('laptop.perGuest')"><button type="button" :disabled="saving" :aria-pressed="String(event.photosPerGuest === 'one')" @click="rule({ photosPerGuest: 'one' })">{{ t('laptop.one') }}</button><button type="button" :disabled="saving" :aria-pressed="String(event.photosPerGuest === 'many')" @click="rule({ photosPerGuest: 'many' })">{{ t('laptop.many') }}</button></div>
          <span v-else class="pill">{{ t(event.photosPerGuest === 'one' ? 'laptop.one' : 'laptop.many') }}</span></div>
        <div class="switch"><div><b>{{ t('laptop.keepRaw') }}</b><p class="dim">{{ t(event.keepRaw ? 'laptop.keepRawOn' : 'laptop.keepRawOff') }}</p></div>
          <div v-if="mayRule" class="segment" role="group" :aria-label="t('laptop.keepRaw')"><button type="button" :disabled="saving" :aria-pressed="String(!event.keepRaw)" @click="rule({ keepRaw: false })">{{ t('laptop.no') }}</button><button type="button" :disabled="saving" :aria-pressed="String(event.keepRaw)" @click="rule({ keepRaw: true })">{{ t('laptop.yes') }}</button></div>
          <span v-else class="pill">{{ t(event.keepRaw ? 'laptop.yes' : 'laptop.no') }}</span></div>
        <p v-if="!mayRule" class="dim hint">{{ t('laptop.adminsOnly') }}</p>
      </section>
    </div>
  </div>
</section>`,
};
