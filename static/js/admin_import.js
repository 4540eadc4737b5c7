/** An event's configuration file: first what it would do, then, if wanted, just that. */

import { ApiError, upload } from "./api.js";
import { toast } from "./toast.js";
import { errorText, has, t } from "./words.js";

const MOST = 40 * 1024 * 1024;

export const ImportBox = {
  props: { house: Object, lang: String },
  emits: ["done"],
  data: () => ({ file: null, plan: null, styles: false, busy: false, wrong: null }),
  computed: {
    words() { void this.lang; return this.wrong ? errorText({ ...this.wrong.facts, code: this.wrong.code, message: this.wrong.message }) : ""; },
    does() { return this.plan ? this.plan.steps.filter((step) => step.does === "make" || step.does === "change").length : 0; },
    /** What happens, then what does not though the file wants it; what is so already is only counted. */
    shown() { return ["make", "change", "skip"].flatMap((does) => this.plan.steps.filter((step) => step.does === does)); },
    kept() { return this.plan.steps.filter((step) => step.does === "keep"); },
    stays() { return Boolean(this.plan?.steps.some((step) => step.because === "style_stays")); },
  },
  methods: {
    t(key, values) { void this.lang; return t(key, values); },
    name(step) { void this.lang; return (this.lang === "id" && step.nameId) || step.name; },
    fields(step) { void this.lang; return step.fields.map((field) => { const name = field.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()); const key = `form.${step.what}.${name}`; return has(key) ? t(key) : has(`admin.field.${field}`) ? t(`admin.field.${field}`) : field; }).join(", "); },
    async send(apply) {
      if (this.busy) return;
      this.busy = true;
      this.wrong = null;
      try {
        const form = new FormData();
        form.append("file", this.file);
        const plan = await upload(`/events/configuration?apply=${apply}&styles=${this.styles}`, form);
        if (!apply) { this.plan = plan; return; }
        toast(t("admin.importDone", { n: this.does }));
        this.$emit("done", plan);
      } catch (error) {
        this.plan = null;
        this.wrong = error;
      } finally {
        this.busy = false;
      }
    },
    choose(event) {
      const [file] = event.target.files;
      event.target.value = "";
      if (!file) return;
      this.plan = null;
      this.file = file;
      if (file.size > MOST) this.wrong = new ApiError("FILE_TOO_LARGE");
      else this.send(false);
    },
    again(value) { this.styles = value; this.send(false); },
  },
  template: `
<div class="sheet importing"><h2 tabindex="-1">{{ t('admin.import') }}</h2><p class="dim">{{ t('admin.importHint') }}</p>
  <p v-if="words" class="note bad" role="alert"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span>{{ words }}</span></p>
  <div class="deeds"><label :class="['btn', 'big', { main: !plan }]"><svg class="icon" aria-hidden="true"><use href="#i-file"/></svg>{{ t(file ? 'admin.importOther' : 'admin.importChoose') }}<input type="file" class="sr" accept="application/json,.json" :disabled="busy" @change="choose"></label><span v-if="file" class="dim cut">{{ file.name }}</span></div>
  <template v-if="plan"><h3>{{ t(does ? 'admin.importPlan' : 'admin.importNothing') }}</h3>
    <ul v-if="shown.length" class="plan"><li v-for="(step, n) in shown" :key="n" :class="step.does"><svg class="icon" aria-hidden="true"><use :href="'#i-' + ({ make: 'spark', change: 'retry', keep: 'check', skip: 'stop' })[step.does]"/></svg><span class="about"><b>{{ t('admin.what.' + step.what) }}<template v-if="step.name">: {{ name(step) }}</template></b><span class="dim">{{ t('admin.does.' + step.does) }}<template v-if="step.fields.length">: {{ fields(step) }}</template><template v-if="step.because"> · {{ t('admin.because.' + step.because) }}</template></span></span></li></ul>
    <details v-if="kept.length" class="kept"><summary>{{ t('admin.importKept', { n: kept.length }) }}</summary><p class="dim">{{ kept.map((step) => [t('admin.what.' + step.what), name(step)].filter(Boolean).join(': ')).join(' · ') }}</p></details>
    <label v-if="stays || styles" class="tick"><input type="checkbox" :checked="styles" :disabled="busy" @change="again($event.target.checked)"><span>{{ t('admin.importStyles') }}</span></label>
    <div v-if="does" class="deeds last"><button type="button" class="btn big main" :disabled="busy" @click="send(true)">{{ t('admin.importDo', { n: does }) }}</button></div></template>
</div>`,
};
