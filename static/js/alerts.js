/** What needs a person now, the worst first, each in words that say what to do next and where. */

import { health } from "./health.js";
import { printerName, printerOf } from "./printing.js";
import { span } from "./shots.js";
import { alive } from "./evening.js";
import { t } from "./words.js";

const LATE_MS = 300000;
const TIGHT_BYTES = 5 * 1073741824;
const FULL_BYTES = 1073741824;
const at = (path) => `/console/booth/${encodeURIComponent(path)}`;
const queue = (booth, more = "") => `/console/queue?event=${encodeURIComponent(booth.eventId)}&booth=${encodeURIComponent(booth.id)}${more}`;
const gigabytes = (bytes) => `${(bytes / 1073741824).toFixed(1)} GB`;
const many = (key, n, values) => t(n === 1 ? `${key}One` : key, { n, ...values });

/** What a booth's tile says that somebody must do. */
function ofBooth(tile, now) {
  const { row, name } = tile;
  const found = [];
  const add = (kind, tone, values) => found.push({ id: `${kind}:${tile.id}`, tone, booth: tile.id, ...values });
  if (row.watcherSeenAt && !row.watcherOnline && tile.laptop.tone === "bad") {
    add("watcher", "bad", { icon: "camera", title: t("alert.watcher", { name, n: span(now - Date.parse(row.watcherSeenAt)) }), step: t(row.active ? "alert.watcherStepGuest" : "alert.watcherStep", { guest: row.active?.guestName }), href: `${at(tile.id)}/camera`, words: t("alert.toLaptop") });
  } else if (row.watcherOnline && (tile.laptop.tone === "bad" || tile.laptop.tone === "warn")) {
    const is = health(row, now, true);
    add("laptop", is.tone, { icon: "camera", title: t("alert.laptop", { name, what: is.title }), step: is.step, href: `${at(tile.id)}/camera`, words: t("alert.toLaptop") });
  }
  if (tile.bad) add("failed", "bad", { icon: "alert", title: many("alert.failed", tile.bad, { name }), step: t("alert.failedStep"), href: queue(tile, "&show=bad"), words: t("alert.toQueue") });
  if (tile.oldestMs > LATE_MS) add("late", "warn", { icon: "clock", title: t("alert.late", { name, n: span(tile.oldestMs) }), step: t("alert.lateStep"), href: queue(tile), words: t("alert.toQueue") });
  if (tile.orphans) add("tray", "warn", { icon: "tray", title: many("alert.tray", tile.orphans, { name }), step: t("alert.trayStep"), href: `${at(tile.id)}#tray`, words: t("alert.toTray") });
  if (tile.broken) add("broken", "warn", { icon: "file", title: many("alert.broken", tile.broken, { name }), step: t("alert.brokenStep"), href: `${at(tile.id)}#tray`, words: t("alert.toTray") });
  if (tile.prints.length) add("prints", "bad", { icon: "printer", title: many("alert.prints", tile.prints.length, { name }), step: t("alert.printsStep"), href: `/console/jobs/${tile.prints[0].id}`, words: t("alert.toJob") });
  return found;
}

/** Printers in trouble, each once with the booths that print on it. */
function ofPrinters(tiles, now) {
  const found = new Map();
  for (const { row, name, id } of tiles) {
    const is = printerOf(row, now);
    if (is?.tone !== "bad" && is?.tone !== "warn") continue;
    const known = found.get(row.printer);
    found.set(row.printer, { ...is, names: [...(known?.names ?? []), name], booth: known?.booth ?? id });
  }
  return [...found].map(([printer, is]) => ({ id: `printer:${printer}`, tone: is.tone, icon: "printer", title: t("alert.printer", { what: is.title, name: `${is.names.join(", ")} (${printerName(printer)})` }), step: is.step, href: at(is.booth), words: t("alert.toBooth") }));
}

/** Programs that live, and what they stand on. */
function ofHouse(programs, now) {
  const living = alive(programs, now);
  const webs = living.filter((row) => row.role === "web");
  const found = [];
  const add = (id, tone, values) => found.push({ id, tone, href: "/console/system", words: t("alert.toSystem"), ...values });
  if (webs.length && !living.some((row) => row.role === "worker")) add("workers", "bad", { icon: "chip", title: t("alert.noWorker"), step: t("alert.noWorkerStep") });
  if (webs.some((row) => row.facts.storage === false)) add("storage-away", "bad", { icon: "disk", title: t("alert.storageAway"), step: t("part.stepStorage") });
  if (webs.some((row) => row.facts.redis === false)) add("redis", "warn", { icon: "wifi-off", title: t("alert.redis"), step: t("alert.redisStep") });
  const tight = living.filter((row) => row.facts.diskFree !== null && row.facts.diskFree < TIGHT_BYTES).sort((a, b) => a.facts.diskFree - b.facts.diskFree)[0];
  if (tight) add("disk", tight.facts.diskFree < FULL_BYTES ? "bad" : "warn", { icon: "disk", title: t("alert.disk", { host: tight.host, n: gigabytes(tight.facts.diskFree) }), step: t("alert.diskStep") });
  return found;
}

/** Outside parts and lanes that do not go by themselves; their box has what may be decided. */
function ofParts(parts, lanes) {
  const loud = parts.filter((part) => part.row && (part.tone === "bad" || part.tone === "warn")).map((part) => ({ id: `part:${part.id}`, tone: part.tone, icon: part.icon, title: part.title, step: part.step, part: part.id, words: t("alert.decide") }));
  const paused = lanes.filter((lane) => lane.paused).map((lane) => ({ id: `lane:${lane.id}`, tone: "warn", icon: "stop", title: t("alert.lane", { lane: t(`lane.${lane.id}`), by: lane.pausedBy, because: lane.because }), step: t("part.stepPaused"), part: "queue", words: t("alert.decide") }));
  return [...loud, ...paused];
}

const ofEvents = (incidents, names) => incidents.filter((row) => row.kindOf === "spend" && !row.endedAt).map((row) => ({ id: `spend:${row.subject}`, tone: "bad", icon: "alert", title: t("alert.spend", { name: names[row.eventId] ?? "" }), step: t("alert.spendStep"), href: `/console/queue?event=${encodeURIComponent(row.eventId)}`, words: t("alert.toQueue") }));

const WORST = { bad: 0, warn: 1 };

/** All of it. Laptops first among equals: a person can walk there. */
export function alertsOf({ tiles, parts, lanes, programs, incidents, names }, now) {
  const house = ofHouse(programs, now);
  const told = house.some((one) => one.id === "workers") ? parts.filter((part) => !part.unheard) : parts; // with no worker, nothing is heard of any
  const all = [...tiles.flatMap((tile) => ofBooth(tile, now)), ...ofPrinters(tiles, now), ...house, ...ofParts(told, lanes), ...ofEvents(incidents, names)];
  return all.map((one, place) => ({ ...one, place })).sort((a, b) => WORST[a.tone] - WORST[b.tone] || a.place - b.place);
}
