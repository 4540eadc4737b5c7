/** What went wrong, in words: newest first, what is still open before all else. */

import { makerWords } from "./job_rescue.js";
import { printerName } from "./printing.js";
import { span, timeOf } from "./shots.js";
import { errorText, has, t } from "./words.js";

const ICONS = { breaker: "cloud", check: "cloud", forced: "stop", lane: "layers", spend: "alert", watcher: "camera", worker: "chip", web: "laptop", redis: "wifi-off", storage: "disk", database: "disk", printer: "printer" };

function more(row) {
  if (row.by) return t("incident.by", row);
  return has(`error.${row.because}`) ? errorText({ code: row.because }) : "";
}

/** `names` of booths and events by id. */
export function incidentsOf(rows, names, now) {
  const told = rows.map((row) => {
    const lasted = (row.endedAt ? Date.parse(row.endedAt) : now) - Date.parse(row.startedAt);
    const values = { name: makerWords(row.subject), lane: has(`lane.${row.subject}`) ? t(`lane.${row.subject}`) : row.subject, event: names[row.eventId] ?? row.subject, booth: names[row.subject] ?? row.subject, host: row.kindOf === "printer" ? printerName(row.subject) : row.subject };
    return {
      id: row.id, open: !row.endedAt, icon: ICONS[row.kindOf] ?? "alert", at: timeOf(row.startedAt, now), started: row.startedAt,
      title: has(`incident.${row.kindOf}`) ? t(`incident.${row.kindOf}`, values) : row.kindOf,
      lasted: t(row.endedAt ? "sys.lasted" : "sys.since", { n: span(lasted) }), more: row.kindOf === "worker" || row.kindOf === "web" ? "" : more(row),
    };
  });
  return told.sort((a, b) => Number(b.open) - Number(a.open) || (a.started < b.started ? 1 : -1));
}
