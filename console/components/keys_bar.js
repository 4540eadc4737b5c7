/** The keys at the foot of the booth's page: those of the way the booth shoots now. */

import { desk, onDesk } from "/static/js/booth.js";
import { worded } from "/static/js/words.js";

const KEYS = {
  webcam: [["/", "code"], ["Q", "scan"], ["Space", "shoot"], ["R", "retake"], ["Enter", "send"], ["E", "end"], ["1–9", "style"], ["M", "mode"], ["O", "tray"], ["P", "print"], ["W", "unsent"], ["T", "again"]],
  pro: [["/", "code"], ["Q", "scan"], ["G", "give"], ["A", "another"], ["X", "away"], ["← →", "step"], ["E", "end"], ["1–9", "style"], ["M", "mode"], ["O", "tray"], ["P", "print"], ["T", "again"]],
};

export default {
  mixins: [worded],
  data: () => ({ shoot: desk.shoot }),
  created() { this.stop = onDesk(() => { this.shoot = desk.shoot; }); },
  unmounted() { this.stop(); },
  computed: { keys() { return KEYS[this.shoot] ?? KEYS.webcam; } },
  methods: { named(key) { return key === "Space" && this.lang !== "en" ? "Spasi" : key; } },
  template: `
<footer class="keysbar" :aria-label="t('keys.title')">
  <span v-for="[key, name] in keys" :key="name"><kbd>{{ named(key) }}</kbd>{{ t('keys.' + name) }}</span>
  <span class="all"><kbd>?</kbd>{{ t('keys.all') }}</span>
</footer>`,
};
