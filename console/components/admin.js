/** The administration: its navigation, and the page that was opened. */

import { AuditLog } from "/static/js/admin_audit.js";
import { Booths } from "/static/js/admin_booths.js";
import { Events } from "/static/js/admin_events.js";
import { Guide } from "/static/js/admin_guide.js";
import { Styles } from "/static/js/admin_styles.js";
import { Users } from "/static/js/admin_users.js";
import { worded } from "/static/js/words.js";

const ICONS = { guide: "check-circle", events: "pin", booths: "laptop", styles: "spark", users: "users", audit: "list" };

export default {
  mixins: [worded],
  components: { AuditLog, Booths, Events, Guide, Styles, Users },
  props: { scope: Object, section: String, facts: Object, schemas: Object },
  data() { return { house: { ...this.facts }, icons: ICONS }; },
  computed: {
    sections() { return Object.keys(ICONS).filter((name) => name !== "users" || this.house.users); },
    left() { return this.house.guide.over ? 0 : this.house.guide.steps.filter((step) => step.state === "open").length; },
  },
  template: `
<section class="admin">
  <nav :aria-label="t('admin.title')"><h1>{{ t('admin.title') }}</h1>
    <ul><li v-for="name in sections" :key="name"><a :href="name === 'guide' ? '/console/admin' : '/console/admin/' + name" :aria-current="section === name ? 'page' : null"><svg class="icon" aria-hidden="true"><use :href="'#i-' + icons[name]"/></svg><span>{{ t('admin.' + name) }}</span><b v-if="name === 'guide' && left" class="count">{{ left }}</b></a></li></ul>
  </nav>
  <div class="work">
    <guide v-if="section === 'guide'" :house="house" :schemas="schemas" :scope="scope" :lang="lang"></guide>
    <events v-else-if="section === 'events'" :house="house" :schemas="schemas" :lang="lang"></events>
    <booths v-else-if="section === 'booths'" :house="house" :schemas="schemas" :scope="scope" :lang="lang"></booths>
    <styles v-else-if="section === 'styles'" :house="house" :schemas="schemas" :lang="lang"></styles>
    <users v-else-if="section === 'users'" :house="house" :schemas="schemas" :lang="lang"></users>
    <audit-log v-else :house="house" :lang="lang"></audit-log>
  </div>
</section>`,
};
