/** The console's header: where you are, a pill for each part of the system, language, theme, help, the way out. */

import { boarded } from "/static/js/board.js";
import { desk, onDesk } from "/static/js/booth.js";
import { agoWords, freeBytes, speedWords, unfinished, waitingWords } from "/static/js/health.js";
import { shortcut, shortcuts } from "/static/js/keys.js";
import { PartBox } from "/static/js/part_box.js";
import { cameraPart, laneOrder, linkPart, outsideParts, queuePart } from "/static/js/parts.js";
import { printerPart } from "/static/js/printing.js";
import { size } from "/static/js/shots.js";
import { hearBooth, setSounds, soundsOn } from "/static/js/sounds.js";
import { stayPut } from "/static/js/steady.js";
import { setLang, worded } from "/static/js/words.js";

/** What the header leaves out where it does not fit, the most dispensable first; console.css knows how. */
const LESS = ["stack", "quiet", "nav", "place", "here", "loud", "langs", "tools", "few"];

export default {
  mixins: [worded, boarded],
  components: { PartBox },
  watches: ["booth", "provider", "lane"],
  props: { page: String, eventName: String, boothName: String, username: String, decides: Boolean, rules: Boolean, house: Boolean },
  data: () => ({ dark: document.documentElement.dataset.theme === "dark", helping: [], shoot: desk.shoot, sounds: soundsOn() }),
  created() {
    // Without the server a reload shows that it is away and what waits here, not the browser's own error.
    navigator.serviceWorker?.register("/console/sw.js", { scope: "/console", updateViaCache: "none" }).catch(() => { /* not allowed here */ });
    if (this.page === "booth") this.stops.push(hearBooth(this.board, this.scope.booth));
    this.stops.push(onDesk(() => { this.shoot = desk.shoot; }), shortcut({ key: "?", label: "help.help", run: () => this.help() }));
  },
  mounted() {
    stayPut();
    this.sized = new ResizeObserver(() => this.fit());
    this.sized.observe(this.$el);
    document.fonts?.ready.then(() => this.fit());
    document.title = [this.boothName, this.eventName, "photobot"].filter(Boolean).join(" · ");
  },
  updated() { this.fit(); },
  unmounted() { this.sized.disconnect(); },
  computed: {
    booth() { return this.scope.booth ? this.rows("booth").find((row) => row.boothId === this.scope.booth) : null; },
    linked() { return Boolean(this.scope.event || this.scope.watch || this.scope.every); },
    /** All there is to say, in the order of the header; where there is no printer, the box alone says so. */
    parts() {
      void this.lang;
      if (!this.linked) return [];
      const queue = `/console/queue${this.scope.event ? `?event=${encodeURIComponent(this.scope.event)}` : ""}`;
      const place = `/console/booth/${encodeURIComponent(this.scope.booth)}/camera`;
      const bad = (part) => (part.tone === "bad" ? `${queue}${this.scope.event ? "&" : "?"}show=bad` : queue);
      const known = queuePart(this.rows("job"), laneOrder(this.rows("lane")), this.now, { booth: this.scope.booth, href: queue, decides: this.decides });
      return [
        ...outsideParts(this.rows("provider"), this.now),
        { ...known, href: bad(known) },
        ...(this.booth ? [cameraPart(this.booth, this.now, this.shoot === "pro", this.facts, place, unfinished(this.rows("shot"), this.scope.booth))] : []),
        ...(this.booth?.printer ? [printerPart(this.booth, this.rows("job"), this.now)] : []),
        linkPart(this.link),
        ...(this.booth?.printer ? [] : [printerPart(null, [], this.now)]),
      ];
    },
    pills() { return this.parts.filter((part) => part.id !== "printer" || this.booth?.printer); },
    facts() {
      void this.lang;
      const row = this.booth;
      const unknown = this.t("health.unknown");
      const free = freeBytes(row);
      return [
        ["waits", waitingWords(row, this.now)],
        ...(speedWords(row) ? [["speed", speedWords(row)]] : []),
        ["lastShot", agoWords(row.lastShotAt, this.now) || this.t("health.noShot")],
        ["free", free === null ? unknown : size(free)],
        ["heard", row.watcherOnline ? this.t("health.now") : agoWords(row.watcherSeenAt, this.now) || unknown],
        ["host", row.watcherHealth?.host || unknown],
        ["version", row.watcherVersion || unknown],
      ].map(([name, words]) => [`health.${name}`, words]);
    },
  },
  methods: {
    setLang,
    /** Says less, step by step, until all fits into one line: quiet pills lose their words first. */
    fit() {
      const bar = this.$el;
      const cut = () => bar.scrollWidth > bar.clientWidth || [...bar.querySelectorAll(".place .cut")].some((one) => one.offsetWidth && one.scrollWidth > one.clientWidth);
      bar.dataset.fit = "";
      for (const less of LESS) {
        if (!cut()) return;
        bar.dataset.fit += ` ${less}`;
      }
    },
    theme() {
      this.dark = !this.dark;
      document.documentElement.dataset.theme = this.dark ? "dark" : "light";
      try { localStorage.setItem("pb.theme", this.dark ? "dark" : "light"); } catch { /* private mode */ }
    },
    sound() { this.sounds = !this.sounds; setSounds(this.sounds); },
    help() {
      this.helping = [...new Map(shortcuts().filter((entry) => entry.label).map((entry) => [entry.label, entry])).values()];
      this.$refs.help.showModal();
    },
    keyName(key) { return { " ": this.lang === "en" ? "Space" : "Spasi", Enter: "Enter", Escape: "Esc" }[key] ?? key.toUpperCase(); },
  },
  template: `
<header class="topbar">
  <a class="home" href="/console" :title="t('nav.booths')"><img src="/static/icons/favicon.svg" alt="" width="30" height="30"><span class="sr">photobot</span></a>
  <div class="place"><b class="cut">{{ boothName || eventName || 'photobot' }}</b><span v-if="boothName" class="cut">{{ eventName }}</span></div>
  <nav class="segment small" :aria-label="t('nav.main')">
    <a :title="t('nav.queue')" href="/console/queue" :aria-current="page === 'queue' ? 'page' : null"><svg class="icon" aria-hidden="true"><use href="#i-list"/></svg>{{ t('nav.queue') }}</a>
    <a :title="t('nav.gallery')" :href="'/console/gallery' + (scope.event ? '?event=' + encodeURIComponent(scope.event) : '')" :aria-current="page === 'gallery' ? 'page' : null"><svg class="icon" aria-hidden="true"><use href="#i-image"/></svg>{{ t('nav.gallery') }}</a>
    <a :title="t('nav.attention')" v-if="decides" :href="'/console/attention' + (scope.event ? '?event=' + encodeURIComponent(scope.event) : '')" :aria-current="page === 'attention' ? 'page' : null"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg>{{ t('nav.attention') }}</a>
    <a href="/console" :aria-current="page === 'booths' || page === 'booth' ? 'page' : null" :title="page === 'booth' ? t('nav.switchBooth') : t('nav.booths')"><svg class="icon" aria-hidden="true"><use href="#i-grid"/></svg>{{ page === 'booth' ? t('nav.switchBooth') : t('nav.booths') }}</a>
    <a :title="t('nav.supervisor')" v-if="decides" href="/console/supervisor" :aria-current="page === 'supervisor' ? 'page' : null"><svg class="icon" aria-hidden="true"><use href="#i-eye"/></svg>{{ t('nav.supervisor') }}</a>
    <a :title="t('nav.system')" v-if="decides" href="/console/system" :aria-current="page === 'system' ? 'page' : null"><svg class="icon" aria-hidden="true"><use href="#i-chip"/></svg>{{ t('nav.system') }}</a>
    <a :title="t('nav.admin')" v-if="rules" href="/console/admin" :aria-current="page === 'admin' ? 'page' : null"><svg class="icon" aria-hidden="true"><use href="#i-shield"/></svg>{{ t('nav.admin') }}</a>
  </nav>
  <div class="gap"></div>
  <div v-if="linked" class="pills" role="group" :aria-label="t('part.title')">
    <button v-for="part in pills" :key="part.id" type="button" :class="['pill', part.id === 'camera' ? 'watcher' : part.id, part.tone]" :data-part="part.id" :data-state="part.id === 'link' ? link.state : null" aria-haspopup="dialog" :title="part.title" @click="$refs.box.open(part.id)"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (part.tone === 'warn' || part.tone === 'bad' ? (part.id === 'link' ? part.icon : 'alert') : part.icon)"/></svg><span class="words">{{ part.short }}</span></button>
    <span class="sr" role="status">{{ link.state === 'lost' || link.state === 'signedOut' ? pills.at(-1).title : '' }}</span>
  </div>
  <div class="segment small langs" role="group" :aria-label="t('lang.switch')">
    <button type="button" lang="id" title="Indonesia" :aria-pressed="String(lang === 'id')" @click="setLang('id')">ID</button>
    <button type="button" lang="en" title="English" :aria-pressed="String(lang === 'en')" @click="setLang('en')">EN</button>
  </div>
  <div class="tools">
    <div id="topbar-extras" class="extras" popover>
    <button type="button" class="btn plain square" :title="t('nav.theme')" :aria-label="t('nav.theme')" @click="theme"><svg class="icon" aria-hidden="true"><use href="#i-sun"/></svg></button>
    <button type="button" class="btn plain square" :title="t('nav.help') + ' (?)'" :aria-label="t('nav.help')" @click="help"><svg class="icon" aria-hidden="true"><use href="#i-help"/></svg></button>
    <button v-if="page === 'booth'" type="button" class="btn plain square" :title="t(sounds ? 'nav.soundsOn' : 'nav.soundsOff')" :aria-label="t('nav.sounds')" :aria-pressed="String(sounds)" @click="sound"><svg class="icon" aria-hidden="true"><use :href="sounds ? '#i-sound' : '#i-mute'"/></svg></button>
    <a class="btn plain square" href="/console/sign-ins" :title="t('nav.signIns')" :aria-label="t('nav.signIns')" :aria-current="page === 'signIns' ? 'page' : null"><svg class="icon" aria-hidden="true"><use href="#i-user"/></svg></a>
    </div>
    <button type="button" class="btn plain square more" popovertarget="topbar-extras" :title="t('nav.more')" :aria-label="t('nav.more')"><svg class="icon" aria-hidden="true"><use href="#i-dots"/></svg></button>
    <form method="post" action="/logout"><button type="submit" class="btn plain square" :title="t('nav.signOut') + ' (' + username + ')'" :aria-label="t('nav.signOut')"><svg class="icon" aria-hidden="true"><use href="#i-out"/></svg></button></form>
  </div>
  <dialog ref="help" class="pb-dialog help" @click.self="$refs.help.close()"><div class="inner">
    <header><h2>{{ t('help.title') }}</h2><button type="button" class="btn plain square" :aria-label="t('close')" @click="$refs.help.close()"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg></button></header>
    <dl><template v-for="entry in helping" :key="entry.label"><dt><kbd>{{ entry.shown || keyName(entry.key) }}</kbd></dt><dd>{{ t(entry.label) }}</dd></template></dl>
  </div></dialog>
  <PartBox ref="box" :parts="parts" :decides="decides" :house="house"/>
</header>`,
};
