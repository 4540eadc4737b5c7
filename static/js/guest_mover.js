/** Sending guests in line to another booth: from where, who, to where; undone by one touch. */

import { call } from "./api.js";
import { span } from "./shots.js";
import { toast } from "./toast.js";
import { t, worded } from "./words.js";

const LINE = "";

export const Mover = {
  mixins: [worded],
  props: { booths: Array, guests: Array, now: Number },
  data: () => ({ from: LINE, to: null, out: {}, busy: false, problem: "" }),
  computed: {
    /** Everybody who waits, by where: the common line, or the booth they were sent to or stand at. */
    places() {
      const places = new Map([[LINE, []], ...this.booths.map((booth) => [booth.id, []])]);
      for (const row of this.guests) {
        const waits = row.state === "active" || (row.state === "registered" && Date.parse(row.expiresAt) > this.now);
        if (waits) places.get(row.state === "active" ? row.boothId : row.sentTo ?? LINE)?.push(row);
      }
      for (const rows of places.values()) rows.sort((a, b) => (a.state === "active" ? -1 : b.state === "active" ? 1 : Date.parse(a.createdAt) - Date.parse(b.createdAt)));
      return places;
    },
    sources() { void this.lang; return [{ id: LINE, name: t("watch.commonLine") }, ...this.booths].map((one) => ({ id: one.id, name: one.name, count: this.places.get(one.id)?.length ?? 0 })).filter((one) => one.count || one.id === this.from); },
    event() { return this.booths.find((booth) => booth.id === this.from)?.eventId ?? null; },
    targets() {
      void this.lang;
      const events = new Set(this.chosen.map((row) => row.eventId));
      const fits = this.booths.filter((booth) => booth.id !== this.from && [...events].every((id) => id === booth.eventId));
      return [...fits, ...(this.from === LINE ? [] : [{ id: LINE, name: t("watch.commonLine") }])];
    },
    list() { return this.places.get(this.from) ?? []; },
    chosen() { return this.list.filter((row) => !this.out[row.id]); },
    target() { return this.targets.find((one) => one.id === this.to) ?? null; },
  },
  watch: { from() { this.out = {}; this.to = null; } },
  methods: {
    open(from = LINE) {
      Object.assign(this, { from: this.places.get(from)?.length ? from : this.sources.find((one) => one.count)?.id ?? LINE, to: null, out: {}, busy: false, problem: "" });
      this.$refs.box.showModal();
    },
    flip(row) { this.out = { ...this.out, [row.id]: !this.out[row.id] }; },
    waits(row) { return row.state === "active" ? t("people.activeNow") : span(this.now - Date.parse(row.createdAt)); },
    async send() {
      if (this.busy || !this.target || !this.chosen.length) return;
      this.busy = true;
      this.problem = "";
      const name = this.target.name;
      try {
        const { data } = await call("POST", "/sessions/send", { json: { items: this.chosen.map((row) => ({ sessionId: row.id, boothId: this.to || null })) } });
        this.$refs.box.close();
        toast(t("watch.sent", { n: data.items.length, name }), { action: { label: t("undo"), run: () => this.undo(data.items) } });
      } catch (error) {
        this.problem = this.errorText(error);
      } finally {
        this.busy = false;
      }
    },
    async undo(items) {
      try {
        await call("POST", "/sessions/send", { json: { items } });
        toast(t("watch.sentBack", { n: items.length }));
      } catch (error) {
        toast(this.errorText(error), { bad: true });
      }
    },
  },
  template: `
<dialog ref="box" class="pb-dialog mover" aria-labelledby="mover-title" @click.self="$refs.box.close()"><div class="inner">
  <header><h2 id="mover-title">{{ t('watch.move') }}</h2><button type="button" class="btn plain square" :aria-label="t('close')" @click="$refs.box.close()"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg></button></header>
  <div class="half"><fieldset><legend>{{ t('watch.from') }}</legend><div class="chips"><button v-for="one in sources" :key="one.id" type="button" class="btn chip" :data-from="one.id" :aria-pressed="String(from === one.id)" @click="from = one.id">{{ one.name }} <b>{{ one.count }}</b></button></div></fieldset>
  <fieldset class="who"><legend>{{ t('watch.who', { n: chosen.length }) }}</legend>
    <ul v-if="list.length"><li v-for="row in list" :key="row.id"><button type="button" role="checkbox" :aria-checked="String(!out[row.id])" @click="flip(row)"><span class="tick" aria-hidden="true"><svg v-if="!out[row.id]" class="icon"><use href="#i-check"/></svg></span><span class="code">{{ row.code }}</span><span class="name">{{ row.guestName }}</span><span class="waits dim">{{ waits(row) }}</span></button></li></ul>
    <p v-else class="dim">{{ t('watch.nobodyWaits') }}</p></fieldset></div>
  <div class="half"><fieldset><legend>{{ t('watch.to') }}</legend><div class="chips"><button v-for="one in targets" :key="one.id" type="button" class="btn chip" :data-to="one.id" :aria-pressed="String(to === one.id)" @click="to = one.id">{{ one.name }}</button></div></fieldset></div>
  <p class="dim">{{ t('watch.moveHint') }}</p>
  <p class="problem" role="alert">{{ problem }}</p>
  <button type="button" class="btn main big" data-deed="send" :disabled="busy || !target || !chosen.length" @click="send">{{ target ? t('watch.send', { n: chosen.length, name: target.name }) : t('watch.sendWhere') }}</button>
</div></dialog>`,
};
