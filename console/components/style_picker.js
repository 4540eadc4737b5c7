/** How to shoot (webcam or tethered camera) and which style the next pictures take. */

import { boarded } from "/static/js/board.js";
import { beginWith, desk, onDesk, setShoot, setStyle, styleNow } from "/static/js/booth.js";
import { shortcut } from "/static/js/keys.js";
import { worded } from "/static/js/words.js";

export default {
  mixins: [worded, boarded],
  watches: ["booth"],
  props: { styles: Array, part: String, shoot: String },
  data: () => ({ desk: { ...desk }, more: { back: false, on: false } }),
  created() {
    if (this.part === "mode") this.desk = { ...beginWith(this.shoot) };
    this.stops.push(onDesk(() => { this.desk = { ...desk }; }));
    if (this.part === "mode") this.stops.push(shortcut({ key: "m", label: "help.mode", run: () => setShoot(this.desk.shoot === "webcam" ? "pro" : "webcam") }));
    else for (let n = 1; n <= 9; n += 1) this.stops.push(shortcut({ key: String(n), label: n === 1 ? "help.style" : null, shown: "1–9", run: () => this.choices[n - 1] && this.choose(this.choices[n - 1].id) }));
  },
  computed: {
    choices() {
      const named = this.styles.map((style) => ({ id: style.id, name: style.name[this.lang] ?? style.name.id, look: style.id }));
      return [...named, { id: "original", name: this.t("style.original"), look: "original" }];
    },
    wished() { void this.version; void this.desk; void this.now; return styleNow(this.scope); },
    current() { return this.choices.some((one) => one.id === this.wished) ? this.wished : this.choices[0].id; },
    columns() { return Math.ceil(this.choices.length / 2); },
  },
  watch: {
    current() { this.$nextTick(() => this.reveal()); },
  },
  mounted() {
    if (this.part === "mode") return;
    this.sized = new ResizeObserver(() => this.look());
    this.sized.observe(this.$refs.row);
    this.reveal();
  },
  unmounted() { this.sized?.disconnect(); },
  methods: {
    setShoot,
    choose(id) {
      setStyle(id, this.scope, this.styles);
    },
    reveal() { this.$refs.row?.querySelector("[aria-pressed=true]")?.scrollIntoView({ inline: "center", block: "nearest" }); },
    look() {
      const { scrollLeft, scrollWidth, clientWidth } = this.$refs.row;
      this.more = { back: scrollLeft > 2, on: scrollLeft + clientWidth < scrollWidth - 2 };
    },
    page(way) { this.$refs.row.scrollBy({ left: way * this.$refs.row.clientWidth * 0.8, behavior: "smooth" }); },
    wheel(event) {
      const { deltaX, deltaY } = event;
      if (Math.abs(deltaY) > Math.abs(deltaX)) this.$refs.row.scrollLeft += deltaY;
    },
  },
  template: `
<div v-if="part === 'mode'" class="segment shootmode" role="group" :aria-label="t('capture.mode')">
  <button type="button" :aria-pressed="String(desk.shoot === 'webcam')" @click="setShoot('webcam')"><svg class="icon" aria-hidden="true"><use href="#i-webcam"/></svg>{{ t('capture.webcam') }}</button>
  <button type="button" :aria-pressed="String(desk.shoot === 'pro')" @click="setShoot('pro')"><svg class="icon" aria-hidden="true"><use href="#i-camera"/></svg>{{ t('capture.pro') }}</button>
</div>
<div v-else class="stylebar">
  <button v-if="more.back || more.on" type="button" class="btn square turn" :disabled="!more.back" :aria-label="t('style.back')" @click="page(-1)"><svg class="icon" aria-hidden="true"><use href="#i-left"/></svg></button>
  <div ref="row" class="styles" role="group" :aria-label="t('style.title')" :style="{ '--columns': columns }" @scroll.passive="look" @wheel.passive="wheel">
  <button v-for="one in choices" :key="one.id" type="button" :data-style="one.id" :title="one.name" :aria-pressed="String(current === one.id)" @click="choose(one.id)">
    <span class="swatch" aria-hidden="true"><img :src="'/static/styles/' + encodeURIComponent(one.look) + '.webp'" alt="" width="120" height="75" @error="$event.target.remove()"><svg v-if="current === one.id" class="icon"><use href="#i-check"/></svg></span><span class="named">{{ one.name }}</span>
  </button></div>
  <button v-if="more.back || more.on" type="button" class="btn square turn" :disabled="!more.on" :aria-label="t('style.on')" @click="page(1)"><svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></button>
</div>`,
};
