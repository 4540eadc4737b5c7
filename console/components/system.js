/** The system's page: what the house stands on and since when that is known, its programs, and its incidents. */

import { boarded } from "/static/js/board.js";
import { alive } from "/static/js/evening.js";
import { incidentsOf } from "/static/js/incidents.js";
import { laneOrder, outsideParts } from "/static/js/parts.js";
import { size, span } from "/static/js/shots.js";
import { laptopWords } from "/static/js/tiles.js";
import { worded } from "/static/js/words.js";

export default {
  mixins: [worded, boarded],
  watches: ["booth", "provider", "lane", "program", "incident"],
  props: { booths: Array },
  data: () => ({ open: false }),
  computed: {
    names() { return Object.fromEntries(this.booths.flatMap((booth) => [[booth.id, booth.name], [booth.eventId, booth.eventName]])); },
    living() { return alive(this.rows("program"), this.now); },
    web() { return this.living.filter((row) => row.role === "web").sort((a, b) => Date.parse(b.seenAt) - Date.parse(a.seenAt))[0] ?? null; },
    /** `{id, icon, name, words, tone, age}` of everything outside the programs. */
    parts() {
      void this.lang;
      const web = this.web;
      const age = (moment) => (moment ? this.t("sys.checked", { n: span(this.now - Date.parse(moment)) }) : this.t("sys.notChecked"));
      const said = (id, icon, ok, words) => ({ id, icon, name: this.t(`sys.${id}`), tone: ok === true ? "good" : ok === false ? "bad" : "", words: words ?? this.t(ok === true ? "sys.works" : ok === false ? "sys.silent" : "sys.unknown"), age: age(web?.seenAt) });
      const database = this.link.state === "live" ? Boolean(web) || null : this.link.state === "stale" ? false : null;
      const outside = outsideParts(this.rows("provider"), this.now);
      const storage = outside.find((part) => part.id === "storage");
      return [
        { ...said("database", "disk", database, database && web ? this.t("sys.worksIn", { n: Math.round(web.facts.databaseMs) || "<1" }) : null), age: this.link.state === "live" ? age(web?.seenAt) : this.t("sys.checked", { n: span(this.link.age * 1000) }) },
        said("redis", "wifi", web?.facts.redis ?? null),
        storage && storage.tone !== "good" ? { ...said("storage", "disk", false, storage.title) } : said("storage", "disk", web?.facts.storage ?? null),
        ...outside.filter((part) => part.id !== "storage").map((part) => ({ id: part.id, icon: part.icon, name: part.name, tone: part.tone, words: part.title, step: part.tone === "good" ? "" : part.step, age: age(part.row.checkedAt) })),
      ];
    },
    limits() {
      void this.lang;
      const workers = this.living.filter((row) => row.role === "worker");
      const sum = (pick) => workers.reduce((all, row) => all + (pick(row) ?? 0), 0);
      const slots = (used, total) => (total ? this.t("sys.slots", { used, total }) : this.t("sys.noLimit"));
      return [
        ["workers", this.t("sys.workers"), workers.length ? slots(sum((row) => row.running), sum((row) => row.facts.slots)) : this.t("alert.noWorker"), workers.length ? "" : "bad"],
        ...outsideParts(this.rows("provider"), this.now).filter((part) => part.id !== "storage").map((part) => [part.id, part.name, slots(part.row.slotsUsed, part.row.slotsTotal), part.row.slotsTotal && part.row.slotsUsed >= part.row.slotsTotal ? "warn" : ""]),
        ...laneOrder(this.rows("lane")).map((lane) => [`lane-${lane.id}`, this.t("part.lane", { lane: this.t(`lane.${lane.id}`) }), lane.paused ? this.t("part.lanePaused", { by: lane.pausedBy, because: lane.because }) : this.t("sys.laneGoes"), lane.paused ? "warn" : ""]),
      ];
    },
    programs() {
      void this.lang;
      return this.rows("program").map((row) => {
        const silent = span(this.now - Date.parse(row.seenAt));
        const lives = this.living.includes(row);
        const state = row.endedAt ? "stopped" : lives ? "heard" : "lost";
        const doing = row.role === "worker" ? (row.facts.slots ? this.t("sys.doing", { used: row.running, total: row.facts.slots }) : "") : this.screens(row.facts.screens.reduce((all, one) => all + one.screens, 0));
        return { id: row.id, role: row.role, name: this.t(row.role === "web" ? "sys.web" : "sys.worker"), host: row.host, version: row.version, doing: lives ? doing : "", words: this.t(`sys.${state}`, { n: state === "stopped" ? span(this.now - Date.parse(row.endedAt)) : silent }), state, tone: state === "lost" ? "bad" : state === "heard" ? "good" : "", lives };
      }).sort((a, b) => Number(b.lives) - Number(a.lives) || (a.tone === "bad" ? -1 : 1) - (b.tone === "bad" ? -1 : 1) || a.role.localeCompare(b.role)).slice(0, 20);
    },
    laptops() {
      void this.lang;
      return this.rows("booth").filter((row) => row.eventOpen !== false).map((row) => ({ id: row.id, name: row.name, ...laptopWords(row, this.now), version: row.watcherVersion ?? "", host: row.watcherHealth?.host ?? "", heard: row.watcherOnline ? this.t("sys.within") : row.watcherSeenAt ? this.t("part.ago", { n: span(this.now - Date.parse(row.watcherSeenAt)) }) : this.t("sys.never") })).sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    },
    facts() {
      void this.lang;
      const { migration, migrationHead: head } = this.web?.facts ?? {};
      const hosts = new Map(this.living.filter((row) => row.facts.diskFree !== null).map((row) => [row.host, row.facts]));
      return [
        ["version", this.t("sys.version"), this.web?.version ?? this.t("sys.unknown")],
        ["migration", this.t("sys.migration"), !migration ? this.t("sys.unknown") : this.t(migration === head ? "sys.migrationOk" : "sys.migrationOld", { n: migration, head })],
        ...[...hosts].map(([host, facts]) => [`disk-${host}`, this.t("sys.disk", { host }), this.t("sys.diskOf", { free: size(facts.diskFree), total: size(facts.diskTotal) })]),
      ];
    },
    log() { void this.lang; return incidentsOf(this.rows("incident"), this.names, this.now); },
    shown() { return this.open ? this.log.filter((one) => one.open) : this.log; },
  },
  methods: { screens(n) { return n === 1 ? this.t("sys.screensOne") : this.t("sys.screens", { n }); } },
  template: `
<section class="system">
  <h1 class="sr">{{ t('sys.title') }}</h1>
  <div class="lane">
    <section class="card" :aria-label="t('sys.parts')"><h2>{{ t('sys.parts') }}</h2><ul>
      <li v-for="part in parts" :key="part.id" :class="part.tone" :data-part="part.id"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (part.tone === 'good' ? 'check-circle' : part.tone ? 'alert' : part.icon)"/></svg><div><b>{{ part.name }}</b><span>{{ part.words }}</span><p v-if="part.step">{{ part.step }}</p></div><small>{{ part.age }}</small></li>
    </ul></section>
    <section class="card" :aria-label="t('sys.limits')"><h2>{{ t('sys.limits') }}</h2><dl class="facts"><template v-for="[id, name, words, tone] in limits" :key="id"><dt>{{ name }}</dt><dd :class="tone" :data-limit="id">{{ words }}</dd></template></dl></section>
  </div>
  <div class="lane">
    <section class="card" :aria-label="t('sys.programs')"><h2>{{ t('sys.programs') }}</h2><ul>
      <li v-for="one in programs" :key="one.id" :class="[one.tone, { over: !one.lives }]" :data-program="one.id" :data-role="one.role" :data-state="one.state"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (one.tone === 'bad' ? 'alert' : one.role === 'web' ? 'laptop' : 'chip')"/></svg><div><b>{{ one.name }} <span class="dim">{{ one.host }}</span></b><span>{{ one.doing ? one.doing + ' · ' : '' }}{{ one.version }}</span></div><small>{{ one.words }}</small></li>
    </ul></section>
    <section class="card grows" tabindex="0" :aria-label="t('sys.laptops')"><h2>{{ t('sys.laptops') }}</h2><ul>
      <li v-for="one in laptops" :key="one.id" :class="one.tone" :data-laptop="one.id"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (one.tone === 'bad' || one.tone === 'warn' ? 'alert' : 'camera')"/></svg><div><b>{{ one.name }} <span class="dim">{{ one.host }}</span></b><span>{{ one.words }}</span></div><small>{{ one.heard }}</small></li>
    </ul></section>
    <section class="card" :aria-label="t('sys.facts')"><h2>{{ t('sys.facts') }}</h2><dl class="facts"><template v-for="[id, name, words] in facts" :key="id"><dt>{{ name }}</dt><dd :data-fact="id">{{ words }}</dd></template></dl></section>
  </div>
  <section class="card log" :aria-label="t('sys.incidents')">
    <header><h2>{{ t('sys.incidents') }}</h2><div class="segment small" role="group" :aria-label="t('sys.incidents')"><button type="button" :aria-pressed="String(!open)" @click="open = false">{{ t('sys.all') }}</button><button type="button" :aria-pressed="String(open)" @click="open = true">{{ t('sys.open') }}</button></div></header>
    <ol v-if="shown.length" tabindex="0" :aria-label="t('sys.incidents')"><li v-for="one in shown" :key="one.id" :class="{ open: one.open }" :data-incident="one.id"><svg class="icon" aria-hidden="true"><use :href="'#i-' + one.icon"/></svg><div><b>{{ one.title }}</b><span v-if="one.more">{{ one.more }}</span></div><small><time>{{ one.at }}</time><span>{{ one.lasted }}</span></small></li></ol>
    <div v-else-if="ready" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-check-circle"/></svg><b>{{ open ? t('sys.noOpen') : t('sys.noIncidents') }}</b><span v-if="!open">{{ t('sys.noIncidentsHint') }}</span></div>
  </section>
</section>`,
};
