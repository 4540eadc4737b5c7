/** The booth's people: a field for codes, the guest in front of the camera, and everybody else with their state. */

import { boarded } from "/static/js/board.js";
import { activate, desk, dropConflict, end, findGuest, onDesk, wasEndedHere } from "/static/js/booth.js";
import { readCode } from "/static/js/codes.js";
import { CHIPS, counts, inOrder, isMeant, tailOf } from "/static/js/guests.js";
import { clock } from "/static/js/jobs.js";
import { onScan, shortcut } from "/static/js/keys.js";
import { scanCode } from "/static/js/qr_scan.js";
import { toast } from "/static/js/toast.js";
import { borrowWebcam, closeWebcam } from "/static/js/webcam.js";
import { Windowed } from "/static/js/windowed.js";
import { worded } from "/static/js/words.js";

const ICONS = { registered: "clock", active: "camera", waiting: "spark", done: "check-circle", failed: "alert" };
const SCAN_MS = 60; // no hand types so fast for long
const SCAN_CHARS = 4;
const TONES = { failed: "bad", active: "act", done: "good" };

export default {
  mixins: [worded, boarded],
  components: { Windowed },
  watches: ["guest", "booth"],
  props: { styles: Array, kiosk: String },
  data: () => ({ typed: "", problem: null, finding: false, desk: { ...desk }, chip: "", scan: null }),
  created() {
    this.stops.push(
      onDesk(() => { this.desk = { ...desk }; }),
      onScan((text, whole) => this.scanned(text, whole), { shutter: true }),
      shortcut({ key: "/", label: "help.code", run: () => this.focus() }),
      shortcut({ key: "q", label: "help.scan", run: () => this.openScan() }),
      shortcut({ key: "e", label: "help.end", run: () => (this.desk.conflict ? this.swap() : this.active && this.finish()) }),
      shortcut({ key: "Escape", label: null, run: () => this.desk.conflict && dropConflict() }),
    );
  },
  mounted() { this.focus(); },
  watch: {
    active(now, before) {
      if (before && before.sessionId !== now?.sessionId && before.sessionId === this.desk.conflict?.holder.sessionId && !this.desk.busy) dropConflict();
      if (!before || before.offline || now?.offline || before.sessionId === now?.sessionId || wasEndedHere(before.sessionId)) return;
      const over = Date.parse(before.expiresAt) <= this.board.now() + 1000;
      if (now?.byQr && !over) toast(this.t("people.qrBegan", { name: now.guestName, before: before.guestName }), { seconds: 7 });
      else toast(this.t(over ? "people.timeUp" : "people.endedElsewhere", { name: before.guestName }), { seconds: 7 });
    },
  },
  computed: {
    booth() { return this.rows("booth").find((row) => row.boothId === this.scope.booth); },
    active() { return this.desk.away ?? this.booth?.active ?? null; },
    left() { return this.active ? clock(Math.max(0, Math.floor((Date.parse(this.active.expiresAt) - this.now) / 1000))) : ""; },
    others() { return this.rows("guest").filter((row) => row.id !== this.active?.sessionId); },
    counts() { return counts(this.others); },
    chips() { return ["", ...CHIPS].filter((chip) => chip !== "failed" || this.counts.failed || this.chip === "failed"); },
    /** Whoever is searched for is found whatever the chips say. */
    list() {
      const wanted = readCode(this.typed);
      return inOrder(this.others.filter((row) => (wanted ? isMeant(row, this.typed) : !this.chip || row.state === this.chip)), this.scope.booth);
    },
    searching() { return readCode(this.typed) !== "" && tailOf(this.typed) !== ""; },
  },
  methods: {
    focus() { this.$refs.code?.focus(); this.$refs.code?.select(); },
    /** The field's own key, pressed where it has led already: no code or link begins with it. */
    again(event) {
      if (event.key !== "/" || event.target.selectionStart > 0) return;
      event.preventDefault();
      event.target.select();
    },
    icon: (state) => ICONS[state] ?? "user",
    tone: (state) => TONES[state] ?? "",
    ago(row) {
      const n = Math.floor((this.now - Date.parse(row.createdAt)) / 60000);
      return n < 1 ? this.t("people.justCame") : this.t("people.minutes", { n });
    },
    words(row) {
      if (row.state === "registered" && row.sentTo && row.sentTo !== this.scope.booth) return this.t("people.sentTo", { booth: row.sentToName ?? row.sentTo });
      if (row.state === "registered") return row.sentTo ? this.t("people.sentHere", { n: this.ago(row) }) : this.ago(row);
      if (row.boothId && row.boothId !== this.scope.booth) return this.t("people.elsewhere", { booth: this.rows("booth").find((one) => one.boothId === row.boothId)?.name ?? this.t("people.otherBooth") });
      return this.t(`guestState.${row.state}`);
    },
    choose(chip) { this.chip = this.chip === chip ? "" : chip; this.$refs.guests?.$el.scrollTo({ top: 0 }); },
    async openScan() {
      if (this.scan) return;
      const scan = (this.scan = { stop: { now: false }, problem: null, on: false });
      this.$refs.scanner.showModal();
      try {
        scan.stream = await borrowWebcam();
        if (scan.stop.now) return;
        this.$refs.eye.srcObject = scan.stream;
        await this.$refs.eye.play();
        this.scan = { ...scan, on: true };
        const text = await scanCode(this.$refs.eye, scan.stop);
        if (scan.stop.now) return;
        if (text) { this.$refs.scanner.close(); this.scanned(text, true); } else this.scan = { ...scan, problem: { code: "NOTHING" } };
      } catch (error) {
        if (!scan.stop.now) this.scan = { ...scan, problem: { code: error.code ?? "CAMERA_BUSY", message: error.message } };
      } finally {
        closeWebcam(scan.stream);
      }
    },
    closeScan() {
      if (this.scan) this.scan.stop.now = true;
      closeWebcam(this.scan?.stream);
      this.scan = null;
    },
    async scanAgain() { this.closeScan(); await this.$nextTick(); this.openScan(); },
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
    /** Where keys began to come as fast as only a scanner sends them: `{ start, length, at }`. */
    noteRun(event) {
      this.problem = null;
      const at = event.timeStamp;
      const one = event.inputType === "insertText" && event.data?.length === 1;
      const end = event.target.selectionStart;
      const goes = one && this.run && at - this.run.at < SCAN_MS && this.run.start + this.run.length === end - 1;
      this.run = !one ? null : goes ? { ...this.run, length: this.run.length + 1, at } : { start: end - 1, length: 1, at };
    },
    /** A scanner's code without what a hand had left in the field before it. */
    scannedAlone() {
      const { run } = this;
      this.run = null;
      return run?.start > 0 && run.length >= SCAN_CHARS && performance.now() - run.at < 5 * SCAN_MS ? this.typed.slice(run.start) : this.typed;
    },
    async submit() {
      this.typed = this.scannedAlone();
      const typed = this.typed;
      if (!readCode(typed)) return;
      if (this.finding) { this.next = typed; return; } // the server has not answered for the one before yet
      this.finding = true;
      this.problem = null;
      this.$refs.code?.blur(); // whoever is this fast presses the shutter before the server has answered
      try {
        const guest = await this.meant();
        if (!guest) { this.problem = { code: "CHOOSE" }; this.$nextTick(() => this.focus()); return; }
        await this.take(guest);
        if (this.typed === typed) this.typed = "";
      } catch (error) {
        this.problem = error;
        this.$nextTick(() => this.focus());
      } finally {
        this.finding = false;
        this.follow(typed);
      }
    },
    /** What was scanned while another was being found; the same one twice is one. */
    follow(before) {
      const next = this.next;
      this.next = null;
      if (!next || next === before) return;
      this.typed = next;
      this.submit();
    },
    async take(guest) {
      if (await activate(guest, this.scope, this.styles)) document.activeElement?.blur?.();
    },
    finish() { return end(this.active, this.scope, this.styles); },
    async swap() {
      if (this.desk.busy) return;
      const { holder, guest } = this.desk.conflict;
      if (await end({ sessionId: holder.sessionId, guestName: holder.name }, this.scope, this.styles, { quiet: true })) await this.take(guest);
    },
    dropConflict,
  },
  template: `
<section class="people" :aria-label="t('people.list')">
  <div v-if="booth && booth.eventOpen === false" class="note warn closed" role="alert"><svg class="icon" aria-hidden="true"><use href="#i-stop"/></svg><div><b>{{ t('people.closed') }}</b><p>{{ t('people.closedStep') }}</p></div></div>
  <form class="codeform" @submit.prevent="submit">
    <label class="sr" for="guest-code">{{ t('people.code') }}</label>
    <svg class="icon lead" aria-hidden="true"><use href="#i-scan"/></svg>
    <input id="guest-code" ref="code" class="field" v-model="typed" :placeholder="t('people.codeHint')" maxlength="300" autocomplete="off" autocapitalize="characters" spellcheck="false" enterkeyhint="go"
      :aria-invalid="problem ? 'true' : null" aria-describedby="guest-code-problem" @input="noteRun" @keydown.esc="leave" @keydown="again">
    <kbd>/</kbd>
    <button type="button" class="btn square eye" :aria-label="t('people.scan')" :title="t('people.scan') + ' (Q)'" @click="openScan"><svg class="icon" aria-hidden="true"><use href="#i-qr"/></svg></button>
    <button type="submit" class="btn square" :disabled="finding" :aria-label="t('people.activate')"><svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></button>
  </form>
  <p id="guest-code-problem" class="fieldproblem" role="alert">{{ !problem ? '' : problem.code === 'CHOOSE' ? t('people.choose') : errorText({ code: problem.code, message: problem.message }) }}</p>
  <div v-if="desk.conflict" class="conflict" role="alertdialog" :aria-label="t('people.busy', { name: desk.conflict.holder.name })">
    <p class="tag warn"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg>{{ t('people.busy', { name: desk.conflict.holder.name }) }}</p>
    <div class="who"><button type="button" class="btn main big" :disabled="desk.busy" @click="swap">{{ t('people.swap', { old: desk.conflict.holder.name.split(' ')[0], name: desk.conflict.guest.guestName.split(' ')[0] }) }} <kbd>E</kbd></button>
    <button type="button" class="btn plain big" @click="dropConflict">{{ t('people.keep') }}</button></div>
  </div>
  <div v-else :class="['activecard', { on: active }]">
    <template v-if="active">
      <p class="tag act"><svg class="icon" aria-hidden="true"><use href="#i-camera"/></svg>{{ active.offline ? t('people.away') : t('people.activeNow') }}<span class="dim">{{ t('people.left', { n: left }) }}</span></p>
      <div class="who"><div><b class="name">{{ active.guestName }}</b><span class="code">{{ active.code }}</span></div>
      <button type="button" class="btn big" :disabled="desk.busy" @click="finish">{{ t('people.end') }} <kbd>E</kbd></button></div>
    </template>
    <div v-else class="nobody"><svg class="icon" aria-hidden="true"><use href="#i-user"/></svg><div><b>{{ t('people.none') }}</b><span>{{ t('people.noneHint') }}</span></div></div>
  </div>
  <div class="chips" role="group" :aria-label="t('people.filter')"><button v-for="one in chips" :key="one" type="button" :class="one" :aria-pressed="String(chip === one)" @click="choose(one)"><b>{{ counts[one || 'all'] }}</b><span>{{ t(one ? 'people.chip.' + one : 'people.all') }}</span></button></div>
  <windowed v-if="list.length" ref="guests" class="guests" tabindex="-1" :items="list" :width="200" :height="72" :label="t('people.list')"><template #default="{ item: row }">
    <div :class="['guest', row.state]" :data-session="row.id">
      <span class="code">{{ row.code }}</span>
      <span class="about"><b>{{ row.guestName }}</b>
        <span :class="['tag', tone(row.state)]"><svg class="icon" aria-hidden="true"><use :href="'#i-' + icon(row.state)"/></svg><span v-if="row.state === 'registered'" class="sr">{{ t('guestState.registered') }}</span><span class="cut"><template v-if="searching">{{ t('people.tail', { n: row.phoneTail }) }} · </template>{{ words(row) }}</span></span></span>
      <button type="button" :class="['btn', { quiet: row.state !== 'registered' }]" :disabled="desk.busy" :aria-label="t('people.activate') + ' ' + row.guestName" @click="take(row)"><span>{{ t('people.activate') }}</span><svg class="icon" aria-hidden="true"><use href="#i-right"/></svg></button>
    </div></template></windowed>
  <div v-else-if="ready" class="guests"><p class="empty"><svg class="icon" aria-hidden="true"><use href="#i-users"/></svg><b>{{ typed ? t('queue.noMatch') : chip ? t('people.none.' + chip) : t(active ? 'people.noOthers' : 'people.empty') }}</b><template v-if="!typed && !chip"><span>{{ t('people.emptyHint') }}</span><a class="btn" :href="kiosk" target="_blank" rel="noopener">{{ t('people.openKiosk') }}</a></template></p></div>
  <div v-else class="guests" aria-hidden="true"><div v-for="n in 5" :key="n" class="guest ghost"><i></i><i></i></div></div>
  <dialog ref="scanner" class="pb-dialog scanner" aria-labelledby="scan-title" @close="closeScan" @click.self="$refs.scanner.close()"><div class="inner">
    <header><h2 id="scan-title">{{ t('people.scanTitle') }}</h2><button type="button" class="btn plain square" :aria-label="t('close')" @click="$refs.scanner.close()"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg></button></header>
    <div class="eyebox"><video ref="eye" class="mirror" playsinline muted v-show="scan && scan.on && !scan.problem"></video><i v-if="scan && scan.on && !scan.problem" class="aim" aria-hidden="true"></i>
      <div v-if="scan && scan.problem" class="empty" role="alert"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><b>{{ scan.problem.code === 'NOTHING' ? t('people.scanNothing') : errorText(scan.problem) }}</b><button type="button" class="btn main big" @click="scanAgain">{{ t('tryAgain') }}</button></div></div>
    <p class="dim">{{ t('people.scanHint') }}</p>
  </div></dialog>
</section>`,
};
