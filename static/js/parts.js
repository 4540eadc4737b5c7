/** The parts of the system in words: for each its tone, pill, title, next step and facts. For the console's header. */

import { agoWords, health } from "./health.js";
import { makerWords } from "./job_rescue.js";
import { replaced, tone, undecided } from "./jobs.js";
import { span } from "./shots.js";
import { errorText, has, locale, t, timeOfDay } from "./words.js";

const LATE_MS = 300_000;
const ORDER = ["storage", "kie", "comfy", "local"];
const ICONS = { storage: "disk", kie: "cloud", comfy: "chip", local: "laptop" };
const LANES = ["high", "default", "bulk"];
// What our account is to blame for passes only when somebody does something.
const ACCOUNT = /_(KEY|CREDITS|FORBIDDEN|FEATURE_OFF)$/;
const ASKED = new Set(["kie", "comfy"]); // makers that a house may be without
const GONE_MS = 600_000;
const UNHEARD_MS = 60_000; // screens hear of a part that works every ten seconds
const SILENT = /(_AWAY|_SILENT|_NOT_THERE)$/; // the title says so already
const number = (value) => Math.floor(value).toLocaleString(locale());

/** What kind of thing is said of an outside part: first what a person did, then what it does itself, then its credits. */
function standing(row, now) {
  const until = row.until ? { at: timeOfDay(row.until) } : null;
  const name = makerWords(row.id);
  const said = (code, values) => t(`part.${code}${until ? "Until" : ""}`, { name, ...until, ...values });
  if (row.forced === "open") return { tone: "warn", short: t("part.off", { name }), title: said("off"), step: "part.stepOff" };
  if (row.forced === "closed") return { tone: "warn", short: t("part.on", { name }), title: said("on"), step: "part.stepOn" };
  if (row.state !== "closed") {
    const look = row.id === "storage" || ACCOUNT.test(row.because) ? "bad" : "warn";
    const title = row.state === "probing" ? t("part.trying", { name }) : said("trouble");
    return { tone: look, short: t(row.because.endsWith("_CREDITS") ? "part.noCredits" : "part.trouble", { name }), title, step: row.id === "storage" ? "part.stepStorage" : "part.stepMaker" };
  }
  if (row.checkBecause && !row.creditsLow) return { tone: "warn", short: t("part.silentShort", { name }), title: t("part.silent", { name }), step: "part.stepMaker" };
  if (row.creditsLow) {
    const empty = row.credits <= 0;
    const words = empty ? t("part.noCredits", { name }) : t("part.fewCredits", { name, n: number(row.creditsTasks) });
    return { tone: empty ? "bad" : "warn", short: words, title: words, step: "part.stepCredits" };
  }
  const unheard = row.checkedAt ? now - Date.parse(row.checkedAt) : 0;
  if (unheard > UNHEARD_MS) return { unheard: true, tone: "warn", short: t("part.unheardShort", { name }), title: t("part.unheard", { name, n: span(unheard) }), step: "part.stepUnheard" };
  return { tone: "good", short: name, title: t("part.works", { name }), step: "part.fine" };
}

function useWords(row) {
  if (row.forced) return t(row.forced === "open" ? "part.forcedOpen" : "part.forcedClosed");
  return t(`part.${row.state}`);
}

/** An outside part (a maker of styles, or storage) as its pill and its box show it. */
function outside(row, now) {
  const name = makerWords(row.id);
  const is = standing(row, now);
  const facts = [["part.breaker", useWords(row)]];
  if (row.since) facts.push(["part.since", agoWords(row.since, now)]);
  if (row.forced) facts.push(["part.why", t("part.by", { by: row.forcedBy, because: row.forcedBecause })]);
  if (row.slotsTotal) facts.push(["part.slots", t("part.slotsOf", { used: row.slotsUsed, total: row.slotsTotal })]);
  if (row.credits !== null && row.credits !== undefined) {
    facts.push(["part.credits", row.creditsTasks === null ? number(row.credits) : t("part.creditsWorth", { n: number(row.credits), tasks: number(row.creditsTasks) })]);
    facts.push(["part.creditsAt", agoWords(row.creditsAt, now)]);
  }
  if (row.checkedAt) facts.push(["part.checked", agoWords(row.checkedAt, now)]);
  const code = row.forced ? "" : row.state !== "closed" ? row.because : row.checkBecause;
  const because = code && has(`error.${code}`) && !(row.state === "closed" && SILENT.test(code)) ? `${errorText({ code })} ` : "";
  return { id: row.id, icon: ICONS[row.id] ?? "spark", name, ...is, step: because + t(is.step, { name }), facts, row };
}

/** Whether a maker is set up: workers ask each of theirs how it is, every few seconds; one whose key was taken is asked no more. */
const isThere = (row, now) => !ASKED.has(row.id) || !row.checkedAt || now - Date.parse(row.checkedAt) < GONE_MS;

/** The outside parts there are, storage first. */
export function outsideParts(all, now) {
  const rows = all.filter((row) => isThere(row, now));
  const place = (row) => (ORDER.indexOf(row.id) + ORDER.length + 1) % (ORDER.length + 1);
  return [...rows].sort((a, b) => place(a) - place(b)).map((row) => outside(row, now));
}

/** What stands in the queue of this page's scope, and what keeps it. `href` is where its page is; lanes are told to who `decides` about them, others hear of the paused ones. */
export function queuePart(jobs, lanes, now, { booth, href, decides = false }) {
  const again = replaced(jobs);
  const waiting = jobs.filter((row) => row.status === "queued" && !undecided(row));
  const inTrouble = jobs.filter((row) => tone(row, again.has(row.id)) === "bad");
  const running = jobs.filter((row) => row.status === "running").length;
  const oldest = waiting.reduce((first, row) => (first && first.createdAt <= row.createdAt ? first : row), null);
  const waited = oldest ? now - Date.parse(oldest.createdAt) : 0;
  const paused = lanes.filter((lane) => lane.paused);
  const facts = [
    ["part.counted", t(booth ? "part.here" : "part.everywhere")],
    ["part.waiting", number(waiting.length)], ["part.running", number(running)], ["part.bad", number(inTrouble.length)],
    ...(oldest ? [["part.oldest", agoWords(oldest.createdAt, now)]] : []),
    ...(decides ? lanes : paused).map((lane) => ["part.lane", lane.paused ? t("part.lanePaused", { by: lane.pausedBy, because: lane.because }) : t("part.laneGoes"), { lane: t(`lane.${lane.id}`) }]),
  ];
  const bad = inTrouble.length === 1 ? t("part.queueBadOne") : t("part.queueBad", { n: inTrouble.length });
  const lane = paused.length ? t("part.queuePaused", { lane: t(`lane.${paused[0].id}`) }) : "";
  const late = span(waited);
  const all = { id: "queue", icon: "layers", name: t("part.queue"), facts, href, lanes };
  if (waiting.some((row) => row.wait?.code === "no_worker")) return { ...all, tone: "bad", short: t("part.queueNobody"), title: t("part.queueNobody"), step: t("part.stepLate") };
  if (inTrouble.length) return { ...all, tone: "bad", short: bad, title: bad, step: t("part.stepBad") };
  if (paused.length) return { ...all, tone: "warn", short: lane, title: lane, step: t("part.stepPaused") };
  if (waited > LATE_MS) return { ...all, tone: "warn", short: t("part.queueLate", { n: late }), title: t("part.queueLateTitle", { n: late }), step: t("part.stepLate") };
  const n = waiting.length;
  return { ...all, tone: "good", short: n ? t("part.queueShort", { n }) : t("part.queue"), title: t(n || running ? "part.queueGoes" : "part.queueIdle"), step: t("part.fine") };
}

/** Lanes in the order in which they are served. */
export const laneOrder = (rows) => [...rows].sort((a, b) => LANES.indexOf(a.id) - LANES.indexOf(b.id));

const LINK = { live: ["good", "wifi", "linkLive", "fine"], stale: ["warn", "clock", "linkStale", "stepStale"], lost: ["bad", "wifi-off", "linkLost", "stepLost"], signedOut: ["bad", "out", "linkSignedOut", "stepSignedOut"], connecting: ["", "wifi", "linkConnecting", "stepStale"] };
const LINK_SHORT = { live: "now", stale: "stale", lost: "lost", signedOut: "signedOut", connecting: "connecting" };

/** How old what this page shows is. */
export function linkPart({ state, age }) {
  const [tone, icon, title, step] = LINK[state] ?? LINK.connecting;
  const facts = [["part.heard", state === "live" || age < 1 ? t("health.now") : t("part.ago", { n: span(age * 1000) })]];
  return { id: "link", icon, name: t("part.link"), tone, short: t(`live.${LINK_SHORT[state] ?? "connecting"}`, { n: age }), title: t(`part.${title}`, { n: age }), step: t(`part.${step}`), facts };
}

/** The booth's camera laptop; its facts are the caller's, `files` those of its booth that are unfinished. */
export function cameraPart(booth, now, pro, facts, href, files) {
  const is = health(booth, now, pro, files);
  return { id: "camera", icon: is.icon, name: t("part.camera"), tone: is.tone, short: is.words, title: is.title, step: is.step, facts, href, hrefWords: "health.open" };
}
