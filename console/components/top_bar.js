/** The console's header: where you are, how fresh the data is, the camera, language, theme, help, the way out. */

import { boarded } from "/static/js/board.js";
import { desk, onDesk } from "/static/js/booth.js";
import { agoWords, freeBytes, health, speedWords, waitingWords } from "/static/js/health.js";
import { shortcut, shortcuts } from "/static/js/keys.js";
import { size } from "/static/js/shots.js";
import { stayPut } from "/static/js/steady.js";
import { setLang, worded } from "/static/js/words.js";

export default {
  mixins: [worded, boarded],
  watches: ["booth"],
  props: { page: String, eventName: String, boothName: String, username: String },
  data: () => ({ dark: document.documentElement.dataset.theme === "dark", helping: [], shoot: desk.shoot }),
  created() {
    this.stops.push(onDesk(() => { this.shoot = desk.shoot; }), shortcut({ key: "?", label: "help.help", run: () => this.help() }));
  },
  mounted() {
    stayPut();
    document.title = [this.boothName, this.eventName, "photobot"].filter(Boolean).join(" · ");
  },
  computed: {
    booth() { return this.scope.booth ? this.rows("booth").find((row) => row.boothId === this.scope.booth) : null; },
    linked() { return Boolean(this.scope.event); },
    linkPill() {
      const { state, age } = this.link;
      if (state === "live") return { tone: "good", icon: "wifi", words: this.t("live.now") };
      if (state === "stale") return { tone: "warn", icon: "clock", words: this.t("live.stale", { n: age }) };
      if (state === "lost") return { tone: "bad", icon: "wifi-off", words: this.t("live.lost", { n: age }) };
      if (state === "signedOut") return { tone: "bad", icon: "out", words: this.t("live.signedOut") };
      return { tone: "", icon: "wifi", words: this.t("live.connecting") };
    },
    camera() { void this.lang; return this.booth && health(this.booth, this.now, this.shoot === "pro"); },
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
      ].map(([name, words]) => ({ name: `health.${name}`, words }));
    },
  },
  methods: {
    setLang,
    theme() {
      this.dark = !this.dark;
      document.documentElement.dataset.theme = this.dark ? "dark" : "light";
      try { localStorage.setItem("pb.theme", this.dark ? "dark" : "light"); } catch { /* private mode */ }
    },
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
    <a href="/console/queue" :aria-current="page === 'queue' ? 'page' : null"><svg class="icon" aria-hidden="true"><use href="#i-list"/></svg>{{ t('nav.queue') }}</a>
    <a href="/console" :aria-current="page === 'booths' || page === 'booth' ? 'page' : null" :title="page === 'booth' ? t('nav.switchBooth') : null"><svg class="icon" aria-hidden="true"><use href="#i-grid"/></svg>{{ page === 'booth' ? t('nav.switchBooth') : t('nav.booths') }}</a>
  </nav>
  <div class="gap"></div>
  <button v-if="camera" type="button" :class="['pill', 'watcher', camera.tone]" aria-haspopup="dialog" :title="t('health.title')" @click="$refs.camera.showModal()"><svg class="icon" aria-hidden="true"><use :href="'#i-' + camera.icon"/></svg>{{ camera.words }}</button>
  <span v-if="linked" :class="['pill', 'link', linkPill.tone]" role="status" :data-state="link.state"><svg class="icon" aria-hidden="true"><use :href="'#i-' + linkPill.icon"/></svg>{{ linkPill.words }}</span>
  <div class="segment small langs" role="group" :aria-label="t('lang.switch')">
    <button type="button" lang="id" title="Indonesia" :aria-pressed="String(lang === 'id')" @click="setLang('id')">ID</button>
    <button type="button" lang="en" title="English" :aria-pressed="String(lang === 'en')" @click="setLang('en')">EN</button>
  </div>
  <div class="tools">
    <button type="button" class="btn plain square" :title="t('nav.theme')" :aria-label="t('nav.theme')" @click="theme"><svg class="icon" aria-hidden="true"><use href="#i-sun"/></svg></button>
    <button type="button" class="btn plain square" :title="t('nav.help') + ' (?)'" :aria-label="t('nav.help')" @click="help"><svg class="icon" aria-hidden="true"><use href="#i-help"/></svg></button>
    <form method="post" action="/logout"><button type="submit" class="btn plain square" :title="t('nav.signOut') + ' (' + username + ')'" :aria-label="t('nav.signOut')"><svg class="icon" aria-hidden="true"><use href="#i-out"/></svg></button></form>
  </div>
  <dialog ref="help" class="pb-dialog help" @click.self="$refs.help.close()"><div class="inner">
    <header><h2>{{ t('help.title') }}</h2><button type="button" class="btn plain square" :aria-label="t('close')" @click="$refs.help.close()"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg></button></header>
    <dl><template v-for="entry in helping" :key="entry.label"><dt><kbd>{{ entry.shown || keyName(entry.key) }}</kbd></dt><dd>{{ t(entry.label) }}</dd></template></dl>
  </div></dialog>
  <dialog ref="camera" class="pb-dialog camerabox" :aria-label="t('health.title')" @click.self="$refs.camera.close()"><div v-if="camera" class="inner">
    <header><h2>{{ t('health.title') }}</h2><button type="button" class="btn plain square" :aria-label="t('close')" @click="$refs.camera.close()"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg></button></header>
    <div :class="['note', camera.tone]"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (camera.tone === 'good' ? 'check-circle' : camera.icon)"/></svg><div><b>{{ camera.title }}</b><p>{{ camera.step }}</p></div></div>
    <dl class="facts"><template v-for="fact in facts" :key="fact.name"><dt>{{ t(fact.name) }}</dt><dd>{{ fact.words }}</dd></template></dl>
    <a class="btn big" :href="'/console/booth/' + encodeURIComponent(scope.booth) + '/camera'">{{ t('health.open') }}<svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></a>
  </div></dialog>
</header>`,
};
