/** The webcam: preview, countdown and shutter inside this component, so that it works without the server. */

import { randomId, upload } from "/static/js/api.js";
import { boarded } from "/static/js/board.js";
import { activeGuest, askForGuest, chosenStyle, desk, onDesk, styleNow } from "/static/js/booth.js";
import { dropDraft, keepDraft, loadDraft } from "/static/js/drafts.js";
import { shortcut } from "/static/js/keys.js";
import { toast } from "/static/js/toast.js";
import { worded } from "/static/js/words.js";

const kept = (name, fallback) => { try { return localStorage.getItem(`pb.${name}`) ?? fallback; } catch { return fallback; } };
const keep = (name, value) => { try { localStorage.setItem(`pb.${name}`, value); } catch { /* private mode */ } };
const WHY = { NotAllowedError: "CAMERA_DENIED", SecurityError: "CAMERA_DENIED", NotFoundError: "CAMERA_NONE", OverconstrainedError: "CAMERA_NONE", NotReadableError: "CAMERA_BUSY", AbortError: "CAMERA_BUSY" };

export default {
  mixins: [worded, boarded],
  watches: ["booth"],
  props: { styles: Array },
  data: () => ({
    desk: { ...desk }, devices: [], device: kept("camera", ""), timer: Number(kept("timer", "3")), state: "off", problem: null,
    count: 0, flash: false, shot: null, sending: false, percent: 0, sendProblem: null,
  }),
  created() {
    const here = (run) => () => { if (this.desk.shoot === "webcam") run(); };
    this.stops.push(
      onDesk(() => { this.desk = { ...desk }; }),
      shortcut({ key: " ", label: "help.space", run: here(() => (this.shot ? null : this.shutter())) }),
      shortcut({ key: "r", label: "help.retake", run: here(() => this.retake()) }),
      shortcut({ key: "Enter", label: "help.enter", run: here(() => this.send()) }),
    );
  },
  mounted() {
    this.onDevices = () => this.list();
    navigator.mediaDevices?.addEventListener("devicechange", this.onDevices);
    if (this.visible) this.start();
    this.restore();
  },
  unmounted() {
    navigator.mediaDevices?.removeEventListener("devicechange", this.onDevices);
    this.stop();
  },
  watch: {
    visible(on) { if (on) this.start(); else this.stop(); },
  },
  computed: {
    visible() { return this.desk.shoot === "webcam"; },
    guest() { void this.version; return activeGuest(this.scope); },
    first() { return this.guest?.guestName.split(/\s+/)[0] ?? ""; },
    canSend() { return this.shot && this.guest && !this.sending; },
    /** Whose picture it is, where that is not who stands there now; or that it outlived a reload. */
    mark() {
      const { session, guestName, restored } = this.shot ?? {};
      if (session && session !== this.guest?.sessionId) return this.t("camera.takenFor", { name: guestName });
      return restored ? this.t("camera.unsent") : "";
    },
  },
  methods: {
    async start() {
      this.stop();
      this.problem = null;
      if (!navigator.mediaDevices?.getUserMedia) { this.state = "off"; this.problem = { code: "CAMERA_INSECURE" }; return; }
      this.state = "starting";
      const asked = (this.asked = Symbol("start"));
      try {
        const video = { width: { ideal: 1920 }, height: { ideal: 1080 }, ...(this.device ? { deviceId: { ideal: this.device } } : {}) };
        const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
        if (asked !== this.asked) { for (const track of stream.getTracks()) track.stop(); return; }
        this.stream = stream;
        const [track] = stream.getVideoTracks();
        track.addEventListener("ended", () => { if (this.stream === stream) { this.stop(); this.problem = { code: "CAMERA_LOST" }; } });
        this.$refs.video.srcObject = stream;
        await this.$refs.video.play();
        this.device = track.getSettings().deviceId ?? this.device;
        this.state = "on";
        await this.list();
      } catch (error) {
        if (asked !== this.asked) return;
        this.state = "off";
        this.problem = { code: WHY[error.name] ?? "CAMERA_BUSY" };
      }
    },
    stop() {
      this.asked = null;
      for (const track of this.stream?.getTracks() ?? []) track.stop();
      this.stream = null;
      this.state = "off";
      clearInterval(this.counting);
      this.count = 0;
    },
    async list() {
      const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
      const before = this.devices.length;
      this.devices = all.filter((one) => one.kind === "videoinput").map((one, index) => ({ id: one.deviceId, label: one.label || `${this.t("camera.device")} ${index + 1}` }));
      if (this.visible && this.problem && this.devices.length > before) this.start();
    },
    choose(event) { this.device = event.target.value; event.target.blur(); keep("camera", this.device); this.start(); },
    setTimer(seconds) { this.timer = seconds; keep("timer", String(seconds)); },
    shutter() {
      if (this.state !== "on" || this.shot || this.count) return;
      if (!this.timer) { this.capture(); return; }
      this.count = this.timer;
      this.counting = setInterval(() => {
        this.count -= 1;
        if (this.count > 0) return;
        clearInterval(this.counting);
        this.capture();
      }, 1000);
    },
    capture() {
      const video = this.$refs.video;
      const canvas = document.createElement("canvas");
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      canvas.getContext("2d").drawImage(video, 0, 0);
      this.flash = true;
      setTimeout(() => { this.flash = false; }, 120);
      canvas.toBlob((blob) => {
        if (!blob) { this.problem = { code: "CAMERA_BUSY" }; return; }
        this.show({ blob, key: randomId(), wish: null, session: this.guest?.sessionId ?? null, guestName: this.guest?.guestName ?? "", at: Date.now() });
        keepDraft(this.scope.booth, this.shot);
      }, "image/jpeg", 0.94);
    },
    show(shot) {
      this.shot = { ...shot, url: URL.createObjectURL(shot.blob) };
      this.sendProblem = null;
    },
    async restore() {
      const draft = await loadDraft(this.scope.booth);
      if (draft && !this.shot && !this.count) this.show({ ...draft, restored: true });
    },
    retake() {
      if (this.count) { clearInterval(this.counting); this.count = 0; return; }
      if (!this.shot || this.sending) return;
      this.drop();
    },
    drop() {
      URL.revokeObjectURL(this.shot.url);
      dropDraft(this.scope.booth, this.shot.key);
      this.shot = null;
      this.sendProblem = null;
      this.percent = 0;
    },
    async send() {
      if (this.shot && !this.guest) askForGuest();
      if (!this.canSend) return;
      const guest = this.guest;
      const look = chosenStyle(this.styles, styleNow(this.scope));
      const wish = `${guest.sessionId} ${look.mode} ${look.styleId}`;
      if (this.shot.wish && this.shot.wish !== wish) this.shot.key = randomId();
      this.shot.wish = wish;
      keepDraft(this.scope.booth, this.shot);
      const form = new FormData();
      const facts = { sessionId: guest.sessionId, eventId: this.scope.event, boothId: this.scope.booth, ...look };
      for (const [name, value] of Object.entries(facts)) form.append(name, value);
      form.append("image", this.shot.blob, "webcam.jpg");
      this.sending = true;
      this.percent = 0;
      this.sendProblem = null;
      try {
        await upload("/jobs", form, { headers: { "Idempotency-Key": this.shot.key }, onProgress: (part) => { this.percent = Math.round(part * 100); } });
        toast(this.t("camera.sent", { name: guest.guestName }));
        this.drop();
      } catch (error) {
        this.sendProblem = { code: error.code, message: error.message };
      } finally {
        this.sending = false;
      }
    },
  },
  template: `
<div class="camera" v-show="visible">
  <div class="stage">
    <video ref="video" playsinline muted autoplay :aria-label="t('camera.preview')" v-show="state === 'on' && !shot"></video>
    <img v-if="shot" class="taken" :src="shot.url" :alt="t('camera.taken')">
    <p v-if="mark" class="caption"><span class="tag warn"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span class="cut">{{ mark }}</span></span></p>
    <div v-if="problem && !shot" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-webcam"/></svg><b>{{ errorText(problem) }}</b><button type="button" class="btn big" @click="start">{{ t('tryAgain') }}</button></div>
    <div v-else-if="state === 'starting' && !shot" class="empty"><svg class="icon" aria-hidden="true"><use href="#i-webcam"/></svg><span>{{ t('camera.starting') }}</span></div>
    <div v-if="count" class="count" role="timer" aria-live="assertive">{{ count }}</div>
    <div :class="['flash', { on: flash }]"></div>
    <p v-if="sendProblem" class="note bad over" role="alert"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span>{{ errorText(sendProblem) }} {{ t('camera.kept') }}</span></p>
    <div class="meter" v-if="sending" role="progressbar" :aria-valuenow="percent" aria-valuemin="0" aria-valuemax="100"><i :style="{ transform: 'scaleX(' + percent / 100 + ')' }"></i></div>
    <div class="knobs" v-if="!shot">
      <label class="sr" for="camera-device">{{ t('camera.device') }}</label>
      <select id="camera-device" class="btn" v-if="devices.length > 1" :value="device" @change="choose"><option v-for="one in devices" :key="one.id" :value="one.id">{{ one.label }}</option></select>
      <div class="segment small" role="group" :aria-label="t('camera.timer')"><button v-for="n in [0, 3, 5]" :key="n" type="button" :aria-pressed="String(timer === n)" @click="setTimer(n)">{{ n ? t('camera.seconds', { n }) : t('camera.timerOff') }}</button></div>
    </div>
  </div>
  <div class="shoot">
    <template v-if="!shot"><button type="button" class="btn main big wide" :disabled="state !== 'on'" @click="shutter"><svg class="icon" aria-hidden="true"><use href="#i-camera"/></svg>{{ t('camera.shoot') }}<span v-if="guest" class="for cut">· {{ guest.guestName }}</span><kbd>{{ lang === 'en' ? 'Space' : 'Spasi' }}</kbd></button></template>
    <template v-else>
      <button type="button" class="btn big" :disabled="sending" @click="retake"><svg class="icon" aria-hidden="true"><use href="#i-undo"/></svg>{{ t('camera.retake') }} <kbd>R</kbd></button>
      <button type="button" :class="['btn', 'big', 'wide', { main: guest }]" :disabled="sending" @click="send"><svg v-if="!sending" class="icon" aria-hidden="true"><use :href="'#i-' + (sendProblem ? 'retry' : 'right')"/></svg><span class="cut">{{ sending ? t('camera.sending', { percent }) : !guest ? t('camera.needGuest') : sendProblem ? t('tryAgain') : t('camera.sendFor', { name: guest.guestName }) }}</span><kbd v-if="canSend">Enter</kbd></button>
    </template>
  </div>
</div>`,
};
