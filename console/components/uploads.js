/** What this browser has not sent yet: a button with its number, the list with its deeds, a banner without a server. */

import { boarded } from "/static/js/board.js";
import { activeGuest, chosenStyle, styleNow } from "/static/js/booth.js";
import { newKey, pictureOf } from "/static/js/drafts.js";
import { shortcut } from "/static/js/keys.js";
import { learnStyles, styleWords } from "/static/js/jobs.js";
import { beginOutbox, discard, isStale, onOutbox, outbox, sendAgain, showOutbox } from "/static/js/outbox.js";
import { span, timeOf } from "/static/js/shots.js";
import { has, worded } from "/static/js/words.js";

const LOST = new Set(["lost", "connecting"]);

export default {
  mixins: [worded, boarded],
  watches: ["booth"],
  props: { styles: Array },
  data: () => ({ box: { ...outbox }, urls: {} }),
  created() {
    learnStyles(this.styles);
    this.stops.push(
      onOutbox(() => this.follow()),
      shortcut({ key: "w", label: "help.uploads", run: () => showOutbox(true) }),
    );
    beginOutbox(this.scope);
    this.follow();
  },
  unmounted() { for (const url of Object.values(this.urls)) URL.revokeObjectURL(url); },
  computed: {
    guest() { void this.version; void this.now; return activeGuest(this.scope); },
    /** Photos on somebody's stage are shown there; what is only being sent for the first time is no trouble yet. */
    photos() { return this.box.items.filter((one) => one.stage !== "taken"); },
    count() { return this.photos.length; },
    bad() { return this.photos.some((one) => one.stage === "refused" || isStale(one)); },
    warn() { return this.photos.some((one) => one.error || one.stage === "left"); },
    lost() { return this.ready && LOST.has(this.link.state) && this.link.age >= 3; },
    since() { void this.lang; return timeOf(Date.now() - this.link.age * 1000); },
  },
  methods: {
    discard, isStale, span, styleWords, timeOf,
    follow() {
      this.box = { ...outbox };
      const dialog = this.$refs.list;
      if (!dialog) return;
      if (outbox.wanted && !this.shown) {
        this.shown = true; // the dialog tells only later that it was closed: it must not open again in between
        dialog.showModal();
      }
      if (dialog.open) this.draw();
    },
    /** The pictures of the list, read when somebody looks. */
    async draw() {
      for (const { key } of this.photos) {
        if (key in this.urls) continue;
        this.urls[key] = "";
        const blob = await pictureOf(key);
        if (blob) this.urls[key] = URL.createObjectURL(blob);
      }
    },
    close() { this.$refs.list.close(); },
    closed() { showOutbox(false); this.shown = false; },
    sending(one) { return this.box.sending === one.key; },
    tone(one) { return one.stage === "refused" || isStale(one) ? "bad" : one.error || one.unkept ? "warn" : ""; },
    /** Where it stands and why, as a sentence. */
    why(one) {
      void this.now;
      if (this.sending(one)) return this.t("camera.sending", { percent: this.box.percent });
      if (isStale(one)) return this.t("uploads.stale");
      if (one.stage === "left") return this.t("uploads.left");
      const known = one.error && (has(`error.${one.error.code}`) ? this.errorText({ code: one.error.code }) : this.errorText({ code: "UNKNOWN", message: one.error.message }));
      if (one.stage === "refused") return known;
      const left = Math.ceil(((one.nextAt ?? 0) - Date.now()) / 1000);
      const parts = [known || this.t("uploads.turn")];
      if (known) parts.push(left > 0 ? this.t("uploads.againIn", { n: left }) : this.t("uploads.againNow"));
      if (one.unkept) parts.push(this.t("camera.unkept"));
      return parts.join(" ");
    },
    /** What to do about a photo that was refused. */
    step(one) {
      if (isStale(one)) return this.t("uploads.stepStale");
      if (one.stage !== "refused") return "";
      const key = `uploads.step.${one.error?.code}`;
      return this.t(has(key) ? key : "uploads.step.OTHER");
    },
    again(one) { sendAgain(one); },
    /** A refused photo for the guest who is here now: another request, under a key of its own. */
    forGuest(one) { sendAgain(one, { key: newKey(), session: this.guest.sessionId, guestName: this.guest.guestName, ...chosenStyle(this.styles, styleNow(this.scope)) }); },
  },
  template: `
<div class="uploads">
  <button v-if="count" type="button" :class="['btn', 'uploadbtn', bad ? 'bad' : warn ? 'warn' : '']" :aria-label="t('uploads.count', { n: count })" :title="t('uploads.count', { n: count })" aria-haspopup="dialog" @click="$refs.list.showModal(); follow()"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (bad || warn ? 'alert' : 'up')"/></svg><b>{{ count }}</b> <span>{{ t('uploads.notYet') }}</span><kbd>W</kbd></button>
  <p v-if="lost" class="lostbar" role="alert"><svg class="icon" aria-hidden="true"><use href="#i-wifi-off"/></svg><span><b>{{ t('uploads.lost', { time: since }) }}</b> {{ t('uploads.lostHint') }}</span></p>
  <dialog ref="list" class="pb-dialog uploadlist" aria-labelledby="uploads-title" @close="closed" @click.self="close"><div class="inner">
    <header><h2 id="uploads-title">{{ t('uploads.title') }}</h2><button type="button" class="btn plain square" :aria-label="t('close')" @click="close"><svg class="icon" aria-hidden="true"><use href="#i-x"/></svg></button></header>
    <p class="dim">{{ count ? t('uploads.lead') : t('uploads.empty') }}</p>
    <ul tabindex="-1">
      <li v-for="one in photos" :key="one.key" :class="tone(one)" :data-stage="one.stage">
        <span class="small"><img v-if="urls[one.key]" :src="urls[one.key]" alt=""></span>
        <div class="about"><p class="line"><b class="cut">{{ one.guestName || t('uploads.nobody') }}</b><span class="dim">{{ timeOf(one.at) }} · {{ styleWords(one) }}</span></p>
          <p :class="['why', tone(one)]">{{ why(one) }}</p><p v-if="step(one)" class="why">{{ step(one) }}</p>
          <div v-if="sending(one)" class="rail" aria-hidden="true"><i><b :style="{ transform: 'scaleX(' + box.percent / 100 + ')' }"></b></i></div></div>
        <div class="deeds">
          <button v-if="one.stage !== 'waiting' && guest && guest.sessionId !== one.session" type="button" class="btn main big" @click="forGuest(one)">{{ t('uploads.forGuest', { name: guest.guestName.split(' ')[0] }) }}</button>
          <button v-if="one.session" type="button" :class="['btn', 'big', { main: one.stage === 'left' || (one.stage === 'waiting' && one.error) }]" :disabled="sending(one)" @click="again(one)"><svg class="icon" aria-hidden="true"><use href="#i-retry"/></svg>{{ t('uploads.retry') }}</button>
          <button type="button" class="btn plain big square" :disabled="sending(one)" :aria-label="t('uploads.delete') + ' ' + one.guestName" :title="t('uploads.delete')" @click="discard(one)"><svg class="icon" aria-hidden="true"><use href="#i-trash"/></svg></button>
        </div>
      </li>
    </ul>
    <p v-if="box.others" class="dim">{{ t('uploads.others', { n: box.others }) }}</p>
  </div></dialog>
</div>`,
};
