/** What an entry of the audit log says, in a sentence: the server names the words (`app/domain/deeds.py`). */

import { has, locale, t } from "./words.js";

export function actionName(action) { return has(`audit.${action}`) ? t(`audit.${action}`, { name: "…", fields: "…", to: "…", count: "…", guests: "…", photos: "…", files: "…" }) : action; }

/** The first of these that there are words for; the last one as it is when there are none. */
function firstKnown(keys, values) {
  const key = keys.find((one) => has(one));
  return key ? t(key, values) : keys.at(-1);
}

export function sentence({ says }) {
  const slots = Object.fromEntries(Object.entries(says.words).map(([slot, parts]) => [slot, parts.map((keys) => firstKnown(keys, {})).join(", ")]));
  return firstKnown(says.keys, { ...says.values, ...slots });
}

/** Who did it: an account by its name, and who has none in words. */
export function actorName(actor) {
  const key = `audit.by_${actor.replace(" ", "_")}`;
  return has(key) ? t(key) : actor;
}

/** The reason somebody gave, and what else is worth a look. */
export function beside(entry) { return entry.data.because ?? ""; }

export function moment(at) { return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(at)); }
