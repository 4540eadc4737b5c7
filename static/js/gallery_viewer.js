/** One picture as large as the screen: arrows, keys and swipes lead to its neighbours. For gallery.js. */

import { media, styleWords } from "./jobs.js";
import { locale, worded } from "./words.js";

const SWIPE = 60;

export const GalleryViewer = {
  mixins: [worded],
  props: { pictures: Array, picture: Object, picked: Boolean, total: Number },
  emits: ["show", "pick", "close"],
  data: () => ({ painted: false, failed: false, from: null, drag: 0 }),
  computed: {
    at() { return this.pictures.findIndex((one) => one.id === this.picture?.id); },
    source() { return this.picture ? media("jobs", this.picture.id, "preview", this.picture.revision) : ""; },
    before() { return this.at > 0 ? this.pictures[this.at - 1] : null; },
    after() { return this.at >= 0 && this.at + 1 < this.pictures.length ? this.pictures[this.at + 1] : null; },
    when() { void this.lang; return this.picture ? new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(this.picture.finishedAt)) : ""; },
  },
  watch: {
    picture(now, last) {
      if (now && !last) { this.opener = document.activeElement; this.$refs.box.showModal(); this.$nextTick(() => this.$refs.stage.focus()); }
      if (!now && last) this.$refs.box.close();
      if (now?.id !== last?.id) Object.assign(this, { painted: false, failed: false });
      for (const one of [this.after, this.before]) if (one && !one.blank) new Image().src = media("jobs", one.id, "preview", one.revision);
    },
  },
  methods: {
    styleWords,
    go(to) { if (to) this.$emit("show", to); },
    closed() { this.$emit("close"); this.opener?.focus?.({ preventScroll: true }); },
    key(event) {
      const deed = { ArrowLeft: () => this.go(this.before), ArrowRight: () => this.go(this.after), x: () => this.$emit("pick"), d: () => this.$refs.save.click() }[event.key];
      if (!deed || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      deed();
    },
    down(event) { if (event.isPrimary && event.button === 0) this.from = event.clientX; },
    move(event) { if (this.from !== null && event.isPrimary) this.drag = event.clientX - this.from; },
    up() {
      const way = this.drag;
      this.from = null;
      this.drag = 0;
      if (way > SWIPE) this.go(this.before);
      else if (way < -SWIPE) this.go(this.after);
    },
  },
  template: `
<dialog ref="box" class="pb viewer" data-theme="dark" :aria-label="picture ? t('job.title', { name: picture.guestName }) : ''" @close="closed" @keydown="key"><template v-if="picture">
  <header>
    <div class="about"><b class="cut">{{ picture.guestName }}</b><span class="cut"><span class="code">{{ picture.code }}</span> · {{ styleWords(picture) }} · {{ when }}</span></div>
    <span v-if="at >= 0" class="nth">{{ t('gallery.nth', { n: at + 1, total: Math.max(total, pictures.length) }) }}</span>
    <button type="button" class="btn plain" :aria-pressed="String(picked)" :aria-label="t(picked ? 'gallery.picked' : 'gallery.pick')" data-do="pick" @click="$emit('pick')"><svg class="icon" aria-hidden="true"><use :href="picked ? '#i-check-circle' : '#i-check'"/></svg><span class="words">{{ t(picked ? 'gallery.picked' : 'gallery.pick') }}</span><kbd>X</kbd></button>
    <a ref="save" class="btn plain" :href="'/api/v1/jobs/' + picture.id + '/download'" :aria-label="t('job.download')" data-do="save"><svg class="icon" aria-hidden="true"><use href="#i-download"/></svg><span class="words">{{ t('job.download') }}</span><kbd>D</kbd></a>
    <a class="btn plain" :href="'/console/jobs/' + picture.id" :aria-label="t('gallery.toJob')" data-do="job"><svg class="icon" aria-hidden="true"><use href="#i-file"/></svg><span class="words">{{ t('gallery.toJob') }}</span></a>
    <button type="button" class="btn plain square" :aria-label="t('close')" :title="t('close') + ' (Esc)'" data-do="close" @click="$refs.box.close()"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg></button>
  </header>
  <div ref="stage" class="stage" tabindex="-1" @pointerdown="down" @pointermove="move" @pointerup="up" @pointercancel="from = null; drag = 0">
    <p v-if="failed" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-image"/></svg><b>{{ t('gallery.noImage') }}</b></p>
    <img v-else :key="picture.id" :src="source" :class="{ painted }" :style="{ transform: 'translateX(' + drag + 'px)' }" :alt="t('job.title', { name: picture.guestName })" draggable="false" @load="painted = true" @error="failed = true">
  </div>
  <button v-if="before" type="button" class="turn back" :aria-label="t('gallery.before')" @click="go(before)"><svg class="icon" aria-hidden="true"><use href="#i-left"/></svg></button>
  <button v-if="after" type="button" class="turn on" :aria-label="t('gallery.after')" @click="go(after)"><svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></button>
</template></dialog>`,
};
