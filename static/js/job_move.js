/**
 * The wrong guest, put right: who it is instead, done at once, undone at once. A card on the job's page, which asks when
 * it is pressed; in the booth's dialog it asks at once (`asks`) and says when it is done with (`left`).
 */

import { call } from "./api.js";
import { share } from "./share.js";
import { toast } from "./toast.js";
import { worded } from "./words.js";

const REASONS = ["WRONG_CODE", "WRONG_TURN", "GUEST_SAID"];
const TYPING_MS = 180;

const closed = () => ({ open: false, seen: null, typed: "", asked: "", found: null, chip: "", busy: false, problem: "" });

export const JobMove = {
  mixins: [worded],
  /** `last`: the newest move that stands, as the story tells it, to be undone also by who comes later. */
  props: { row: Object, last: Object, asks: Boolean },
  emits: ["linked", "left"],
  data: () => ({ ...closed(), made: null, link: null }),
  computed: { reasons: () => REASONS },
  watch: {
    typed() {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.look(), TYPING_MS);
    },
    /** Somebody else was faster: what this page asks or offers is about another guest now. */
    "row.sessionId"(now) {
      const mine = this.made && now === (this.made.undone ? this.made.cameFrom : this.made.wentTo).sessionId;
      if (this.busy || mine) return;
      if (this.open) toast(this.t("move.meanwhile", { name: this.row.guestName }), { bad: true, seconds: 7 });
      Object.assign(this, closed(), { made: null, link: null });
      this.$emit("left");
    },
  },
  mounted() {
    const called = location.hash === "#move";
    if (called) history.replaceState(null, "", location.pathname); // a reload does not ask again
    if (this.asks || called) this.ask();
  },
  unmounted() { clearTimeout(this.soon); },
  methods: {
    focus(what) { this.$nextTick(() => this.$refs[what]?.focus()); },
    ask() {
      Object.assign(this, closed(), { open: true, seen: this.row.sessionId, made: null, link: null });
      this.look();
      this.focus("find");
    },
    back() {
      if (this.busy) return;
      Object.assign(this, closed());
      this.$emit("left");
      this.focus("opener");
    },
    async look() {
      const typed = this.typed.trim();
      const first = this.found === null;
      try {
        const { data } = await call("GET", `/jobs/${encodeURIComponent(this.row.id)}/candidates?q=${encodeURIComponent(typed)}`);
        if (typed === this.typed.trim()) Object.assign(this, { found: data.items, asked: typed, problem: "" });
        if (first) this.$nextTick(() => this.$refs.panel?.scrollIntoView?.({ block: "nearest" }));
      } catch (error) {
        this.problem = this.errorText(error);
      }
    },
    about(one) { return one.because === "found" ? this.t("move.digits", { tail: one.phoneTail }) : this.t(`move.${one.because}`); },
    /** Enter gives it to the only one who fits what was typed, never to a mere suggestion. */
    submit() { if (this.asked && this.asked === this.typed.trim() && this.found?.length === 1) this.move(this.found[0]); },
    async send(path, json) {
      if (this.busy) return null;
      this.busy = true;
      this.problem = "";
      try {
        return (await call("POST", path, { json })).data;
      } catch (error) {
        this.problem = this.errorText(error);
        if (error.code === "MOVED_MEANWHILE") Object.assign(this, { seen: this.row.sessionId, made: null, link: null });
        return null;
      } finally {
        this.busy = false;
      }
    },
    async move(one) {
      const made = await this.send(`/jobs/${encodeURIComponent(this.row.id)}/move`, { sessionId: one.sessionId, seenSessionId: this.seen, reason: this.chip });
      if (!made) return;
      Object.assign(this, closed(), { made });
      this.focus("done"); // not the way back: a second Enter would undo it
    },
    async undo(moveId = this.made.moveId) {
      const made = await this.send(`/moves/${moveId}/undo`, {});
      if (!made) return;
      Object.assign(this, { made: null, link: null });
      toast(this.t("move.undone", { name: made.cameFrom.name }));
      this.$emit("linked");
      this.$emit("left");
      this.focus("opener");
    },
    async renew() {
      const link = await this.send(`/sessions/${this.made.cameFrom.sessionId}/links`, { moveId: this.made.moveId });
      if (!link) return;
      this.link = link;
      this.focus("show");
    },
    showLink() { share(this.row.id, this.made.cameFrom.name, this.link.resultUrl); },
  },
  template: `
<section v-if="made" ref="panel" class="move done" aria-labelledby="move-done">
  <h2 id="move-done" ref="done" tabindex="-1" role="status"><svg class="icon" aria-hidden="true"><use href="#i-check-circle"/></svg><span>{{ t('move.done', { name: made.wentTo.name }) }}</span></h2>
  <p>{{ t('move.doneHint', { from: made.cameFrom.name }) }}</p>
  <button type="button" class="btn big undo" :disabled="busy" @click="undo()"><svg class="icon" aria-hidden="true"><use href="#i-undo"/></svg>{{ t('undo') }}</button>
  <div v-if="made.offerLink" class="relink">
    <p role="status">{{ t(link ? 'move.linkDone' : 'move.linkHint', { name: made.cameFrom.name }) }}</p>
    <button v-if="link" ref="show" type="button" class="btn big" @click="showLink"><svg class="icon" aria-hidden="true"><use href="#i-qr"/></svg>{{ t('move.showLink') }}</button>
    <button v-else type="button" class="btn big renew" :disabled="busy" @click="renew"><svg class="icon" aria-hidden="true"><use href="#i-retry"/></svg><span>{{ t('move.newLink', { name: made.cameFrom.name }) }}</span></button>
  </div>
  <p class="problem" role="alert">{{ problem }}</p>
  <button v-if="asks" type="button" class="btn plain big" :disabled="busy" @click="$emit('left')">{{ t('close') }}</button>
</section>
<form v-else-if="open" ref="panel" class="move" aria-labelledby="move-title" @submit.prevent="submit" @keydown.esc.stop.prevent="back">
  <header><h2 id="move-title">{{ t('move.title') }}</h2><button type="button" class="btn plain" :disabled="busy" @click="back">{{ t('move.cancel') }} <kbd>Esc</kbd></button></header>
  <p>{{ t('move.says', { name: row.guestName }) }}</p>
  <input ref="find" class="field" v-model="typed" :placeholder="t('move.find')" :aria-label="t('move.find')" maxlength="300" autocomplete="off" spellcheck="false" autocapitalize="characters">
  <h3 v-if="found?.length">{{ t(asked ? 'move.found' : 'move.near') }}</h3>
  <ul><li v-for="one in found ?? []" :key="one.sessionId"><button type="button" class="btn big who" :disabled="busy" @click="move(one)"><span class="code">{{ one.code }}</span><span class="two"><b>{{ one.name }}</b><small>{{ about(one) }}</small></span></button></li></ul>
  <p v-if="found && !found.length" class="none" role="status">{{ t(asked ? 'move.none' : 'move.nobody') }}</p>
  <fieldset><legend>{{ t('move.why') }}</legend><div class="chips"><button v-for="code in reasons" :key="code" type="button" class="btn chip" :aria-pressed="String(chip === code)" @click="chip = chip === code ? '' : code">{{ t('because.' + code) }}</button></div></fieldset>
  <p class="problem" role="alert">{{ busy ? t('move.moving') : problem }}</p>
</form>
<div v-else class="move ask"><button ref="opener" type="button" class="btn plain big" @click="ask"><svg class="icon" aria-hidden="true"><use href="#i-users"/></svg>{{ t('move.ask') }}</button>
  <button v-if="last?.data?.move" type="button" class="btn plain big undo" :disabled="busy" @click="undo(last.data.move)"><svg class="icon" aria-hidden="true"><use href="#i-undo"/></svg>{{ t('move.undoLast', { from: last.data.from }) }}</button>
  <p class="problem" role="alert">{{ problem }}</p></div>`,
};
