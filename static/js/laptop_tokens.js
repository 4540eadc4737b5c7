/** A booth's tokens: made and shown once with the command that uses them, and revoked. */

import { call } from "./api.js";
import { actorName } from "./audit_words.js";
import { agoWords } from "./health.js";
import { timeOf } from "./shots.js";
import { toast } from "./toast.js";
import { errorText, t } from "./words.js";

const CA = "photobot-ca.crt";

export const Tokens = {
  props: { booth: String, server: String, ca: Boolean, items: Array, now: Number, lang: String },
  emits: ["made", "revoked"],
  data: () => ({ label: "", made: null, leaving: null, busy: false, system: /Win/.test(navigator.platform) ? "windows" : "unix", way: "file" }),
  computed: {
    file() { return `photobot-${this.booth}.token`; },
    /** The line to start the watcher with; the token itself stands in it only where no file is used. */
    command() {
      const run = `photobot watcher --server ${this.server} --booth ${this.booth} --hotfolder hotfolder${this.ca ? ` --ca ${CA}` : ""}`;
      if (this.way === "file") return `${run} --token-file ${this.file}`;
      return this.system === "windows" ? `set "PHOTOBOT_TOKEN=${this.made.token}" && ${run}` : `PHOTOBOT_TOKEN=${this.made.token} ${run}`;
    },
  },
  methods: {
    t(key, values) { void this.lang; return t(key, values); },
    used(row) { void this.lang; return row.usedAt ? t("laptop.tokenUsed", { when: agoWords(row.usedAt, this.now) }) : t("laptop.tokenUnused"); },
    born(row) { void this.lang; return t("laptop.tokenMade", { by: row.madeBy ? actorName(row.madeBy) : "?", time: timeOf(row.createdAt, this.now) }); },
    async make() {
      if (this.busy) return;
      this.busy = true;
      try {
        const { data } = await call("POST", `/booths/${encodeURIComponent(this.booth)}/tokens`, { json: { label: this.label.trim() } });
        this.made = data;
        this.label = "";
        this.$emit("made", data.id);
        this.$nextTick(() => this.$refs.made.showModal());
      } catch (error) {
        toast(errorText({ ...error.facts, code: error.code, message: error.message }), { bad: true });
      } finally {
        this.busy = false;
      }
    },
    /** The secret is gone with the dialog: nothing of it stays in the page. */
    forget() { this.made = null; },
    async copy(text, place) {
      try { await navigator.clipboard.writeText(text); toast(t("laptop.copied")); } catch { getSelection().selectAllChildren(this.$refs[place]); }
    },
    save() {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([`${this.made.token}\n`], { type: "text/plain" }));
      link.download = this.file;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    },
    ask(row) { this.leaving = row; this.$nextTick(() => this.$refs.leave.showModal()); },
    async revoke() {
      const row = this.leaving;
      this.busy = true;
      try {
        await call("DELETE", `/booths/${encodeURIComponent(this.booth)}/tokens/${encodeURIComponent(row.id)}`);
        this.$emit("revoked", row.id);
        toast(t("laptop.revoked", { label: row.label || t("laptop.noLabel") }));
        this.$refs.leave.close();
      } catch (error) {
        toast(errorText(error), { bad: true });
      } finally {
        this.busy = false;
      }
    },
  },
  template: `
<section class="card tokens" :aria-label="t('laptop.tokens')">
  <h2>{{ t('laptop.tokens') }}</h2>
  <p class="dim hint">{{ t('laptop.tokensHint') }}</p>
  <template v-if="items">
    <form class="make" @submit.prevent="make"><input class="field" v-model="label" :placeholder="t('laptop.tokenLabel')" :aria-label="t('laptop.tokenLabel')" maxlength="60" autocomplete="off"><button type="submit" class="btn main" :disabled="busy">{{ t('laptop.makeToken') }}</button></form>
    <ul><li v-for="row in items" :key="row.id" :data-token="row.id"><div class="about"><b class="cut">{{ row.label || t('laptop.noLabel') }}</b><span class="dim">{{ used(row) }}</span><span class="dim small">{{ born(row) }}</span></div><button type="button" class="btn" :disabled="busy" :aria-label="t('laptop.revoke') + ' ' + (row.label || t('laptop.noLabel'))" @click="ask(row)">{{ t('laptop.revoke') }}</button></li></ul>
    <p v-if="!items.length" class="none dim">{{ t('laptop.noTokens') }}</p>
  </template>
  <p v-else class="note"><svg class="icon" aria-hidden="true"><use href="#i-shield"/></svg><span>{{ t('laptop.supervisorsOnly') }}</span></p>
  <dialog ref="made" class="pb-dialog tokenbox" :aria-label="t('laptop.newToken')" @close="forget"><div v-if="made" class="inner">
    <header><h2>{{ t('laptop.newToken') }}</h2><button type="button" class="btn plain square" :aria-label="t('close')" @click="$refs.made.close()"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg></button></header>
    <p class="note warn"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span>{{ t('laptop.onlyOnce') }}</span></p>
    <div class="secret"><code ref="secret">{{ made.token }}</code><button type="button" class="btn" @click="copy(made.token, 'secret')">{{ t('laptop.copy') }}</button></div>
    <h3>{{ t('laptop.onLaptop') }}</h3>
    <div class="ways"><div class="segment small" role="group" :aria-label="t('laptop.onLaptop')"><button type="button" :aria-pressed="String(way === 'file')" @click="way = 'file'">{{ t('laptop.byFile') }}</button><button type="button" :aria-pressed="String(way === 'line')" @click="way = 'line'">{{ t('laptop.byLine') }}</button></div>
      <div v-if="way === 'line'" class="segment small" role="group"><button type="button" :aria-pressed="String(system === 'unix')" @click="system = 'unix'">macOS / Linux</button><button type="button" :aria-pressed="String(system === 'windows')" @click="system = 'windows'">Windows</button></div>
    </div>
    <div v-if="way === 'file' || ca" class="files"><button v-if="way === 'file'" type="button" class="btn" @click="save"><svg class="icon" aria-hidden="true"><use href="#i-download"/></svg>{{ file }}</button>
      <a v-if="ca" class="btn" href="/trust/photobot-ca.crt" download><svg class="icon" aria-hidden="true"><use href="#i-download"/></svg>photobot-ca.crt</a></div>
    <p class="dim hint">{{ t(way === 'file' ? 'laptop.byFileHint' : 'laptop.byLineHint') }}</p>
    <div class="secret"><code ref="command"><template v-for="(word, at) in command.split(' ')" :key="at">{{ at ? ' ' : '' }}<span class="word">{{ word }}</span></template></code><button type="button" class="btn main" @click="copy(command, 'command')">{{ t('laptop.copy') }}</button></div>
  </div></dialog>
  <dialog ref="leave" class="pb-dialog" :aria-label="t('laptop.revoke')" @close="leaving = null"><div v-if="leaving" class="inner">
    <header><h2>{{ t('laptop.revokeTitle', { label: leaving.label || t('laptop.noLabel') }) }}</h2></header>
    <p>{{ t('laptop.revokeWords') }}</p>
    <div class="deeds"><button type="button" class="btn big bad" :disabled="busy" @click="revoke">{{ t('laptop.revokeYes') }}</button><button type="button" class="btn big" autofocus @click="$refs.leave.close()">{{ t('laptop.keep') }}</button></div>
  </div></dialog>
</section>`,
};
