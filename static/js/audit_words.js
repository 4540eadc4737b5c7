/** What an entry of the audit log says, in a sentence. `console/pages/audit.py` says the same in the CSV. */

import { has, locale, t } from "./words.js";

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const KINDS = { event_changed: "event", style_changed: "style", user_changed: "user" };

/** A changed field by the name its form has. */
function field(action, name) {
  const key = `form.${KINDS[action]}.${camel(name)}`;
  return has(key) ? t(key) : has(`admin.field.${name}`) ? t(`admin.field.${name}`) : name;
}

export function actionName(action) { return has(`audit.${action}`) ? t(`audit.${action}`, { name: "…", fields: "…", to: "…", count: "…" }) : action; }

export function sentence(entry) {
  const name = entry.name || (entry.kind === "job" ? entry.subject.slice(-6) : entry.subject);
  const facts = { ...entry.data, name };
  facts.fields = (entry.data.fields ?? []).map((one) => field(entry.action, one)).join(", ");
  if (entry.action === "setup_step") { facts.to = t(`guide.state.${entry.data.to}`); facts.name = t(`guide.${entry.subject.split(":")[0]}`); }
  const key = `audit.${entry.action}`;
  return has(key) ? t(key, facts) : t("audit.other", { action: entry.action.replaceAll("_", " "), name });
}

/** Who did it: an account by its name, and whoever sat at the server itself. */
export const actorName = (actor) => (actor === "command line" ? t("audit.commandLine") : actor);

/** The reason somebody gave, and what else is worth a look. */
export function beside(entry) { return entry.data.because ?? ""; }

export function moment(at) { return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(at)); }
