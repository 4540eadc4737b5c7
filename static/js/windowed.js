/** Many small pictures in one list, of which only those in view are in the page: a row, or a grid. */

const SPARE = 2; // rows (or frames of a row) beyond each edge

/** `items` have an `id`; each slot is `width`×`height`. The slot gets `{ item, place }`; `seen` tells what is in view. */
export const Windowed = {
  props: { items: Array, width: Number, height: Number, across: Boolean, label: String },
  emits: ["seen"],
  data: () => ({ wide: 0, high: 0, at: 0 }),
  watch: { seen(seen) { this.$emit("seen", { last: seen.at(-1)?.place ?? 0, at: this.at }); } },
  computed: {
    columns() { return this.across ? Math.max(1, this.items.length) : Math.max(1, Math.floor(this.wide / this.width)); },
    lines() { return Math.ceil(this.items.length / this.columns); },
    seen() {
      const step = this.across ? this.width : this.height;
      const first = Math.max(0, Math.floor(this.at / step) - SPARE);
      const count = Math.ceil((this.across ? this.wide : this.high) / step) + 2 * SPARE;
      const from = this.across ? first : first * this.columns;
      const to = this.across ? first + count : (first + count) * this.columns;
      return this.items.slice(from, to).map((item, index) => ({ item, place: from + index }));
    },
    extent() {
      return this.across ? { width: `${this.items.length * this.width}px`, height: `${this.height}px` } : { height: `${this.lines * this.height}px` };
    },
  },
  mounted() {
    this.sized = new ResizeObserver(() => this.look());
    this.sized.observe(this.$el);
    this.look();
  },
  unmounted() { this.sized.disconnect(); },
  methods: {
    look() {
      this.wide = this.$el.clientWidth;
      this.high = this.$el.clientHeight;
      this.at = this.across ? this.$el.scrollLeft : this.$el.scrollTop;
    },
    spot(place) {
      const column = this.across ? place : place % this.columns;
      const line = this.across ? 0 : Math.floor(place / this.columns);
      const step = this.across ? this.width : this.wide / this.columns; // a grid fills its width
      return { transform: `translate(${Math.round(column * step)}px, ${line * this.height}px)`, width: `${this.across ? this.width : Math.floor(step)}px`, height: `${this.height}px` };
    },
    /** Scrolls as little as it takes to have this item in view. */
    reveal(id) {
      const place = this.items.findIndex((item) => item.id === id);
      if (place < 0) return;
      const [step, room, line] = this.across ? [this.width, this.wide, place] : [this.height, this.high, Math.floor(place / this.columns)];
      const wanted = Math.min(line * step, Math.max(this.at, (line + 1) * step - room));
      this.$el.scrollTo(this.across ? { left: wanted } : { top: wanted });
    },
  },
  template: `
<div class="windowed" @scroll.passive="look"><ul :style="extent" :aria-label="label">
  <li v-for="{ item, place } in seen" :key="item.id" :style="spot(place)"><slot :item="item" :place="place"></slot></li>
</ul></div>`,
};
