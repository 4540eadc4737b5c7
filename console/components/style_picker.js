/** How to shoot (webcam or tethered camera) and which style the next pictures take. */

import { desk, onDesk, setShoot, setStyle } from "/static/js/booth.js";
import { shortcut } from "/static/js/keys.js";
import { worded } from "/static/js/words.js";

export default {
  mixins: [worded],
  props: { scope: Object, styles: Array, part: String },
  data: () => ({ desk: { ...desk } }),
  created() {
    this.stops = [onDesk(() => { this.desk = { ...desk }; })];
    if (this.part === "mode") this.stops.push(shortcut({ key: "m", label: "help.mode", run: () => setShoot(this.desk.shoot === "webcam" ? "pro" : "webcam") }));
    else for (let n = 1; n <= 9; n += 1) this.stops.push(shortcut({ key: String(n), label: n === 1 ? "help.style" : null, shown: "1–9", run: () => this.choices[n - 1] && this.choose(this.choices[n - 1].id) }));
  },
  unmounted() { for (const stop of this.stops) stop(); },
  computed: {
    choices() {
      const named = this.styles.map((style) => ({ id: style.id, name: style.name[this.lang] ?? style.name.id, look: style.id }));
      return [...named, { id: "original", name: this.t("style.original"), look: "original" }];
    },
    current() { return this.choices.some((one) => one.id === this.desk.styleId) ? this.desk.styleId : this.choices[0].id; },
  },
  mounted() { this.reveal(); },
  methods: {
    setShoot,
    choose(id) {
      setStyle(id, this.scope, this.styles);
      this.$nextTick(() => this.reveal());
    },
    reveal() { this.$el.querySelector?.("[data-style][aria-pressed=true]")?.scrollIntoView({ inline: "center", block: "nearest" }); },
  },
  template: `
<div v-if="part === 'mode'" class="segment shootmode" role="group" :aria-label="t('capture.mode')">
  <button type="button" :aria-pressed="String(desk.shoot === 'webcam')" @click="setShoot('webcam')"><svg class="icon" aria-hidden="true"><use href="#i-webcam"/></svg>{{ t('capture.webcam') }}</button>
  <button type="button" :aria-pressed="String(desk.shoot === 'pro')" @click="setShoot('pro')"><svg class="icon" aria-hidden="true"><use href="#i-camera"/></svg>{{ t('capture.pro') }}</button>
</div>
<div v-else class="styles" role="group" :aria-label="t('style.title')">
  <button v-for="one in choices" :key="one.id" type="button" :data-style="one.id" :title="one.name" :aria-pressed="String(current === one.id)" @click="choose(one.id)">
    <span class="swatch" aria-hidden="true"><img :src="'/static/styles/' + encodeURIComponent(one.look) + '.webp'" alt="" width="120" height="75" @error="$event.target.remove()"><svg v-if="current === one.id" class="icon"><use href="#i-check"/></svg></span><span class="cut">{{ one.name }}</span>
  </button>
</div>`,
};
