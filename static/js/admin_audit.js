/** The audit log: who did what, when, to what; filters in the address, older entries page by page, CSV. */

import { actionName, actorName, beside, moment, sentence } from "./audit_words.js";
import { call } from "./api.js";
import { toast } from "./toast.js";
import { errorText, locale, t } from "./words.js";

const NAMES = ["who", "what", "eventId", "subject", "since", "until"];

/** A day of the reader as a moment: the log's own times are the server's. */
const dayStart = (day, plus = 0) => { const at = new Date(`${day}T00:00:00`); at.setDate(at.getDate() + plus); return at.toISOString(); };

export const AuditLog = {
  props: { house: Object, lang: String },
  data() {
    const asked = new URLSearchParams(location.search);
    return { wanted: Object.fromEntries(NAMES.map((name) => [name, asked.get(name) ?? ""])), rows: this.house.audit.items, next: this.house.audit.next, subjectName: "", busy: false };
  },
  created() { if (this.filtered) this.read(); },
  computed: {
    filtered() { return NAMES.some((name) => this.wanted[name]); },
    query() {
      const query = new URLSearchParams();
      for (const name of NAMES) if (this.wanted[name]) query.set(name, name === "since" ? dayStart(this.wanted.since) : name === "until" ? dayStart(this.wanted.until, 1) : this.wanted[name]);
      return query;
    },
    actions() { void this.lang; return this.house.auditChoices.actions.map((value) => ({ value, words: actionName(value) })).sort((a, b) => a.words.localeCompare(b.words)); },
    /** What is the same day stands under one heading. */
    days() {
      void this.lang;
      const found = [];
      for (const row of this.rows) {
        const day = new Date(row.at).toDateString();
        if (found.at(-1)?.day !== day) found.push({ day, words: new Intl.DateTimeFormat(locale(), { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(new Date(row.at)), rows: [] });
        found.at(-1).rows.push(row);
      }
      return found;
    },
  },
  methods: {
    t(key, values) { void this.lang; return t(key, values); },
    sentence(row) { void this.lang; return sentence(row); },
    actorName(actor) { void this.lang; return actorName(actor); },
    beside,
    moment(at) { void this.lang; return moment(at).split(", ").at(-1); },
    link(row) { return row.kind === "job" ? `/console/jobs/${encodeURIComponent(row.subject)}` : row.kind === "booth" ? `/console/admin/booths#${encodeURIComponent(row.subject)}` : row.kind === "event" ? `/console/admin/events#${row.subject}` : ""; },
    set(name, value) { this.wanted = { ...this.wanted, [name]: value }; this.read(); },
    about(row) { this.subjectName = row.name || row.subject; this.set("subject", row.subject); },
    clear() { this.wanted = Object.fromEntries(NAMES.map((name) => [name, ""])); this.read(); },
    async read(more = false) {
      if (this.busy) { this.again = true; return; }
      this.busy = true;
      const shown = new URLSearchParams(NAMES.filter((name) => this.wanted[name]).map((name) => [name, this.wanted[name]]));
      history.replaceState(null, "", `${location.pathname}${shown.size ? `?${shown}` : ""}`);
      try {
        const { data } = await call("GET", `/audit?${this.query}${more ? `&before=${this.next}` : ""}`);
        this.rows = more ? [...this.rows, ...data.items] : data.items;
        this.next = data.next;
      } catch (error) {
        toast(errorText(error), { bad: true });
      } finally {
        this.busy = false;
        if (this.again) { this.again = false; this.read(); }
      }
    },
  },
  template: `
<section class="auditlog" :aria-busy="String(busy)">
  <header><h2>{{ t('admin.audit') }}</h2><a class="btn" :href="'/console/admin/audit.csv?' + query" download><svg class="icon" aria-hidden="true"><use href="#i-download"/></svg>CSV</a></header>
  <form class="filters" @submit.prevent>
    <label>{{ t('audit.filterWho') }}<select class="field" :value="wanted.who" @change="set('who', $event.target.value)"><option value="">{{ t('audit.anyone') }}</option><option v-for="one in house.auditChoices.actors" :key="one" :value="one">{{ actorName(one) }}</option></select></label>
    <label>{{ t('audit.filterWhat') }}<select class="field" :value="wanted.what" @change="set('what', $event.target.value)"><option value="">{{ t('audit.anything') }}</option><option v-for="one in actions" :key="one.value" :value="one.value">{{ one.words }}</option></select></label>
    <label>{{ t('audit.filterEvent') }}<select class="field" :value="wanted.eventId" @change="set('eventId', $event.target.value)"><option value="">{{ t('audit.anyEvent') }}</option><option v-for="one in house.events" :key="one.id" :value="one.id">{{ one.name }}</option></select></label>
    <label>{{ t('audit.filterSince') }}<input class="field" type="date" :value="wanted.since" @change="set('since', $event.target.value)"></label>
    <label>{{ t('audit.filterUntil') }}<input class="field" type="date" :value="wanted.until" @change="set('until', $event.target.value)"></label>
    <button v-if="filtered" type="button" class="btn" @click="clear"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg>{{ t('audit.clear') }}</button>
  </form>
  <p v-if="wanted.subject" class="note"><svg class="icon" aria-hidden="true"><use href="#i-filter"/></svg><span>{{ t('audit.about', { name: subjectName || wanted.subject }) }}</span></p>
  <div class="days" tabindex="0" role="region" :aria-label="t('admin.audit')">
    <section v-for="day in days" :key="day.day"><h3>{{ day.words }}</h3>
      <ol><li v-for="row in day.rows" :key="row.id" :data-action="row.action"><time :datetime="row.at">{{ moment(row.at) }}</time><b class="cut">{{ actorName(row.actor) }}</b><span class="said"><span>{{ sentence(row) }}</span><q v-if="beside(row)">{{ beside(row) }}</q></span><span class="dim cut">{{ row.eventName }}</span><span class="deeds"><a v-if="link(row)" class="btn plain square" :href="link(row)" :aria-label="t('audit.open', { name: row.name || row.subject })"><svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></a><button type="button" class="btn plain square" :aria-label="t('audit.only', { name: row.name || row.subject })" :title="t('audit.only', { name: row.name || row.subject })" @click="about(row)"><svg class="icon" aria-hidden="true"><use href="#i-filter"/></svg></button></span></li></ol></section>
    <p v-if="!rows.length" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-list"/></svg><b>{{ t('audit.none') }}</b></p>
    <button v-if="next" type="button" class="btn wide" :disabled="busy" @click="read(true)">{{ t('audit.older') }}</button>
  </div>
</section>`,
};
