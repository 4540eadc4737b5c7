/** A shot's picture that changes without flicker: the next one is fetched and decoded behind the one that is shown. */

export const ShotPicture = {
  props: { src: String, alt: { type: String, default: "" }, urgent: Boolean },
  data: () => ({ shown: "" }),
  watch: {
    src: {
      immediate: true,
      handler(src) {
        if (!this.shown) { this.shown = src; return; } // nothing to keep: fetched and painted at once
        const next = new Image();
        const swap = () => { if (this.src === src) this.shown = src; };
        next.fetchPriority = this.urgent ? "high" : "auto";
        next.src = src;
        next.decode().then(swap, swap);
      },
    },
  },
  template: `<img :fetchpriority="urgent ? 'high' : null" decoding="sync" :alt="alt" :src="shown">`,
};
