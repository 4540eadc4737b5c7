/** From an empty installation to the first photo: five steps, each ticked by what is really there. */

import { editing } from "./admin_edit.js";
import { call } from "./api.js";
import { boarded } from "./board.js";
import { PbForm } from "./form.js";
import { health } from "./health.js";
import { Tokens } from "./laptop_tokens.js";
import { picture } from "./shots.js";
import { toast } from "./toast.js";
import { TrialWebcam } from "./trial_webcam.js";

const ICONS = { password: "shield", event: "pin", booth: "laptop", style: "spark", shot: "camera" };

export const Guide = {
  mixins: [boarded, editing],
  components: { PbForm, Tokens, TrialWebcam },
  watches: ["booth", "shot", "job"],
  props: { house: Object, schemas: Object, lang: String },
  data: () => ({ icons: ICONS, open: null, tokens: null, trial: null, boothId: null, webcam: "" }),
  created() {
    this.trial = this.house.trial;
    this.boothId = this.trial?.boothId ?? this.booths[0]?.id ?? null;
    const wanted = location.hash.slice(1);
    this.open = wanted in ICONS ? wanted : this.steps.find((step) => step.state === "open")?.name ?? (this.house.guide.over ? null : "shot");
    if (this.open === "booth") this.readTokens();
  },
  watch: {
    /** A laptop that comes online ticks its step at once; so does the first picture. */
    online(now) { if (now) this.refresh(); },
    finished(now, before) { if (now > before) this.refresh(); },
    open(now) { if (now === "booth" && !this.tokens) this.readTokens(); },
    phase(now) { if (now !== "waiting") this.webcam = ""; },
    boothId() { this.tokens = null; if (this.open === "booth") this.readTokens(); },
  },
  computed: {
    steps() { return this.house.guide.steps; },
    event() { return this.house.events.find((one) => one.id === this.scope.event) ?? null; },
    booths() { return this.house.booths.filter((one) => one.eventId === this.scope.event); },
    row() { return this.rows("booth").find((one) => one.boothId === this.boothId) ?? null; },
    online() { return Boolean(this.row?.watcherOnline); },
    state() { void this.lang; return this.row && health(this.row, this.now, true); },
    mine() { return this.trial?.sessionId ? this.rows("job").filter((job) => job.sessionId === this.trial.sessionId).sort((a, b) => (a.id < b.id ? 1 : -1)) : []; },
    job() { return this.mine[0] ?? null; },
    finished() { return this.mine.filter((job) => job.status === "succeeded").length; },
    waits() { return Boolean(this.trial?.sessionId && this.row?.active?.sessionId === this.trial.sessionId); },
    /** The newest camera file that is not a job yet: on its way. */
    shot() { return this.waits && !this.job ? this.rows("shot").filter((one) => one.boothId === this.boothId && Date.parse(one.appearedAt ?? 0) > Date.parse(this.row.active.startedAt) - 2000).sort((a, b) => (a.id < b.id ? 1 : -1))[0] ?? null : null; },
    folder() { return this.row?.watcherHealth?.hotfolder || ""; },
    looks() { return this.house.styles.filter((style) => style.enabled).slice(0, 8); },
    phase() { return this.job?.status === "succeeded" ? "done" : this.job?.status === "failed" ? "failed" : this.job ? "making" : this.shot ? "coming" : this.waits ? "waiting" : "begin"; },
  },
  methods: {
    shotPicture: picture,
    name(style) { return this.lang === "en" ? style.name.en : style.name.id; },
    stateOf(name) { return this.steps.find((step) => step.name === name).state; },
    toggle(name) { this.open = this.open === name ? null : name; history.replaceState(null, "", this.open ? `#${this.open}` : location.pathname); },
    next() { this.open = this.steps.find((step) => step.state === "open")?.name ?? null; },
    async refresh() {
      try { this.house.guide = (await call("GET", "/setup/steps")).data; } catch { /* the next change asks again */ }
    },
    say(name, state) { this.save({ method: "PUT", path: `/setup/steps/${name}`, json: { state } }, (guide) => { this.house.guide = guide; if (state === "open") this.open = name; else this.next(); }); },
    password(json) { this.save({ method: "POST", path: "/me/password", json }, async () => { toast(this.t("guide.passwordSet")); await this.refresh(); this.next(); }); },
    change(json) { this.save({ method: "PATCH", path: `/events/${encodeURIComponent(this.event.id)}`, json, mark: this.event.mark }, async (now) => { this.put("events", now); this.saved(); await this.refresh(); this.next(); }); },
    make(json) { this.save({ method: "POST", path: "/events", json }, () => location.reload()); },
    makeBooth(json) { this.save({ method: "POST", path: "/booths", json: { ...json, eventId: this.scope.event } }, (made) => { this.put("booths", made); this.boothId = made.id; }); },
    async readTokens() {
      if (!this.boothId) return;
      try { this.tokens = (await call("GET", `/booths/${encodeURIComponent(this.boothId)}/tokens`)).data.items; } catch (error) { toast(this.says(error), { bad: true }); }
    },
    start() { this.save({ method: "POST", path: "/trials", json: { boothId: this.boothId } }, (trial) => { this.trial = trial; }); },
    shoot() { Object.assign(this, { webcam: "sending", problem: null }); this.$refs.webcam[0].shoot(); },
    unshot(problem) { this.problem = problem; this.webcam = this.webcam === "sending" ? "on" : ""; },
    clear() { this.webcam = ""; this.save({ method: "DELETE", path: `/events/${encodeURIComponent(this.scope.event)}/trials` }, ({ guests }) => { this.trial = null; toast(this.t("guide.cleared", { n: guests })); }); },
  },
  template: `
<section class="guide"><header><h2>{{ t(house.guide.over ? 'guide.titleOver' : 'guide.title') }}</h2><p class="dim">{{ t(house.guide.over ? 'guide.leadOver' : 'guide.lead') }}</p></header>
  <ol class="steps"><li v-for="(step, n) in steps" :key="step.name" :data-step="step.name" :class="['step', step.state, { shown: open === step.name }]">
    <button type="button" class="head" :aria-expanded="String(open === step.name)" @click="toggle(step.name)"><span class="mark" aria-hidden="true"><svg v-if="step.state === 'done'" class="icon"><use href="#i-check"/></svg><template v-else>{{ n + 1 }}</template></span><span class="about"><b>{{ t('guide.' + step.name) }}</b><span class="dim">{{ t('guide.' + step.name + '.lead') }}</span></span><span :class="['tag', step.state === 'done' ? 'good' : '']">{{ t('guide.state.' + step.state) }}</span><svg class="icon turn" aria-hidden="true"><use href="#i-chevron"/></svg></button>
    <div v-if="open === step.name" class="body">
      <pb-form v-if="step.name === 'password'" :schema="schemas.PasswordChange" words="password" :problem="problem" :busy="busy" :label="t('guide.setPassword')" @send="password"><template #deeds><button v-if="step.state === 'open'" type="button" class="btn big" @click="say('password', 'skipped')">{{ t('guide.skip') }}</button></template></pb-form>
      <template v-else-if="step.name === 'event'"><pb-form v-if="event" :schema="schemas.EventChange" words="event" :only="['name', 'startsOn', 'retentionDays', 'photosPerGuest', 'extraStyles']" :value="event" :problem="problem" :busy="busy" @send="change"><template #deeds><button v-if="step.state === 'open'" type="button" class="btn big" @click="say('event', 'done')">{{ t('guide.asItIs') }}</button></template></pb-form><pb-form v-else :schema="schemas.NewEvent" words="event" :only="['name', 'slug', 'startsOn']" :problem="problem" :busy="busy" :label="t('admin.makeEvent')" @send="make"/></template>
      <template v-else-if="step.name === 'booth'">
        <div v-if="booths.length > 1" class="segment" role="group" :aria-label="t('guide.booth')"><button v-for="booth in booths" :key="booth.id" type="button" :aria-pressed="String(boothId === booth.id)" @click="boothId = booth.id">{{ booth.name }}</button></div>
        <pb-form v-if="!booths.length" :schema="schemas.NewBooth" words="booth" :only="['name', 'id']" :problem="problem" :busy="busy" :label="t('admin.makeBooth')" @send="makeBooth"/>
        <template v-else><div v-if="state" :class="['note', state.tone]" role="status"><svg class="icon" aria-hidden="true"><use :href="'#i-' + (online ? 'check-circle' : state.icon)"/></svg><div><b>{{ online ? t('guide.online') : t('guide.offline') }}</b><p>{{ online ? t('guide.onlineStep', { folder: folder || 'hotfolder' }) : t('guide.offlineStep') }}</p></div></div>
        <div v-if="!online" class="laptop inside"><tokens :key="boothId" :booth="boothId" :server="house.serverUrl" :items="tokens ?? []" :now="now" :lang="lang" @made="readTokens" @revoked="readTokens"></tokens></div>
        <div class="deeds"><button v-if="step.state === 'open'" type="button" class="btn big" :disabled="busy" @click="say('booth', 'skipped')">{{ t('guide.webcamOnly') }}</button><button v-else type="button" class="btn big main" @click="next">{{ t('guide.next') }}</button></div></template></template>
      <template v-else-if="step.name === 'style'"><ul class="looks"><li v-for="style in looks" :key="style.id"><a :href="'/console/admin/styles#' + style.id"><img :src="'/static/styles/' + encodeURIComponent(style.id) + '.webp'" alt="" width="120" height="90" @error="$event.target.remove()"><span class="cut">{{ name(style) }}</span></a></li></ul><div class="deeds"><button type="button" class="btn big main" :disabled="busy" @click="say('style', 'done')">{{ t('guide.stylesFine') }}</button><a class="btn big" href="/console/admin/styles">{{ t('guide.stylesChoose') }}</a></div></template>
      <template v-else>
        <p v-if="!booths.length" class="note warn"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span>{{ t('guide.noBooth') }}</span></p>
        <div v-else class="trial" :data-phase="phase"><div class="screen"><img v-if="job && job.status === 'succeeded'" :src="'/media/jobs/' + job.id + '/preview'" :alt="t('guide.yourPhoto')"><img v-else-if="shot && shot.previewVersion" :src="shotPicture(shot)" :alt="t('guide.coming')"><TrialWebcam v-else-if="webcam" ref="webcam" :scope="scope" :booth="boothId" :guest="row.active" @on="webcam = 'on'" @problem="unshot" @sent="webcam = ''"/><svg v-else class="icon" aria-hidden="true"><use href="#i-camera"/></svg></div>
          <div class="about"><div role="status"><h3>{{ t('guide.phase.' + phase) }}</h3></div><p class="dim">{{ t('guide.phase.' + phase + '.step', { folder: folder || 'hotfolder', style: job ? job.styleId : '' }) }}</p>
            <div v-if="job && phase === 'making'" class="meter" role="progressbar" :aria-valuenow="job.percent" aria-valuemin="0" aria-valuemax="100" :aria-label="t('guide.phase.making')"><i :style="{ transform: 'scaleX(' + job.percent / 100 + ')' }"></i></div>
            <div class="segment" v-if="booths.length > 1 && phase === 'begin'" role="group" :aria-label="t('guide.booth')"><button v-for="booth in booths" :key="booth.id" type="button" :aria-pressed="String(boothId === booth.id)" @click="boothId = booth.id">{{ booth.name }}</button></div>
            <div class="deeds"><button v-if="phase === 'begin'" type="button" class="btn big main" :disabled="busy" @click="start">{{ t('guide.start') }}</button><button v-if="webcam" type="button" class="btn big main" :disabled="webcam !== 'on'" @click="shoot"><svg class="icon" aria-hidden="true"><use href="#i-camera"/></svg>{{ t(webcam === 'opening' ? 'camera.starting' : 'camera.shoot') }}</button><button v-else-if="phase === 'waiting'" type="button" class="btn big" @click="webcam = 'opening'; problem = null"><svg class="icon" aria-hidden="true"><use href="#i-webcam"/></svg>{{ t('guide.byWebcam') }}</button><a v-if="job && phase !== 'making'" :class="['btn', 'big', { main: phase === 'failed' }]" :href="'/console/jobs/' + job.id">{{ t('guide.openJob') }}</a><a v-if="phase === 'done'" class="btn big main" :href="'/console/booth/' + encodeURIComponent(boothId)">{{ t('guide.toBooth') }}</a><button v-if="trial && trial.guests" type="button" class="btn big" :disabled="busy" @click="clear"><svg class="icon" aria-hidden="true"><use href="#i-trash"/></svg>{{ t('guide.clear') }}</button></div>
            <p v-if="problem" class="note bad" role="alert"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span>{{ says(problem) }}</span></p></div></div></template>
      <p v-if="step.state !== 'open' && step.name !== 'shot'" class="again"><button type="button" class="btn plain" :disabled="busy" @click="say(step.name, 'open')">{{ t('guide.reopen') }}</button></p>
    </div></li></ol>
</section>`,
};
