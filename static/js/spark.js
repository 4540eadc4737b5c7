/** Twelve small bars: photos in each five minutes of the last hour, the newest on the right. */

export const Spark = {
  props: { counts: Array, label: String },
  computed: {
    bars() {
      const most = Math.max(4, ...this.counts);
      return this.counts.map((count, place) => ({ x: place * 6, height: count ? Math.max(3, (count / most) * 22) : 1.5, none: !count }));
    },
  },
  template: `<svg class="spark" viewBox="0 0 70 24" role="img" :aria-label="label"><title>{{ label }}</title><rect v-for="bar in bars" :key="bar.x" :x="bar.x" :y="24 - bar.height" width="4" :height="bar.height" rx="1" :class="{ none: bar.none }"/></svg>`,
};
