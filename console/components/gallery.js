/** The gallery: thousands of finished pictures in a grid, found, looked at, picked and taken home as a zip. */

import { call } from "/static/js/api.js";
import { boarded } from "/static/js/board.js";
import { readCode } from "/static/js/codes.js";
import { asked, PictureList, zone } from "/static/js/gallery_list.js";
import { GalleryViewer } from "/static/js/gallery_viewer.js";
import { learnStyles, media, styleWords } from "/static/js/jobs.js";
import { onScan, shortcut } from "/static/js/keys.js";
import { toast } from "/static/js/toast.js";
import { Windowed } from "/static/js/windowed.js";
import { locale, timeOfDay, worded } from "/static/js/words.js";

const FIELDS = { q: "q", style: "style", booth: "booth", day: "day", photo: "photo" };
const MERGE_MS = 250;
const COUNT_MS = 1200;
const TYPE_MS = 300;
const HELD_PX = 120;

function fromAddress() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(Object.entries(FIELDS).map(([name, key]) => [name, (query.get(key) ?? "").slice(0, 100)]));
}

export default {
  mixins: [worded, boarded],
  components: { GalleryViewer, Windowed },
  watches: ["job", "guest"],
  props: { events: Array, styles: Array },
  data: () => ({ ...fromAddress(), list: 0, total: null, facets: { styles: [], booths: [], days: [] }, problem: "", scrolled: false, picked: new Set(), all: false, without: new Set(), anchor: null, lone: null, saving: false }),
  created() {
    learnStyles(this.styles);
    this.pictures = new PictureList(this.scope.event, (error) => { this.problem = error ? this.errorText(error) : ""; this.list += 1; if (!error) this.openLinked(); }, (id) => this.board.get("guest", id)?.phoneTail);
    this.begin();
    this.stops.push(
      onScan((text) => { if (text.length > 1) this.q = readCode(text); }),
      shortcut({ key: "/", label: "help.search", run: () => this.$refs.search.focus() }),
      shortcut({ key: "a", label: "gallery.helpAll", run: () => this.pickAll() }),
      shortcut({ key: "Escape", label: "gallery.helpNone", shown: "Esc", run: () => this.unpick() }),
    );
  },
  unmounted() { for (const timer of [this.merging, this.counting, this.typing]) clearTimeout(timer); },
  watch: {
    version() { this.merging ??= setTimeout(() => { this.merging = null; this.merge(); }, MERGE_MS); },
    q() { clearTimeout(this.typing); this.typing = setTimeout(() => this.begin(), TYPE_MS); },
    style() { this.begin(); }, booth() { this.begin(); }, day() { this.begin(); },
    photo() { this.toAddress(); },
  },
  computed: {
    filters() { return { q: this.q, style: this.style, booth: this.booth, day: this.day }; },
    narrowed() { return Boolean(this.q.trim() || this.style || this.booth || this.day); },
    shown() { void this.list; return this.pictures.order; },
    fresh() { void this.list; return this.pictures.waiting.size; },
    begun() { void this.list; return this.pictures.begun; },
    /** As many slots as there are pictures, so that the scroll bar tells the truth; the rest comes when looked at. */
    slots() {
      const there = this.shown;
      const more = this.pictures.complete ? 0 : Math.max(0, (this.total ?? 0) - there.length);
      return more ? [...there, ...Array.from({ length: more }, (_, at) => ({ id: `blank-${there.length + at}`, blank: true }))] : there;
    },
    count() { return this.all ? Math.max(0, (this.total ?? 0) - this.without.size) : this.picked.size; },
    viewed() { void this.list; return this.photo ? this.pictures.known.get(this.photo) ?? (this.lone?.id === this.photo ? this.lone : null) : null; },
    here() { return this.events.find((event) => event.id === this.scope.event); },
    choices() {
      void this.lang;
      const named = (kind, facets, words) => ({ kind, options: facets.map((one) => ({ value: one.value, words: words(one), count: one.count })) });
      const styles = Object.fromEntries(this.styles.map((style) => [style.id, style.name[this.lang]]));
      const day = new Intl.DateTimeFormat(locale(), { weekday: "short", day: "numeric", month: "short" });
      return [
        named("style", this.facets.styles, (one) => (one.value === "original" ? this.t("job.original") : styles[one.value] ?? one.value)),
        named("booth", this.facets.booths, (one) => (one.value === "-" ? this.t("queue.noBooth") : one.name ?? one.value)),
        named("day", this.facets.days, (one) => day.format(new Date(`${one.value}T12:00:00`))),
      ].map((choice) => ({ ...choice, options: this[choice.kind] && !choice.options.some((one) => one.value === this[choice.kind]) ? [...choice.options, { value: this[choice.kind], words: this[choice.kind], count: 0 }] : choice.options }));
    },
    found() { void this.lang; return this.total === null ? "" : this.total === 1 ? this.t("queue.shownOne") : this.t("queue.shown", { n: new Intl.NumberFormat(locale()).format(this.total) }); },
  },
  methods: {
    media, styleWords,
    at(row) { void this.lang; return timeOfDay(row.finishedAt).slice(0, 5); },
    begin() {
      clearTimeout(this.typing);
      if (this.all) this.unpick(); // single ones stay: who looks for several guests picks from each search
      this.toAddress();
      this.problem = "";
      this.pictures.reset(this.filters);
      this.list += 1;
      this.recount(0);
      this.$nextTick(() => this.$refs.grid?.$el.scrollTo({ top: 0 }));
    },
    toAddress() {
      const query = new URLSearchParams(location.search);
      for (const [name, key] of Object.entries(FIELDS)) if (this[name].trim()) query.set(key, this[name].trim()); else query.delete(key);
      const text = query.toString();
      history.replaceState(history.state, "", text ? `?${text}` : location.pathname);
    },
    merge() {
      const gone = this.pictures.drop(this.board.deleted);
      if (!this.pictures.merge(this.rows("job"), this.scrolled) && !gone) return;
      for (const id of this.board.deleted) { this.picked.delete(id); if (this.photo === id) this.photo = ""; }
      this.list += 1;
      this.recount(COUNT_MS);
    },
    /** Asks for the numbers once things have settled; the page asks after news only, never by the clock. */
    recount(pause) {
      if (this.counting && pause) return;
      clearTimeout(this.counting);
      this.counting = setTimeout(async () => {
        this.counting = null;
        const turn = this.pictures.turn;
        try {
          const { data } = await call("GET", `/gallery/summary?${new URLSearchParams({ ...asked(this.scope.event, this.filters), zone: zone() })}`);
          if (turn === this.pictures.turn) { this.total = data.total; this.facets = data; }
        } catch (error) { this.problem = this.errorText(error); }
      }, pause);
    },
    seen({ last, at }) {
      this.scrolled = at > HELD_PX;
      if (!this.scrolled && this.fresh) this.merge();
      this.pictures.need(last);
    },
    toTop() { this.pictures.show(); this.list += 1; this.scrolled = false; this.$refs.grid.$el.scrollTo({ top: 0 }); },
    clear() { Object.assign(this, { q: "", style: "", booth: "", day: "" }); },
    go(event) { location.assign(`/console/gallery?event=${encodeURIComponent(event)}`); },
    // ---- looking at one ----
    open(row, event) {
      if (row.blank) return;
      if (this.count) this.toggle(row, event); else this.photo = row.id;
    },
    show(row) {
      if (row.blank) return;
      this.photo = row.id;
      this.$refs.grid?.reveal(row.id);
      this.pictures.need(this.shown.findIndex((one) => one.id === row.id) + 2);
    },
    /** A link to a picture that is not on the first page. */
    async openLinked() {
      const id = this.photo;
      if (!id || this.viewed || this.askedFor === id) return;
      this.askedFor = id;
      try { this.lone = (await call("GET", `/gallery/pictures/${encodeURIComponent(id)}`)).data; } catch (error) { toast(this.errorText(error), { bad: true }); this.photo = ""; }
    },
    // ---- picking ----
    isPicked(row) { return this.all ? !this.without.has(row.id) : this.picked.has(row.id); },
    toggle(row, event) {
      const on = !this.isPicked(row);
      const from = event?.shiftKey && this.anchor ? this.shown.findIndex((one) => one.id === this.anchor) : -1;
      const to = this.shown.findIndex((one) => one.id === row.id);
      const rows = from >= 0 && to >= 0 ? this.shown.slice(Math.min(from, to), Math.max(from, to) + 1) : [row];
      for (const one of rows) this.set(one.id, from >= 0 ? true : on);
      this.anchor = row.id;
    },
    set(id, on) {
      const [set, add] = this.all ? [this.without, !on] : [this.picked, on];
      if (add) set.add(id); else set.delete(id);
    },
    pickAll() { if (this.total) Object.assign(this, { all: true, without: new Set(), picked: new Set() }); },
    unpick() { Object.assign(this, { all: false, without: new Set(), picked: new Set(), anchor: null }); },
    save() {
      const fields = this.all ? { ...asked(this.scope.event, this.filters), without: [...this.without].join(",") } : { eventId: this.scope.event, jobIds: [...this.picked].join(",") };
      const form = this.$refs.form;
      form.replaceChildren(...Object.entries({ ...fields, zone: zone() }).map(([name, value]) => Object.assign(document.createElement("input"), { type: "hidden", name, value })));
      this.saving = true;
      form.submit();
      toast(this.t("gallery.saving", { n: this.count }));
    },
    /** The frame gets a page instead of a file only when the server refused. */
    framed() { if (this.saving) { this.saving = false; toast(this.t("gallery.notSaved"), { bad: true }); } },
  },
  template: `
<section class="gallery" :aria-label="t('gallery.title')">
  <div class="line">
    <label class="find"><span class="sr">{{ t('gallery.search') }}</span><svg class="icon" aria-hidden="true"><use href="#i-search"/></svg><input ref="search" class="field" type="search" v-model="q" :placeholder="t('gallery.search')" autocomplete="off" spellcheck="false" @keydown.esc="q = ''; $refs.search.blur()"><kbd>/</kbd></label>
    <label v-if="events.length > 1" class="choice"><span class="sr">{{ t('gallery.event') }}</span><select class="field" :value="scope.event" data-filter="event" @change="go($event.target.value)"><option v-for="one in events" :key="one.id" :value="one.id">{{ one.name }}</option></select></label>
    <label v-for="choice in choices" :key="choice.kind" class="choice"><span class="sr">{{ t('gallery.' + choice.kind) }}</span><select :class="['field', { on: $data[choice.kind] }]" v-model="$data[choice.kind]" :data-filter="choice.kind"><option value="">{{ t('gallery.' + choice.kind) }}</option><option v-for="one in choice.options" :key="one.value" :value="one.value">{{ one.words }} ({{ one.count }})</option></select></label>
    <button v-if="narrowed" type="button" class="btn plain" data-do="clear" @click="clear"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg>{{ t('queue.clear') }}</button>
    <span class="found" role="status">{{ found }}</span>
    <button v-if="total" type="button" class="btn" data-do="all" @click="pickAll"><svg class="icon" aria-hidden="true"><use href="#i-check-circle"/></svg>{{ t('gallery.all') }}<kbd>A</kbd></button>
  </div>
  <div class="room">
    <Windowed v-if="slots.length" ref="grid" :class="['grid', { picking: count }]" :items="slots" :width="188" :height="252" :label="t('gallery.title')" v-slot="{ item }" @seen="seen">
      <div v-if="item.blank" class="pic blank" aria-hidden="true"><span class="frame"></span></div>
      <div v-else :class="['pic', { on: isPicked(item) }]" :data-job="item.id">
        <button type="button" class="frame" :aria-label="t('job.title', { name: item.guestName }) + ', ' + item.code" @click="open(item, $event)"><img :src="media('jobs', item.id, 'thumb', item.revision)" alt="" width="188" height="188" decoding="async"></button>
        <button type="button" class="tick" role="checkbox" :aria-checked="String(isPicked(item))" :aria-label="t('gallery.pickOne', { name: item.guestName, code: item.code })" @click="toggle(item, $event)"><svg class="icon" aria-hidden="true"><use href="#i-check"/></svg></button>
        <span class="words"><b class="cut">{{ item.guestName }}</b><span class="cut dim"><span class="code">{{ item.code }}</span> · {{ at(item) }} · {{ styleWords(item) }}</span></span>
      </div>
    </Windowed>
    <ul v-else-if="!begun && !problem" class="waits" aria-hidden="true"><li v-for="n in 18" :key="n" class="pic blank"><span class="frame"></span></li></ul>
    <div v-else class="empty"><svg class="icon" aria-hidden="true"><use :href="problem ? '#i-alert' : narrowed ? '#i-search' : '#i-image'"/></svg><b>{{ problem || t(narrowed ? 'gallery.noMatch' : 'gallery.empty') }}</b><span v-if="!problem && !narrowed">{{ t('gallery.emptyHint') }}</span>
      <button v-if="problem" type="button" class="btn big" @click="begin">{{ t('tryAgain') }}</button><button v-else-if="narrowed" type="button" class="btn big" @click="clear">{{ t('queue.clear') }}</button></div>
    <button v-if="fresh" type="button" class="btn main fresh" @click="toTop"><svg class="icon" aria-hidden="true"><use href="#i-up"/></svg>{{ t(fresh === 1 ? 'gallery.freshOne' : 'gallery.fresh', { n: fresh }) }}</button>
  </div>
  <div v-if="count" class="picks" role="group" :aria-label="t('gallery.picks')">
    <b role="status">{{ t(count === 1 ? 'gallery.countOne' : 'gallery.count', { n: count }) }}</b>
    <button v-if="!all && total > count" type="button" class="btn plain" @click="pickAll">{{ t('gallery.allFound', { n: total }) }}</button>
    <span class="gap"></span>
    <button type="button" class="btn plain big" @click="unpick">{{ t('gallery.none') }}</button>
    <button type="button" class="btn main big" data-do="zip" @click="save"><svg class="icon" aria-hidden="true"><use href="#i-download"/></svg>{{ t('gallery.zip') }}</button>
  </div>
  <form ref="form" method="post" action="/api/v1/gallery/zip" target="pb-zip" hidden></form><iframe name="pb-zip" hidden title="zip" @load="framed"></iframe>
  <GalleryViewer :pictures="shown" :picture="viewed" :picked="viewed ? isPicked(viewed) : false" :total="total ?? 0" @show="show" @pick="toggle(viewed)" @close="photo = ''"/>
</section>`,
};
