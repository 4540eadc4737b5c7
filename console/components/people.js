/** The booth's people: a field for codes, the guest in front of the camera, and who waits. */

import { boarded } from "/static/js/board.js";
import { activate, desk, dropConflict, end, findGuest, onDesk, readCode, wasEndedHere } from "/static/js/booth.js";
import { clock } from "/static/js/jobs.js";
import { onScan, shortcut } from "/static/js/keys.js";
import { toast } from "/static/js/toast.js";
import { worded } from "/static/js/words.js";

const ORDER = { registered: 0, failed: 1, waiting: 2, active: 3, done: 4 };
const ICONS = { registered: "clock", active: "camera", waiting: "spark", done: "check-circle", failed: "alert" };
const TONES = { failed: "bad", active: "act", done: "good" };

export default {
  mixins: [worded, boarded],
  watches: ["guest", "booth"],
  props: { styles: Array, kiosk: String },
  data: () => ({ typed: "", problem: null, finding: false, desk: { ...desk } }),
  created() {
    this.stops.push(
      onDesk(() => { this.desk = { ...desk }; }),
      onScan((text, whole) => this.scanned(text, whole)),
      shortcut({ key: "/", label: "help.code", run: () => this.focus() }),
      shortcut({ key: "e", label: "help.end", run: () => this.active && this.finish() }),
    );
  },
  mounted() { this.focus(); },
  watch: {
    active(now, before) {
      if (!before || before.sessionId === now?.sessionId || wasEndedHere(before.sessionId)) return;
      const over = Date.parse(before.expiresAt) <= this.board.now() + 1000;
      if (now?.byQr && !over) toast(this.t("people.qrBegan", { name: now.guestName, before: before.guestName }), { seconds: 7 });
      else toast(this.t(over ? "people.timeUp" : "people.endedElsewhere", { name: before.guestName }), { seconds: 7 });
    },
  },
  computed: {
    booth() { return this.rows("booth").find((row) => row.boothId === this.scope.booth); },
    active() { return this.booth?.active ?? null; },
    left() { return this.active ? clock(Math.max(0, Math.floor((Date.parse(this.active.expiresAt) - this.now) / 1000))) : ""; },
    list() {
      const wanted = readCode(this.typed);
      const words = this.typed.trim().toLowerCase();
      return this.rows("guest")
        .filter((row) => row.id !== this.active?.sessionId && (!row.boothId || row.boothId === this.scope.booth || row.state === "registered"))
        .filter((row) => !wanted || row.code.startsWith(wanted) || row.guestName.toLowerCase().includes(words))
        .sort((a, b) => ORDER[a.state] - ORDER[b.state] || (a.state === "done" ? -1 : 1) * (Date.parse(a.createdAt) - Date.parse(b.createdAt)));
    },
    shown() { return this.list.slice(0, 60); },
  },
  methods: {
    focus() { this.$refs.code?.focus(); this.$refs.code?.select(); },
    icon: (state) => ICONS[state] ?? "user",
    tone: (state) => TONES[state] ?? "",
    ago(row) { return this.t("people.minutes", { n: Math.max(0, Math.floor((this.now - Date.parse(row.createdAt)) / 60000)) }); },
    scanned(text, whole) {
      this.typed = text;
      this.problem = null;
      if (whole) this.submit();
      else this.$refs.code?.focus();
    },
    leave() {
      this.typed = "";
      this.problem = null;
      this.$refs.code.blur();
    },
    /** Whom the typed words mean: a code, else the only one in the list; null where several could be meant. */
    async meant() {
      const code = readCode(this.typed);
      if (this.typed.includes("#") || this.rows("guest").some((row) => row.code === code)) return findGuest(this.typed, this.scope);
      if (this.list.length > 1) return null;
      return this.list[0] ?? findGuest(this.typed, this.scope);
    },
    async submit() {
      if (!readCode(this.typed) || this.finding) return;
      this.finding = true;
      this.problem = null;
      try {
        const guest = await this.meant();
        if (!guest) { this.problem = { code: "CHOOSE" }; return; }
        await this.take(guest);
        this.typed = "";
        this.$refs.code?.blur();
      } catch (error) {
        this.problem = error;
        this.$nextTick(() => this.focus());
      } finally {
        this.finding = false;
      }
    },
    async take(guest) {
      if (await activate(guest, this.scope, this.styles)) document.activeElement?.blur?.();
    },
    finish() { return end(this.active, this.scope, this.styles); },
    async swap() {
      const { holder, guest } = this.desk.conflict;
      if (await end({ sessionId: holder.sessionId, guestName: holder.name }, this.scope, this.styles, { quiet: true })) await this.take(guest);
    },
    dropConflict,
  },
  template: `
<section class="people" :aria-label="t('people.list')">
  <form class="codeform" @submit.prevent="submit">
    <label class="sr" for="guest-code">{{ t('people.code') }}</label>
    <svg class="icon lead" aria-hidden="true"><use href="#i-scan"/></svg>
    <input id="guest-code" ref="code" class="field" v-model="typed" :placeholder="t('people.codeHint')" maxlength="300" autocomplete="off" autocapitalize="characters" spellcheck="false" enterkeyhint="go"
      :aria-invalid="problem ? 'true' : null" aria-describedby="guest-code-problem" @input="problem = null" @keydown.esc="leave">
    <kbd>/</kbd>
    <button type="submit" class="btn square" :disabled="finding" :aria-label="t('people.activate')"><svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></button>
  </form>
  <p id="guest-code-problem" class="fieldproblem" role="alert">{{ !problem ? '' : problem.code === 'CHOOSE' ? t('people.choose') : errorText({ code: problem.code, message: problem.message }) }}</p>
  <div v-if="desk.conflict" class="conflict" role="alertdialog" :aria-label="t('people.busy', { name: desk.conflict.holder.name })">
    <p class="tag warn"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg>{{ t('people.busy', { name: desk.conflict.holder.name }) }}</p>
    <div class="who"><button type="button" class="btn main big" :disabled="desk.busy" @click="swap">{{ t('people.swap', { old: desk.conflict.holder.name.split(' ')[0], name: desk.conflict.guest.guestName.split(' ')[0] }) }}</button>
    <button type="button" class="btn plain big" @click="dropConflict">{{ t('people.keep') }}</button></div>
  </div>
  <div v-else :class="['activecard', { on: active }]">
    <template v-if="active">
      <p class="tag act"><svg class="icon" aria-hidden="true"><use href="#i-camera"/></svg>{{ t('people.activeNow') }}<span class="dim">· {{ t('people.left', { n: left }) }}</span></p>
      <div class="who"><div><b class="name">{{ active.guestName }}</b><span class="code">{{ active.code }}</span></div>
      <button type="button" class="btn big" :disabled="desk.busy" @click="finish">{{ t('people.end') }} <kbd>E</kbd></button></div>
    </template>
    <div v-else class="nobody"><svg class="icon" aria-hidden="true"><use href="#i-user"/></svg><div><b>{{ t('people.none') }}</b><span>{{ t('people.noneHint') }}</span></div></div>
  </div>
  <ul class="guests" tabindex="-1">
    <li v-for="row in shown" :key="row.id" :class="['guest', row.state]" :data-session="row.id">
      <span class="code">{{ row.code }}</span>
      <span class="about"><b>{{ row.guestName }}</b>
        <span :class="['tag', tone(row.state)]"><svg class="icon" aria-hidden="true"><use :href="'#i-' + icon(row.state)"/></svg><template v-if="row.state === 'registered'"><span class="sr">{{ t('guestState.registered') }}</span>{{ ago(row) }}</template><template v-else>{{ t('guestState.' + row.state) }}</template></span></span>
      <button type="button" :class="['btn', { quiet: row.state !== 'registered' }]" :disabled="desk.busy" :aria-label="t('people.activate') + ' ' + row.guestName" @click="take(row)"><span>{{ t('people.activate') }}</span><svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></button>
    </li>
    <li v-if="ready && !list.length" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-users"/></svg><b>{{ typed ? t('queue.noMatch') : t('people.empty') }}</b><span v-if="!typed">{{ t('people.emptyHint') }}</span><a v-if="!typed" class="btn" :href="kiosk" target="_blank" rel="noopener">{{ t('people.openKiosk') }}</a></li>
  </ul>
</section>`,
};
