/** The cameras a booth has seen, and how far each one's clock is off: measured, set by hand, or not known. */

import { call } from "./api.js";
import { board } from "./board.js";
import { agoWords } from "./health.js";
import { cameraName, timeOf } from "./shots.js";
import { toast } from "./toast.js";
import { errorText, t } from "./words.js";

const EXACT = 1.5;
const pad = (number) => String(number).padStart(2, "0");

/** 123 → "2 min 3 s"; at most two units. */
function length(seconds) {
  const whole = Math.round(Math.abs(seconds));
  const parts = [["days", Math.floor(whole / 86400)], ["hours", Math.floor(whole / 3600) % 24], ["minutes", Math.floor(whole / 60) % 60], ["seconds", whole % 60]];
  const from = parts.findIndex(([, n]) => n > 0);
  return parts.slice(from, from + 2).filter(([, n]) => n > 0).map(([unit, n]) => t(`span.${unit}`, { n })).join(" ");
}

/** "the camera is 2 min 3 s behind"; server time = camera time + offset. */
export function clockWords(offset) {
  if (Math.abs(offset) < EXACT) return t("laptop.clockRight");
  return t(offset > 0 ? "laptop.clockBehind" : "laptop.clockAhead", { n: length(offset) });
}

/** The day as a date field takes it and the time as people type it, in this browser's zone. */
function fields(ms) {
  const at = new Date(ms);
  return { day: `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`, time: [at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(":") };
}

/** What was typed, in ms; NaN for what is no time. "19.42.07", "19 42 07" and "19:42" are times, too. */
function momentOf(day, typed) {
  const parts = typed.trim().split(/[\s:.,]+/);
  if (parts.length < 2 || parts.length > 3 || parts.some((part) => !/^\d{1,2}$/.test(part))) return NaN;
  const [hours, minutes, seconds = 0] = parts.map(Number);
  if (hours > 23 || minutes > 59 || seconds > 59) return NaN;
  return new Date(`${day}T${pad(hours)}:${pad(minutes)}:${pad(seconds)}`).getTime();
}

export const Clocks = {
  props: { booth: String, items: Array, may: Boolean, now: Number, lang: String },
  emits: ["changed"],
  data: () => ({ setting: null, day: "", typed: "", busy: false, below: 0 }),
  mounted() {
    this.sized = new ResizeObserver(() => this.look());
    this.sized.observe(this.$refs.list);
  },
  updated() { this.look(); },
  unmounted() { this.sized?.disconnect(); },
  computed: {
    shows() { return momentOf(this.day, this.typed); },
  },
  methods: {
    cameraName, timeOf, t(key, values) { void this.lang; return t(key, values); },
    state(row) {
      void this.lang;
      if (row.offsetSeconds === null) return t("laptop.clockUnknown", { n: row.samples });
      return `${clockWords(row.offsetSeconds)} · ${t(row.source === "hand" ? "laptop.clockByHand" : "laptop.clockMeasured")}`;
    },
    against(row) { void this.lang; return row.contradictionSeconds === null ? "" : t("laptop.clockAgainst", { n: length(row.contradictionSeconds) }); },
    last(row) { void this.lang; return row.lastShotAt ? `${t("health.lastShot")}: ${agoWords(row.lastShotAt, this.now)}` : ""; },
    /** How many cameras are below what is seen of the list. */
    look() {
      const end = this.$refs.list.getBoundingClientRect().bottom;
      this.below = [...this.$refs.list.children].filter((row) => row.getBoundingClientRect().bottom > end + 8).length;
    },
    further() { this.$refs.list.scrollBy({ top: this.$refs.list.clientHeight, behavior: "smooth" }); },
    serverNow() { return board().now(); },
    open(row) {
      this.setting = row;
      const shown = fields(this.serverNow() - (row.offsetSeconds ?? 0) * 1000);
      Object.assign(this, { day: shown.day, typed: shown.time });
      this.$nextTick(() => { this.$refs.set.showModal(); this.$refs.time.select(); });
    },
    path: (booth, row) => `/booths/${encodeURIComponent(booth)}/cameras/${encodeURIComponent(row.key)}/clock`,
    async change(method, row, json) {
      this.busy = true;
      try {
        const { data } = await call(method, this.path(this.booth, row), { json });
        this.$emit("changed", data);
        toast(method === "PUT" ? `${cameraName(row.camera)}: ${clockWords(data.offsetSeconds)}` : t("laptop.clockForgotten"));
        return true;
      } catch (error) {
        toast(errorText(error), { bad: true });
        return false;
      } finally {
        this.busy = false;
      }
    },
    /** What the camera's clock shows at the moment of the press. */
    async save() {
      if (Number.isNaN(this.shows)) return;
      const { shows } = this;
      if (await this.change("PUT", this.setting, { offsetSeconds: Math.round((this.serverNow() - shows) / 100) / 10 })) this.$refs.set.close();
    },
  },
  template: `
<section class="card clocks" :aria-label="t('laptop.cameras')">
  <h2>{{ t('laptop.cameras') }} <span v-if="items.length" class="dim">{{ items.length }}</span></h2>
  <p class="dim hint">{{ t('laptop.camerasHint') }}</p>
  <ul ref="list" @scroll.passive="look"><li v-for="row in items" :key="row.key" :data-camera="row.camera"><div class="about"><b class="cut">{{ cameraName(row.camera) }}</b>
      <span :class="['tag', row.offsetSeconds === null ? '' : 'good']"><svg class="icon" aria-hidden="true"><use href="#i-clock"/></svg><span>{{ state(row) }}</span></span>
      <span v-if="against(row)" class="tag warn"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span>{{ against(row) }}</span></span><span class="dim small">{{ last(row) }}</span></div>
    <div v-if="may" class="deeds"><button type="button" class="btn" :disabled="busy" :aria-label="t('laptop.setClock') + ' ' + cameraName(row.camera)" @click="open(row)">{{ t('laptop.setClock') }}</button><button v-if="row.offsetSeconds !== null" type="button" class="btn plain" :disabled="busy" :aria-label="t('laptop.forgetClock') + ' ' + cameraName(row.camera)" @click="change('DELETE', row)">{{ t('laptop.forgetClock') }}</button></div>
  </li></ul>
  <button v-if="below" type="button" class="btn further" @click="further"><svg class="icon" aria-hidden="true"><use href="#i-down"/></svg>{{ below === 1 ? t('laptop.oneMoreCamera') : t('laptop.moreCameras', { n: below }) }}</button>
  <p v-if="!items.length" class="none dim">{{ t('laptop.noCameras') }}</p>
  <dialog ref="set" class="pb-dialog clockbox" :aria-label="t('laptop.setClock')" @close="setting = null"><form v-if="setting" class="inner" @submit.prevent="save">
    <header><h2>{{ t('laptop.clockTitle', { camera: cameraName(setting.camera) }) }}</h2><button type="button" class="btn plain square" :aria-label="t('close')" @click="$refs.set.close()"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg></button></header>
    <p>{{ t('laptop.clockHow') }}</p>
    <div class="when"><label>{{ t('laptop.clockShows') }}<input ref="time" class="field" v-model="typed" placeholder="19:42:07" inputmode="numeric" autocomplete="off" maxlength="8" :aria-invalid="shows !== shows ? 'true' : null"></label><label>{{ t('laptop.clockDay') }}<input class="field" type="date" v-model="day" required></label></div>
    <p class="dim">{{ t('laptop.serverTime', { time: timeOf(now, now) }) }}</p>
    <button type="submit" class="btn big main" :disabled="busy || shows !== shows">{{ t('laptop.clockNow') }}</button>
  </form></dialog>
</section>`,
};
