/** Styles of the house: switched on and off, put in order, changed, made; tried on the sample picture. */

import { editing, Faster, InUse } from "./admin_edit.js";
import { call } from "./api.js";
import { PbForm } from "./form.js";
import { toast } from "./toast.js";

export const Styles = {
  mixins: [editing],
  components: { PbForm, Faster, InUse },
  props: { house: Object, schemas: Object, lang: String },
  data: () => ({ draft: null, seen: "", ready: false, wrong: false }),
  computed: {
    one() { return this.house.styles.find((style) => style.id === this.picked) ?? null; },
    choices() { return { providers: this.house.providers.map((name) => ({ value: name, label: `admin.provider.${name}` })) }; },
    /** The sample in this style; a paid provider is not asked for it. */
    sample() {
      if (!this.one || this.one.provider !== "local") return "";
      const params = this.draft && this.draft.id === this.one.id ? this.draft.params : null;
      return `/media/styles/${encodeURIComponent(this.one.id)}/sample?v=${this.one.mark}${params === null ? "" : `&params=${encodeURIComponent(params)}`}`;
    },
    trying() { return Boolean(this.draft && this.draft.id === this.one?.id); },
  },
  watch: { sample() { this.ready = false; this.wrong = false; }, picked() { this.draft = null; } },
  methods: {
    name(style) { return this.lang === "en" ? style.name.en : style.name.id; },
    make(json) { this.save({ method: "POST", path: "/styles", json }, (made) => { this.house.styles = [...this.house.styles, made]; this.pick(made.id); toast(this.t("admin.made", { name: this.name(made) })); }); },
    path(style) { return `/styles/${encodeURIComponent(style.id)}`; },
    change(json) { this.save({ method: "PATCH", path: this.path(this.one), json, mark: this.one.mark }, (now) => { this.put("styles", now); this.draft = null; this.saved(); }); },
    toggle(style) { this.save({ method: "PATCH", path: this.path(style), json: { enabled: !style.enabled }, mark: style.mark }, (now) => { this.put("styles", now); this.saved(); }); },
    async move(style, by) {
      const order = this.house.styles.map((one) => one.id);
      const at = order.indexOf(style.id);
      if (this.busy || at + by < 0 || at + by >= order.length) return;
      order.splice(at + by, 0, ...order.splice(at, 1));
      this.busy = true;
      try {
        const { data } = await call("PUT", "/styles/order", { json: { order } });
        this.house.styles = data.items;
        this.$nextTick(() => this.$el.querySelector(`[data-id="${CSS.escape(style.id)}"] ~ .moves button:nth-child(${by < 0 ? 1 : 2})`)?.focus());
      } catch (error) {
        toast(this.says(error), { bad: true });
      } finally {
        this.busy = false;
      }
    },
    /** What is typed as parameters is tried as soon as it is whole. */
    typed(data) {
      const params = typeof data.params === "string" ? data.params : JSON.stringify(data.params ?? {});
      clearTimeout(this.later);
      this.later = setTimeout(() => { try { JSON.parse(params); if (JSON.stringify(JSON.parse(params)) !== JSON.stringify(this.one?.params)) this.draft = { id: this.one.id, params }; else this.draft = null; } catch { /* not whole yet */ } }, 700);
    },
    async sampleFailed() {
      this.wrong = true;
    },
  },
  unmounted() { clearTimeout(this.later); },
  template: `
<div :class="['split', { opened: picked }]">
  <section class="list" :aria-label="t('admin.styles')">
    <header><h2>{{ t('admin.styles') }}</h2><button v-if="house.all" type="button" class="btn main" @click="pick('new')">{{ t('admin.newStyle') }}</button></header>
    <p class="dim hint">{{ t(house.all ? 'admin.stylesHint' : 'admin.stylesNotYours') }}</p>
    <ul><li v-for="(style, n) in house.styles" :key="style.id" class="stylerow"><button type="button" class="pickrow" :data-id="style.id" :aria-current="picked === style.id ? 'true' : null" @click="pick(style.id)"><span class="swatch"><img :src="'/static/styles/' + encodeURIComponent(style.id) + '.webp'" alt="" width="56" height="44" loading="lazy" @error="$event.target.remove()"></span><span class="about"><b class="cut">{{ name(style) }}</b><span v-if="!style.enabled" class="tag"><svg class="icon" aria-hidden="true"><use href="#i-stop"/></svg>{{ t('admin.isOff') }}</span><span v-else class="dim cut">{{ t('admin.provider.' + style.provider) }}</span></span></button><span v-if="house.all" class="moves"><button type="button" class="btn plain square" :disabled="busy || !n" :aria-label="t('admin.moveUp', { name: name(style) })" @click="move(style, -1)"><svg class="icon" aria-hidden="true"><use href="#i-up"/></svg></button><button type="button" class="btn plain square" :disabled="busy || n === house.styles.length - 1" :aria-label="t('admin.moveDown', { name: name(style) })" @click="move(style, 1)"><svg class="icon" aria-hidden="true"><use href="#i-down"/></svg></button></span></li></ul>
  </section>
  <section class="detail" :aria-label="t('admin.details')">
    <button v-if="picked" type="button" class="btn plain back" @click="pick(null)"><svg class="icon" aria-hidden="true"><use href="#i-left"/></svg>{{ t('admin.styles') }}</button>
    <div v-if="picked === 'new' && house.all" class="sheet"><h2 tabindex="-1">{{ t('admin.newStyle') }}</h2><pb-form :schema="schemas.NewStyle" words="style" :choices="choices" :preset="{ provider: house.providers.find((name) => name !== 'local') ?? 'local' }" :problem="problem" :busy="busy" :label="t('admin.makeStyle')" @send="make"/></div>
    <div v-else-if="one" class="sheet"><header><h2 tabindex="-1">{{ name(one) }}</h2><span class="pill">{{ t('admin.provider.' + one.provider) }}</span></header>
      <div class="trying"><figure><img src="/media/sample" alt="" width="210" height="280"><figcaption class="dim">{{ t('admin.sampleBefore') }}</figcaption></figure>
        <figure v-if="sample"><span :class="['stage', { ready }]"><img :key="sample" :src="sample" :alt="t('admin.sampleAlt', { name: name(one) })" width="210" height="280" @load="ready = true" @error="sampleFailed"></span><figcaption :class="wrong ? 'problem' : 'dim'" role="status">{{ t(wrong ? 'admin.sampleWrong' : !ready ? 'admin.sampleMaking' : trying ? 'admin.sampleTried' : 'admin.sampleAfter') }}</figcaption></figure>
        <p v-else class="note"><svg class="icon" aria-hidden="true"><use href="#i-cloud"/></svg><span>{{ t('admin.sampleCosts') }} <a href="/console/admin#shot">{{ t('admin.toTest') }}</a></span></p></div>
      <faster :problem="problem" :lang="lang" @fresh="fresh('styles')"></faster>
      <p v-if="!house.all" class="note" data-not-yours><svg class="icon" aria-hidden="true"><use href="#i-users"/></svg><span>{{ t('admin.stylesNotYours') }}</span></p>
      <pb-form v-else :key="one.id" :schema="schemas.StyleChange" words="style" :choices="choices" :value="one" :problem="problem && problem.code !== 'CHANGED_MEANWHILE' ? problem : null" :busy="busy" @send="change" @input="typed"/></div>
    <div v-else class="empty"><svg class="icon" aria-hidden="true"><use href="#i-spark"/></svg><b>{{ t('admin.pickStyle') }}</b><span>{{ t('admin.pickStyleHint') }}</span></div>
  </section>
  <in-use :use="use" :lang="lang" @leave="use = null"></in-use>
</div>`,
};
