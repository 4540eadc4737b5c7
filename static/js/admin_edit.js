/** What the pages of the administration share: one thing is picked and changed, and whoever was faster is named. */

import { call } from "./api.js";
import { toast } from "./toast.js";
import { errorText, t } from "./words.js";

const anyway = (path) => `${path}${path.includes("?") ? "&" : "?"}anyway=true`;

const hashed = () => {
  try { return decodeURIComponent(location.hash.slice(1)) || null; } catch { return null; } // a link that was cut off
};

/** For components with `house` (what the page was given, kept up to date here) and `lang`. */
export const editing = {
  data: () => ({ picked: hashed(), problem: null, busy: false, use: null, secret: null }),
  created() {
    // A link to another thing of the same page changes only what is behind the #.
    this.moved = () => { if (this.picked !== hashed()) { this.picked = hashed(); this.problem = null; } };
    addEventListener("hashchange", this.moved);
  },
  unmounted() { removeEventListener("hashchange", this.moved); },
  methods: {
    t(key, values) { void this.lang; return t(key, values); },
    pick(id) {
      this.picked = id;
      this.problem = null;
      history.replaceState(null, "", id ? `#${encodeURIComponent(id)}` : location.pathname + location.search);
      this.$nextTick(() => this.$el.querySelector(".detail h2")?.focus());
    },
    /** Sends a change; `done` gets the answer. What is in use is asked about first, with what it would touch. */
    async save({ method, path, json, mark }, done = () => {}) {
      if (this.busy) return;
      this.busy = true;
      this.problem = null;
      try {
        const { data } = await call(method, path, { json, headers: mark ? { "If-Match": mark } : {}, seconds: 30 });
        this.use = null;
        done(data);
      } catch (error) {
        const inUse = /_IN_USE$/.test(error.code);
        if (inUse) this.use = { code: error.code, facts: error.facts, run: () => this.save({ method, path: anyway(path), json, mark }, done) };
        else { this.use = null; this.problem = error; }
        if (!inUse && !error.facts?.field && !error.facts?.errors && error.code !== "CHANGED_MEANWHILE") toast(this.says(error), { bad: true });
      } finally {
        this.busy = false;
      }
    },
    says(error) { void this.lang; return errorText({ ...error.facts, ...error.facts?.holder, code: error.code, message: error.message }); },
    /** Reads a list again after somebody else was faster; the form then starts from what they made. */
    async fresh(list) {
      try {
        const { data } = await call("GET", `/${list}`);
        this.house[list] = data.items;
        this.problem = null;
      } catch (error) {
        toast(this.says(error), { bad: true });
      }
    },
    put(list, one) {
      const known = this.house[list].some((other) => other.id === one.id);
      this.house[list] = known ? this.house[list].map((other) => (other.id === one.id ? one : other)) : [one, ...this.house[list]];
    },
    saved() { toast(t("admin.saved")); },
  },
};

/** Asks before something is changed under people's hands. */
export const InUse = {
  props: { use: Object, lang: String },
  emits: ["leave"],
  watch: { use: { flush: "post", handler(now) { const box = this.$refs.box; if (now && !box.open) box.showModal(); else if (!now && box.open) box.close(); } } },
  methods: { t(key, values) { void this.lang; return t(key, values); } },
  template: `
<dialog ref="box" class="pb-dialog ask" :aria-label="t('admin.inUse')" @close="$emit('leave')"><div v-if="use" class="inner">
  <header><h2>{{ t('admin.' + use.code) }}</h2></header>
  <ul class="facts2"><li v-for="one in use.facts.booths" :key="one.booth"><svg class="icon" aria-hidden="true"><use href="#i-user"/></svg>{{ t('admin.guestAt', one) }}</li><li v-if="use.facts.jobs"><svg class="icon" aria-hidden="true"><use href="#i-spark"/></svg>{{ t('admin.jobsOpen', { n: use.facts.jobs }) }}</li><li v-if="use.facts.guests"><svg class="icon" aria-hidden="true"><use href="#i-user"/></svg>{{ t('admin.goAtOnce', use.facts) }}</li></ul>
  <p>{{ t('admin.' + use.code + '.step') }}</p>
  <div class="deeds"><button type="button" class="btn big main" autofocus @click="$refs.box.close()">{{ t(use.facts.guests ? 'admin.cancel' : 'admin.waitFirst') }}</button><button type="button" class="btn big" @click="use.run()">{{ t('admin.' + use.code + '.yes') }}</button></div>
</div></dialog>`,
};

/** Says who was faster, and offers what is there now. */
export const Faster = {
  props: { problem: Object, lang: String },
  emits: ["fresh"],
  methods: { t(key, values) { void this.lang; return t(key, values); } },
  template: `<div v-if="problem && problem.code === 'CHANGED_MEANWHILE'" class="note warn faster" role="alert"><svg class="icon" aria-hidden="true"><use href="#i-users"/></svg><div><b>{{ t('admin.faster', { by: problem.facts.by }) }}</b><p>{{ t('admin.fasterStep') }}</p></div><button type="button" class="btn" @click="$emit('fresh')">{{ t('admin.fresh') }}</button></div>`,
};

/** A secret that is shown once and gone with the dialog. */
export const Secret = {
  props: { secret: Object, lang: String },
  emits: ["leave"],
  watch: { secret(now) { if (now) this.$nextTick(() => this.$refs.box.showModal()); } },
  methods: {
    t(key, values) { void this.lang; return t(key, values); },
    async copy() { try { await navigator.clipboard.writeText(this.secret.value); toast(t("laptop.copied")); } catch { getSelection().selectAllChildren(this.$refs.value); } },
  },
  template: `
<dialog ref="box" class="pb-dialog tokenbox" :aria-label="secret ? secret.title : ''" @close="$emit('leave')"><div v-if="secret" class="inner">
  <header><h2>{{ secret.title }}</h2><button type="button" class="btn plain square" :aria-label="t('close')" @click="$refs.box.close()"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg></button></header>
  <p class="note warn"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span>{{ secret.hint }}</span></p>
  <div class="secret"><code ref="value">{{ secret.value }}</code><button type="button" class="btn main" @click="copy">{{ t('laptop.copy') }}</button></div>
</div></dialog>`,
};
