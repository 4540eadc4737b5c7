/** The webcam: preview, countdown and shutter inside this component, so that it works without the server. */

import { randomId } from "/static/js/api.js";
import { boarded } from "/static/js/board.js";
import { activeGuest, askForGuest, chosenStyle, desk, onDesk, styleNow } from "/static/js/booth.js";
import { claimTaken, newKey, pictureOf } from "/static/js/drafts.js";
import { shortcut } from "/static/js/keys.js";
import { beginOutbox, isFull, leaveBehind, onOutbox, outbox, retakeAll, showOutbox, submit, take } from "/static/js/outbox.js";
import { toast } from "/static/js/toast.js";
import { closeWebcam, grab, keep, kept, openWebcam, webcams } from "/static/js/webcam.js";
import { worded } from "/static/js/words.js";

const BURST = 3;
const BURST_MS = 600;
const WANTED_MS = 10000; // a shutter pressed longer ago than this is forgotten
const BY_ITSELF = 4; // seconds to look at a photo before it is sent by itself
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export default {
  mixins: [worded, boarded],
  watches: ["booth"],
  props: { styles: Array },
  data: () => ({
    desk: { ...desk }, devices: [], device: kept("camera", ""), timer: Number(kept("timer", "3")), burst: kept("burst", "0") === "1",
    mirror: kept("mirror", "1") === "1", byItself: kept("byItself", "1") === "1", state: "off", problem: null,
    count: 0, taking: 0, flash: false, shots: [], picked: 0, left: 0, sending: false, percent: 0,
  }),
  created() {
    const here = (run) => () => { if (this.desk.shoot === "webcam") run(); };
    this.stops.push(
      onDesk(() => { this.desk = { ...desk }; }),
      onOutbox(() => { if (outbox.sending === this.shot?.key) this.percent = outbox.percent; }),
      shortcut({ key: " ", label: "help.space", run: here(() => (this.shot ? null : this.shutter())) }),
      shortcut({ key: "r", label: "help.retake", run: here(() => this.retake()) }),
      shortcut({ key: "h", label: "help.hold", run: here(() => this.hold()) }),
      shortcut({ key: "Enter", label: "help.enter", run: here(() => this.send()) }),
      () => this.dropKeys(),
    );
    this.picks = [];
    beginOutbox(this.scope);
  },
  mounted() {
    this.onDevices = () => this.list();
    navigator.mediaDevices?.addEventListener("devicechange", this.onDevices);
    this.ticking = setInterval(() => this.tick(), 1000);
    if (this.visible) this.start();
    this.restore();
  },
  unmounted() {
    navigator.mediaDevices?.removeEventListener("devicechange", this.onDevices);
    clearInterval(this.ticking);
    this.stop();
  },
  watch: {
    visible(on) { if (on) this.start(); else this.stop(); },
    shots(now) { this.dropKeys(); if (now.length > 1) this.picks = now.map((_, index) => shortcut({ key: String(index + 1), label: null, run: () => this.visible && this.pick(index) })); },
    "guest.sessionId"() { this.left = 0; },
  },
  computed: {
    visible() { return this.desk.shoot === "webcam"; },
    guest() { void this.version; void this.desk; return activeGuest(this.scope); },
    shot() { return this.shots[this.picked] ?? null; },
    /** Whose the photo on the stage is: the guest's who stood there; where nobody did, the guest's who is here now. */
    target() {
      if (!this.shot) return null;
      return this.shot.session ? { session: this.shot.session, guestName: this.shot.guestName } : this.guest && { session: this.guest.sessionId, guestName: this.guest.guestName };
    },
    /** The guest who is here now, where the photo is another one's. */
    other() { return this.guest && this.target && this.guest.sessionId !== this.target.session ? { session: this.guest.sessionId, guestName: this.guest.guestName } : null; },
    mark() {
      if (this.shot?.unkept) return this.t("camera.unkept");
      if (this.target && this.target.session !== this.guest?.sessionId) return this.t("camera.takenFor", { name: this.target.guestName });
      return this.shot?.restored ? this.t("camera.unsent") : "";
    },
  },
  methods: {
    async start() {
      this.stop();
      this.problem = null;
      this.state = "starting";
      const asked = (this.asked = Symbol("start"));
      try {
        const stream = await openWebcam(this.device);
        if (asked !== this.asked) { closeWebcam(stream); return; }
        this.stream = stream;
        const [track] = stream.getVideoTracks();
        track.addEventListener("ended", () => { if (this.stream === stream) { this.stop(); this.problem = { code: "CAMERA_LOST" }; } });
        this.$refs.video.srcObject = stream;
        await this.$refs.video.play();
        this.device = track.getSettings().deviceId ?? this.device;
        this.state = "on";
        if (this.wanted && performance.now() - this.wanted < WANTED_MS) this.shutter();
        this.wanted = 0;
        await this.list();
      } catch (error) {
        if (asked !== this.asked) return;
        this.state = "off";
        this.problem = { code: error.code ?? "CAMERA_BUSY" };
      }
    },
    stop() {
      this.asked = null;
      this.wanted = 0;
      closeWebcam(this.stream);
      this.stream = null;
      this.state = "off";
      clearInterval(this.counting);
      this.count = 0;
    },
    async list() {
      const before = this.devices.length;
      this.devices = await webcams((n) => `${this.t("camera.device")} ${n}`);
      if (this.visible && this.problem && this.devices.length > before) this.start();
    },
    choose(event) {
      this.device = event.target.value;
      event.target.blur();
      keep("camera", this.device);
      keep("cameraName", this.devices.find((one) => one.id === this.device)?.label ?? "");
      this.start();
    },
    setTimer(seconds) { this.timer = seconds; keep("timer", String(seconds)); },
    toggle(name) { this[name] = !this[name]; keep(name, this[name] ? "1" : "0"); },
    /** Pressed while the camera still opens it counts when it is open: a key must not be lost. */
    shutter() {
      if (this.state === "starting") this.wanted = performance.now();
      if (this.state !== "on" || this.shot || this.count || this.taking) return;
      if (isFull()) { toast(this.t("uploads.full"), { bad: true, action: { label: this.t("uploads.look"), run: () => showOutbox(true) } }); return; }
      this.posing = this.posed();
      if (!this.timer) { this.capture(); return; }
      this.count = this.timer;
      this.counting = setInterval(() => {
        this.count -= 1;
        if (this.count > 0) return;
        clearInterval(this.counting);
        this.capture();
      }, 1000);
    },
    /** Who stands before the camera now, and the style they get. */
    posed() { return { session: this.guest?.sessionId ?? null, guestName: this.guest?.guestName ?? "", ...chosenStyle(this.styles, styleNow(this.scope)) }; },
    /** One photo, or three; each is kept in the browser before anybody sees it on the stage. */
    async capture() {
      const now = this.posed();
      const whose = this.posing.session && this.posing.session !== now.session ? this.posing : now; // a guest who was changed during the countdown stands there still
      const facts = { booth: this.scope.booth, event: this.scope.event, ...whose, burst: this.burst ? randomId() : null };
      const made = [];
      this.taking = this.burst ? BURST : 1;
      while (this.taking && this.state === "on") {
        if (made.length) await wait(BURST_MS);
        this.flash = true;
        setTimeout(() => { this.flash = false; }, 120);
        const blob = await grab(this.$refs.video);
        if (!blob) break;
        const record = { ...facts, key: newKey(), at: Date.now() + made.length };
        made.push({ ...record, blob, unkept: !(await take(record, blob)) });
        this.taking -= 1;
      }
      this.taking = 0;
      if (!made.length) { this.problem = { code: "CAMERA_BUSY" }; return; }
      this.show(made);
      if (made.length === 1) this.begin();
    },
    show(made) {
      this.shots = made.map((one) => ({ ...one, url: URL.createObjectURL(one.blob) }));
      this.picked = this.shots.length > 2 ? 1 : 0;
      this.percent = 0;
    },
    dropKeys() { for (const stop of this.picks.splice(0)) stop(); },
    pick(index) {
      if (this.sending || !this.shots[index]) return;
      this.picked = index;
      this.begin();
    },
    /** The seconds after which a photo is sent by itself, where it is plain whose it is. */
    begin() { this.left = this.byItself && this.target && !this.mark ? BY_ITSELF : 0; },
    hold() { this.left = 0; },
    tick() {
      if (!this.left || this.sending || document.querySelector("dialog[open]")) return;
      this.left -= 1;
      if (!this.left) this.send();
    },
    /** What was on a stage of this booth when its page went away. */
    async restore(again = true) {
      const left = await claimTaken(this.scope.booth);
      if (!left.length && again) setTimeout(() => this.restore(false), 1500); // the page before may just be going
      if (!left.length || this.shot || this.count || this.taking) return;
      const last = left[left.length - 1];
      const found = [];
      for (const one of left) {
        const shown = last.burst ? one.burst === last.burst : one.key === last.key;
        const blob = shown && (await pictureOf(one.key));
        if (blob) found.push({ ...one, blob, restored: true });
        else await leaveBehind(one.key);
      }
      if (found.length && !this.shot && !this.count && !this.taking) this.show(found);
    },
    retake() {
      this.wanted = 0;
      if (this.count) { clearInterval(this.counting); this.count = 0; return; }
      if (!this.shot || this.sending) return;
      retakeAll(this.shots.map((one) => one.key));
      this.clear();
    },
    clear() {
      for (const one of this.shots) URL.revokeObjectURL(one.url);
      Object.assign(this, { shots: [], picked: 0, left: 0, percent: 0 });
    },
    async send(whom = this.target) {
      if (!this.shot || this.sending) return;
      if (!whom) { askForGuest(); return; }
      Object.assign(this, { sending: true, percent: 0, left: 0 });
      const { key, mode, styleId, booth, event, at, blob } = this.shot;
      const look = whom.session === this.guest?.sessionId ? chosenStyle(this.styles, styleNow(this.scope)) : { mode, styleId };
      const rest = this.shots.filter((one) => one.key !== key).map((one) => one.key);
      if (rest.length) await retakeAll(rest);
      const outcome = await submit({ key, booth, event, at }, blob, { session: whom.session, guestName: whom.guestName, ...look });
      this.clear();
      this.sending = false;
      this.said?.(); // one message at a time: the next photo's says the same
      const see = { action: { label: this.t("uploads.look"), run: () => showOutbox(true) } };
      if (outcome === "sent") toast(this.t("camera.sent", { name: whom.guestName }));
      else if (outcome === "refused") toast(this.t("uploads.refused", { name: whom.guestName }), { bad: true, ...see });
      else this.said = toast(this.t(outcome === "slow" ? "uploads.slow" : "uploads.waits", { name: whom.guestName }), { ...see, seconds: 4 });
    },
  },
  template: `
<div class="camera" v-show="visible">
  <div class="stage">
    <video ref="video" :class="{ mirror }" playsinline muted autoplay :aria-label="t('camera.preview')" v-show="state === 'on' && !shot"></video>
    <img v-if="shot" class="taken" :src="shot.url" :alt="t('camera.taken')">
    <p v-if="mark && shot" class="caption top"><span class="tag warn"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span class="cut">{{ mark }}</span></span></p>
    <div v-if="problem && !shot" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-webcam"/></svg><b>{{ errorText(problem) }}</b><button type="button" class="btn big" @click="start">{{ t('tryAgain') }}</button></div>
    <div v-else-if="state === 'starting' && !shot" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-webcam"/></svg><span>{{ t('camera.starting') }}</span></div>
    <div v-if="count" class="count" role="timer" aria-live="assertive">{{ count }}</div>
    <p v-if="taking > 1" class="caption burstcount"><b>{{ t('camera.burstLeft', { n: 4 - taking }) }}</b></p>
    <div :class="['flash', { on: flash }]"></div>
    <div class="meter" v-if="sending" role="progressbar" :aria-label="t('camera.sending', { percent })" :aria-valuenow="percent" aria-valuemin="0" aria-valuemax="100"><i :style="{ transform: 'scaleX(' + percent / 100 + ')' }"></i></div>
    <div v-if="shots.length > 1" class="picks" role="group" :aria-label="t('camera.pick')"><button v-for="(one, index) in shots" :key="one.key" type="button" :aria-pressed="String(index === picked)" :aria-label="t('camera.pickOne', { n: index + 1 })" @click="pick(index)"><img :src="one.url" alt=""><b>{{ index + 1 }}</b></button></div>
    <div class="knobs" v-if="!shot">
      <label class="sr" for="camera-device">{{ t('camera.device') }}</label>
      <select id="camera-device" class="btn" v-if="devices.length > 1" :value="device" @change="choose"><option v-for="one in devices" :key="one.id" :value="one.id">{{ one.label }}</option></select>
      <button type="button" class="btn knob" :aria-pressed="String(mirror)" :title="t('camera.mirrorHint')" @click="toggle('mirror')">{{ t('camera.mirror') }}</button>
      <button type="button" class="btn knob" :aria-pressed="String(byItself)" :title="t('camera.byItselfHint')" @click="toggle('byItself')">{{ t('camera.byItself') }}</button>
      <button type="button" class="btn knob" :aria-pressed="String(burst)" :title="t('camera.burstHint')" @click="toggle('burst')">{{ t('camera.burst') }}</button>
      <div class="segment small" role="group" :aria-label="t('camera.timer')"><button v-for="n in [0, 3, 5]" :key="n" type="button" :aria-pressed="String(timer === n)" @click="setTimer(n)">{{ n ? t('camera.seconds', { n }) : t('camera.timerOff') }}</button></div>
    </div>
  </div>
  <div class="shoot">
    <template v-if="!shot"><button type="button" class="btn main big wide" :disabled="state !== 'on' || taking > 0" @click="shutter"><svg class="icon" aria-hidden="true"><use href="#i-camera"/></svg>{{ t('camera.shoot') }}<span v-if="guest" class="for cut">· {{ guest.guestName }}</span><kbd>{{ lang === 'en' ? 'Space' : 'Spasi' }}</kbd></button></template>
    <template v-else>
      <button type="button" class="btn big" :disabled="sending" @click="retake"><svg class="icon" aria-hidden="true"><use href="#i-undo"/></svg>{{ t('camera.retake') }} <kbd>R</kbd></button>
      <button v-if="left" type="button" class="btn big" @click="hold"><svg class="icon" aria-hidden="true"><use href="#i-stop"/></svg>{{ t('camera.hold', { n: left }) }} <kbd>H</kbd></button>
      <button v-else-if="other && !sending" type="button" class="btn big second" @click="send(other)"><span class="two"><b class="cut">{{ t('camera.forOther', { name: other.guestName.split(' ')[0] }) }}</b></span></button>
      <button type="button" :class="['btn', 'big', 'wide', { main: target }]" :disabled="sending" @click="send()"><svg v-if="!sending" class="icon" aria-hidden="true"><use href="#i-right"/></svg><span class="cut">{{ sending ? t('camera.sending', { percent }) : !target ? t('camera.needGuest') : t('camera.sendFor', { name: left || other ? target.guestName.split(' ')[0] : target.guestName }) }}</span><kbd v-if="target && !sending">Enter</kbd></button>
    </template>
  </div>
</div>`,
};
