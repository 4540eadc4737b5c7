/** What a pill of the header explains on touch: one part at a time, what to do, and what supervisors may decide. */

import { call } from "./api.js";
import { toast } from "./toast.js";
import { t, worded } from "./words.js";

const HOURS = [900, 3600, 4 * 3600];
const REASONS = { open: ["MAKER_TROUBLE", "COSTS"], closed: ["WORKS_AGAIN", "TROUBLE_OVER"], pause: ["BREAK", "OTHERS_FIRST"] };
const fresh = () => ({ deed: null, seconds: 3600, chip: "", text: "", wrong: "", busy: false });

export const PartBox = {
  mixins: [worded],
  props: { parts: Array, decides: Boolean, house: Boolean },
  data: () => ({ shown: "", ...fresh() }),
  computed: {
    part() { return this.parts.find((part) => part.id === this.shown) ?? null; },
    /** What may be decided about this part: `{kind, part or lane, words}`. */
    deeds() {
      void this.lang;
      if (!this.decides || !this.part) return [];
      const { row, lanes } = this.part;
      if (lanes) return lanes.map((lane) => ({ kind: lane.paused ? "resume" : "pause", lane: lane.id, icon: lane.paused ? "play" : "stop", words: t(lane.paused ? "part.resume" : "part.pause", { lane: t(`lane.${lane.id}`) }) }));
      if (!row) return [];
      if (row.forced) return [{ kind: "release", icon: "undo", words: t("part.automatic") }];
      const on = { kind: "closed", icon: "play", words: t("part.switchOn") };
      return row.state === "closed" ? [{ kind: "open", icon: "stop", words: t("part.switchOff") }] : [on, { kind: "open", icon: "stop", words: t("part.switchOff") }];
    },
    HOURS: () => HOURS,
    REASONS: () => REASONS,
  },
  watch: { shown() { Object.assign(this, fresh()); } },
  methods: {
    open(id) {
      this.shown = id;
      if (!this.$refs.box.open) this.$refs.box.showModal();
      this.$nextTick(() => this.$refs.box.querySelector("[aria-selected=true]")?.focus());
    },
    close() { this.$refs.box.close(); },
    step(way) {
      const at = this.parts.findIndex((part) => part.id === this.shown);
      this.open(this.parts[(at + way + this.parts.length) % this.parts.length].id);
    },
    wordsFor: (seconds) => (seconds < 3600 ? t("part.minutes", { n: seconds / 60 }) : t("part.hours", { n: seconds / 3600 })),
    pick(deed) {
      Object.assign(this, fresh(), { deed });
      if (deed.kind === "release" || deed.kind === "resume") this.send();
      else this.$nextTick(() => this.$refs.form?.querySelector("button")?.focus());
    },
    back() {
      Object.assign(this, fresh());
      this.$nextTick(() => this.$refs.box.querySelector(".partdeeds .btn")?.focus());
    },
    ask() {
      const { kind, lane } = this.deed;
      const reason = this.text.trim() || (this.chip && this.t(`because.${this.chip}`));
      const part = `/house/parts/${encodeURIComponent(this.part.id)}/breaker`;
      const where = `/house/lanes/${encodeURIComponent(lane)}/pause`;
      if (kind === "release") return call("DELETE", part);
      if (kind === "resume") return call("DELETE", where);
      if (kind === "pause") return call("PUT", where, { json: { reason } });
      return call("PUT", part, { json: { reason, state: kind, seconds: this.seconds } });
    },
    async send() {
      if (this.busy) return;
      const needs = this.deed.kind !== "release" && this.deed.kind !== "resume";
      if (needs && !this.chip && !this.text.trim()) { this.wrong = this.errorText({ code: "REASON_MISSING" }); this.$refs.reason.focus(); return; }
      this.busy = true;
      try {
        await this.ask();
        toast(this.t("part.done", { name: this.part.name }));
        this.back();
      } catch (error) {
        Object.assign(this, { busy: false, wrong: this.errorText(error) });
        if (!needs) toast(this.wrong, { bad: true });
      }
    },
  },
  template: `
<dialog ref="box" :class="['pb-dialog', 'partbox', shown + 'box']" aria-labelledby="part-name" @click.self="close()" @keydown.esc="deed && ($event.preventDefault(), back())"><div v-if="part" class="inner">
  <header><h2 id="part-name">{{ part.name }}</h2><button type="button" class="btn plain square" :aria-label="t('close')" @click="close()"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg></button></header>
  <div class="partnav" role="tablist" :aria-label="t('part.title')" @keydown.left.prevent="step(-1)" @keydown.right.prevent="step(1)">
    <button v-for="one in parts" :key="one.id" type="button" role="tab" :class="one.tone" :tabindex="one.id === shown ? 0 : -1" :aria-selected="String(one.id === shown)" :title="one.title" :aria-label="one.name + ': ' + one.title" :data-part="one.id" @click="open(one.id)"><svg class="icon" aria-hidden="true"><use :href="'#i-' + one.icon"/></svg><svg v-if="one.tone === 'warn' || one.tone === 'bad'" class="icon flag" aria-hidden="true"><use href="#i-alert"/></svg></button>
  </div>
  <div :class="['note', part.tone]" role="tabpanel"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (part.tone === 'good' ? 'check-circle' : part.tone ? 'alert' : part.icon)"/></svg><div><b>{{ part.title }}</b><p>{{ part.step }}</p></div></div>
  <dl v-if="part.facts.length" class="facts"><template v-for="[name, words, values] in part.facts" :key="name + (values?.lane || '')"><dt>{{ t(name, values) }}</dt><dd>{{ words }}</dd></template></dl>
  <a v-if="part.href && !deed" class="btn big" :href="part.href">{{ t(part.hrefWords || 'part.openQueue') }}<svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></a>
  <p v-if="deeds.length && !house" class="note" data-not-yours><svg class="icon" aria-hidden="true"><use href="#i-users"/></svg><span>{{ t('part.notYours') }}</span></p>
  <section v-else-if="deeds.length && !deed" class="partdeeds" :aria-label="t('part.decide')"><h3>{{ t('part.decide') }}</h3>
    <div><button v-for="one in deeds" :key="one.kind + (one.lane || '')" type="button" class="btn" :data-deed="one.kind" :data-lane="one.lane" :disabled="busy" @click="pick(one)"><svg class="icon" aria-hidden="true"><use :href="'#i-' + one.icon"/></svg>{{ one.words }}</button></div>
  </section>
  <form v-else-if="deed && REASONS[deed.kind]" ref="form" class="partdeeds" novalidate :aria-label="deed.words" @submit.prevent="send"><h3>{{ deed.words }}</h3>
    <fieldset v-if="deed.kind !== 'pause'"><legend>{{ t('part.howLong') }}</legend><div class="segment"><button v-for="one in HOURS" :key="one" type="button" :aria-pressed="String(seconds === one)" @click="seconds = one">{{ wordsFor(one) }}</button></div></fieldset>
    <fieldset><legend>{{ t('part.why') }}</legend><div><button v-for="code in REASONS[deed.kind]" :key="code" type="button" class="btn chip" :data-reason="code" :aria-pressed="String(chip === code)" @click="chip = chip === code ? '' : code; text = ''; wrong = ''">{{ t('because.' + code) }}</button></div>
      <input ref="reason" class="field" v-model="text" maxlength="500" :placeholder="t('rescue.otherReason')" :aria-label="t('rescue.otherReason')" autocomplete="off" :aria-invalid="String(Boolean(wrong))" aria-describedby="part-problem" @input="chip = ''; wrong = ''"></fieldset>
    <p id="part-problem" class="problem" role="alert">{{ wrong }}</p>
    <div class="pair"><button type="button" class="btn plain big" :disabled="busy" @click="back">{{ t('part.back') }}</button><button type="submit" class="btn main big" :disabled="busy">{{ t('part.doIt') }}</button></div>
  </form>
</div></dialog>`,
};
