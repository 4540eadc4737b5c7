/** Staff accounts: made, their role and events, a new password shown once, switched off, signed out. */

import { editing, Faster, Secret } from "./admin_edit.js";
import { PbForm } from "./form.js";
import { agoWords } from "./health.js";
import { toast } from "./toast.js";

export const Users = {
  mixins: [editing],
  components: { PbForm, Faster, Secret },
  props: { house: Object, schemas: Object, lang: String },
  data: () => ({ asking: null }),
  computed: {
    one() { return this.house.users.find((user) => user.id === this.picked) ?? null; },
    own() { return this.one?.username === this.house.username; },
    choices() { return { events: this.house.events.map((event) => ({ value: event.id, label: event.name })) }; },
  },
  methods: {
    seen(user) { void this.lang; return user.seenAt ? this.t("admin.seen", { when: agoWords(user.seenAt, Date.now()) }) : this.t("admin.neverSeen"); },
    sees(user) { void this.lang; return user.allEvents ? this.t("admin.allEvents") : this.t("admin.nEvents", { n: user.events.length }); },
    path(tail = "") { return `/users/${encodeURIComponent(this.one.id)}${tail}`; },
    show(name, password) { this.secret = { title: this.t("admin.passwordOf", { name }), hint: this.t("admin.passwordOnce"), value: password }; },
    make(json) { this.save({ method: "POST", path: "/users", json }, ({ password, ...made }) => { this.put("users", made); this.pick(made.id); this.show(made.username, password); }); },
    change(json) { this.save({ method: "PATCH", path: this.path(), json, mark: this.one.mark }, (now) => { this.put("users", now); this.saved(); }); },
    ask(what) { this.asking = what; this.$nextTick(() => this.$refs.ask.showModal()); },
    run() {
      const user = this.one;
      const what = this.asking;
      this.$refs.ask.close();
      if (what === "password") this.save({ method: "POST", path: this.path("/password") }, ({ password }) => { this.put("users", { ...user, signIns: 0 }); this.show(user.username, password); });
      else this.save({ method: "DELETE", path: this.path("/sign-ins") }, ({ ended }) => { this.put("users", { ...user, signIns: user.signIns - ended }); toast(this.t("admin.signedOut", { n: ended })); });
    },
  },
  template: `
<div :class="['split', { opened: picked }]">
  <section class="list" :aria-label="t('admin.users')">
    <header><h2>{{ t('admin.users') }}</h2><button type="button" class="btn main" @click="pick('new')">{{ t('admin.newUser') }}</button></header>
    <ul><li v-for="user in house.users" :key="user.id"><button type="button" class="pickrow" :data-id="user.username" :aria-current="picked === user.id ? 'true' : null" @click="pick(user.id)"><span class="about"><b class="cut">{{ user.username }}</b><span class="dim cut">{{ t('form.user.role.' + user.role) }} · {{ sees(user) }}</span></span><span v-if="!user.enabled" class="tag warn"><svg class="icon" aria-hidden="true"><use href="#i-stop"/></svg>{{ t('admin.isOff') }}</span></button></li></ul>
  </section>
  <section class="detail" :aria-label="t('admin.details')">
    <button v-if="picked" type="button" class="btn plain back" @click="pick(null)"><svg class="icon" aria-hidden="true"><use href="#i-left"/></svg>{{ t('admin.users') }}</button>
    <div v-if="picked === 'new'" class="sheet"><h2 tabindex="-1">{{ t('admin.newUser') }}</h2><pb-form :schema="schemas.NewUser" words="user" :choices="choices" :problem="problem" :busy="busy" :label="t('admin.makeUser')" @send="make"/><p class="dim">{{ t('admin.newUserHint') }}</p></div>
    <template v-else-if="one">
      <div class="sheet"><header><h2 tabindex="-1">{{ one.username }}</h2><span v-if="own" class="pill">{{ t('admin.you') }}</span></header>
        <faster :problem="problem" :lang="lang" @fresh="fresh('users')"></faster>
        <pb-form :key="one.id" :schema="schemas.UserChange" words="user" :choices="choices" :value="one" :problem="problem && problem.code !== 'CHANGED_MEANWHILE' ? problem : null" :busy="busy" @send="change"/></div>
      <div class="sheet"><h2>{{ t('admin.access') }}</h2><p class="dim">{{ seen(one) }} · {{ t('admin.nSignIns', { n: one.signIns }) }}</p><div class="deeds"><button type="button" class="btn big" :disabled="busy" @click="ask('password')"><svg class="icon" aria-hidden="true"><use href="#i-shield"/></svg>{{ t('admin.resetPassword') }}</button><button type="button" class="btn big" :disabled="busy || !one.signIns" @click="ask('signIns')"><svg class="icon" aria-hidden="true"><use href="#i-out"/></svg>{{ t(own ? 'admin.endOthers' : 'admin.endSignIns') }}</button></div></div>
    </template>
    <div v-else class="empty"><svg class="icon" aria-hidden="true"><use href="#i-users"/></svg><b>{{ t('admin.pickUser') }}</b><span>{{ t('admin.pickUserHint') }}</span></div>
  </section>
  <dialog ref="ask" class="pb-dialog ask" :aria-label="t('admin.access')" @close="asking = null"><div v-if="asking && one" class="inner"><header><h2>{{ t(asking === 'password' ? 'admin.resetTitle' : 'admin.endTitle', { name: one.username }) }}</h2></header><p>{{ t(asking === 'password' ? 'admin.resetWords' : 'admin.endWords') }}</p><div class="deeds"><button type="button" class="btn big main" @click="run">{{ t(asking === 'password' ? 'admin.resetPassword' : 'admin.endSignIns') }}</button><button type="button" class="btn big" autofocus @click="$refs.ask.close()">{{ t('admin.cancel') }}</button></div></div></dialog>
  <secret :secret="secret" :lang="lang" @leave="secret = null"></secret>
</div>`,
};
