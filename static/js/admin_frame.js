/** The frame over an event's pictures: tried on the sample picture before it is put to use, replaced, taken away. */

import { problem } from "./api.js";
import { toast } from "./toast.js";
import { errorText, has, t } from "./words.js";

/** What is wrong with a frame, by the reason the server names. */
function says(error) {
  const key = `error.OVERLAY_UNSUITABLE.${error.facts?.reason}`;
  return error.code === "OVERLAY_UNSUITABLE" && has(key) ? t(key, error.facts) : errorText({ ...error.facts, code: error.code, message: error.message });
}

async function send(method, path, file) {
  const form = new FormData();
  if (file) form.append("image", file);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 60000);
  try {
    const answer = await fetch(`/api/v1${path}`, { method, body: file ? form : undefined, signal: stop.signal, credentials: "same-origin" });
    if (!answer.ok) throw problem(answer.status, await answer.text());
    return answer;
  } catch (error) {
    if (error.code && error.facts) throw error;
    throw problem(0, JSON.stringify({ code: stop.signal.aborted ? "TIMEOUT" : "OFFLINE" }));
  } finally {
    clearTimeout(timer);
  }
}

export const FrameBox = {
  props: { event: Object, lang: String },
  emits: ["changed"],
  data: () => ({ file: null, tried: "", wrong: null, busy: false }),
  watch: { "event.id"() { this.forget(); } },
  unmounted() { this.forget(); },
  computed: {
    path() { return `/events/${encodeURIComponent(this.event.id)}/overlay`; },
    shown() { return this.tried || (this.event.overlay ? `/media/events/${encodeURIComponent(this.event.id)}/framed?v=${this.event.mark}` : "/media/sample"); },
    words() { void this.lang; return this.wrong ? says(this.wrong) : ""; },
  },
  methods: {
    t(key, values) { void this.lang; return t(key, values); },
    forget() { if (this.tried) URL.revokeObjectURL(this.tried); this.file = null; this.tried = ""; this.wrong = null; },
    async run(deed) {
      if (this.busy) return;
      this.busy = true;
      this.wrong = null;
      try { await deed(); } catch (error) { this.wrong = error; } finally { this.busy = false; }
    },
    choose(event) {
      const [file] = event.target.files;
      event.target.value = "";
      if (!file) return;
      this.forget();
      this.run(async () => {
        const answer = await send("POST", `${this.path}/preview`, file);
        this.tried = URL.createObjectURL(await answer.blob());
        this.file = file;
      });
    },
    use() { this.run(async () => { const answer = await send("PUT", this.path, this.file); this.$emit("changed", await answer.json()); this.forget(); toast(t("admin.frameSet")); }); },
    remove() { this.run(async () => { const answer = await send("DELETE", this.path); this.$emit("changed", await answer.json()); toast(t("admin.frameGone")); }); },
  },
  template: `
<div class="sheet framing"><h2>{{ t('admin.frame') }}</h2>
  <img :src="shown" :alt="t(tried ? 'admin.frameTried' : event.overlay ? 'admin.frameNow' : 'admin.frameNone')" width="180" height="240">
  <div class="about"><p><b>{{ t(tried ? 'admin.frameTried' : event.overlay ? 'admin.frameNow' : 'admin.frameNone') }}</b></p><p class="dim">{{ t(tried ? 'admin.frameTriedHint' : 'admin.frameHint') }}</p>
    <p v-if="words" class="note bad" role="alert"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span>{{ words }}</span></p>
    <div class="deeds"><template v-if="tried"><button type="button" class="btn big main" :disabled="busy" @click="use">{{ t('admin.frameUse') }}</button><button type="button" class="btn big" :disabled="busy" @click="forget">{{ t('admin.cancel') }}</button></template>
      <template v-else><label :class="['btn', 'big', { busy }]"><svg class="icon" aria-hidden="true"><use href="#i-image"/></svg>{{ t(event.overlay ? 'admin.frameOther' : 'admin.frameChoose') }}<input type="file" class="sr" accept="image/png" :disabled="busy" @change="choose"></label><button v-if="event.overlay" type="button" class="btn big" :disabled="busy" @click="remove">{{ t('admin.frameRemove') }}</button></template></div></div>
</div>`,
};
