/** Pictures on paper: what a booth's printer is just now, how far a print is, and the dialog that asks for one. */

import { ApiError, call, randomId } from "./api.js";
import { h, icon } from "./dom.js";
import { agoWords } from "./health.js";
import { toast } from "./toast.js";
import { errorText, has, t, timeOfDay } from "./words.js";

const COPIES = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const OLD_MS = 60_000;
const SOON = /_LOW$/;
const OPEN = new Set(["requested", "sending", "printing"]);
const TONES = { requested: "wait", sending: "run", printing: "run", printed: "done", failed: "bad", unknown: "bad", canceled: "off" };

/** The short name of a printer: its queue, or the machine of its address. */
export const printerName = (printer) => (printer.includes("://") ? new URL(printer.replace(/^ipps?:/, "http:")).hostname : printer);

const said = (code) => (has(`error.${code}`) ? errorText({ code }) : "");
const named = (code, fallback) => t(has(`print.is.${code}`) ? `print.is.${code}` : fallback);

/** `{tone, short, title, step}` of a booth's printer; null where the booth does not print. */
export function printerOf(booth, now) {
  if (!booth?.printer) return null;
  const is = booth.printerState;
  const old = is && now - Date.parse(is.checkedAt) > OLD_MS;
  if (!is || old) return { tone: "", short: t("print.notKnown"), title: t(old ? "print.oldNews" : "print.notAsked", { n: old ? agoWords(is.checkedAt, now) : "" }), step: t("print.stepNotKnown") };
  if (is.state === "away" || is.state === "trouble") return { tone: "bad", short: named(is.because, "print.trouble"), title: named(is.because, "print.trouble"), step: said(is.because) || t("print.stepTrouble") };
  if (SOON.test(is.because)) return { tone: "warn", short: named(is.because, "print.trouble"), title: named(is.because, "print.trouble"), step: said(is.because) };
  return { tone: "good", short: t("part.printer"), title: t(is.state === "busy" ? "print.busy" : "print.ready"), step: t("part.fine") };
}

/** The booth's printer as a part of the header; also that there is none. */
export function printerPart(booth, jobs, now) {
  const is = printerOf(booth, now);
  const all = { id: "printer", icon: "printer", name: t("part.printer") };
  if (!is) return { ...all, tone: "", short: t("part.printerNone"), title: t("part.printerNone"), step: t("part.printerStep"), facts: [] };
  const own = jobs.filter((row) => row.boothId === booth.boothId && row.printing);
  const facts = [["print.which", printerName(booth.printer)], ["print.waits", String(own.filter((row) => OPEN.has(row.printing.status)).length)]];
  if (booth.printerState) facts.push(["part.checked", agoWords(booth.printerState.checkedAt, now)]);
  return { ...all, ...is, facts };
}

/** Whether this picture can be printed at this booth: then there is a button for it. */
export const printable = (row, booth) => Boolean(booth?.printer) && row.status === "succeeded" && row.hasOutput;

/** How far one print is: `{tone, words, why}`; a printer in trouble says why its prints wait. */
export function printWords(one, booth, now) {
  const is = booth ? printerOf(booth, now) : null;
  const stuck = OPEN.has(one.status) && is?.tone === "bad" ? is.title : "";
  const n = one.copies > 1 ? t("print.copies", { n: one.copies }) : "";
  const because = one.because ? named(one.because, "print.trouble") : "";
  const why = one.status === "failed" || one.status === "unknown" ? said(one.because) || because : stuck || (OPEN.has(one.status) ? because : "");
  return { tone: stuck ? "bad" : TONES[one.status] ?? "", words: [t(`print.status.${one.status}`), n].filter(Boolean).join(" · "), why };
}

/** What a card says of its job's prints; null where there is nothing to say. */
export function markWords(row, booth, now) {
  const one = row.printing;
  if (!one) return null;
  if (one.status === "unknown") return { ...printWords(one, booth, now), why: "" };
  if (one.status !== "printed" && one.status !== "canceled") return printWords(one, booth, now);
  return one.copiesPrinted ? { tone: "done", words: t(one.copiesPrinted === 1 ? "print.out" : "print.outMany", { n: one.copiesPrinted }), why: "" } : null;
}

let open = null;

/** Asks how many, and prints. The request has one key for as long as the dialog is there: pressed twice prints once. */
export function printDialog(row, booth, now = Date.now()) {
  if (open || !printable(row, booth)) return;
  const key = randomId();
  let copies = 1;
  let busy = false;
  const is = printerOf(booth, now);
  const chips = COPIES.map((n) => h("button", { type: "button", "aria-pressed": String(n === 1), "data-copies": n, onclick: () => choose(n) }, String(n)));
  const problem = h("p", { class: "problem", role: "alert" });
  const go = h("button", { type: "submit", class: "btn main big" }, icon("printer"), h("span", {}, t("print.do")));
  const close = () => dialog.close();
  const out = row.printing?.copiesPrinted ?? 0;
  const notes = [
    out ? h("p", { class: "dim" }, t(out === 1 ? "print.outBefore" : "print.outBeforeMany", { n: out })) : null,
    row.printing && OPEN.has(row.printing.status) ? h("p", { class: "note warn" }, icon("alert"), h("span", {}, t("print.openBefore"))) : null,
    is.tone === "bad" ? h("p", { class: "note bad" }, icon("alert"), h("span", {}, `${is.title}. ${t("print.waitsFor")}`)) : null,
  ];
  const dialog = h("dialog", { class: "pb-dialog pb printbox", "aria-labelledby": "print-title" }, h("form", { class: "inner", novalidate: true },
    h("header", {}, h("h2", { id: "print-title", class: "cut" }, t("print.title", { name: row.guestName })), h("button", { type: "button", class: "btn plain square", "aria-label": t("close"), onclick: close }, icon("x"))),
    h("div", { class: "segment copies", role: "group", "aria-label": t("print.howMany") }, chips), ...notes, problem, go));
  function choose(n) {
    copies = n;
    chips.forEach((chip, at) => chip.setAttribute("aria-pressed", String(at + 1 === n)));
  }
  async function send(event) {
    event.preventDefault();
    if (busy) return;
    busy = true;
    go.setAttribute("aria-disabled", "true");
    try {
      await call("POST", `/jobs/${encodeURIComponent(row.id)}/prints`, { json: { copies, boothId: booth.boothId }, headers: { "Idempotency-Key": key } });
      toast(t("print.asked", { name: row.guestName }));
      close();
    } catch (error) {
      problem.textContent = errorText(error instanceof ApiError ? error : { code: "UNKNOWN" });
      go.removeAttribute("aria-disabled");
      busy = false;
    }
  }
  dialog.firstChild.addEventListener("submit", send);
  dialog.addEventListener("keydown", (event) => { if (/^[1-9]$/.test(event.key)) { event.preventDefault(); choose(Number(event.key)); } });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) close(); });
  dialog.addEventListener("close", () => { open = null; dialog.remove(); });
  open = dialog;
  document.body.append(dialog);
  dialog.showModal();
  go.focus();
}

/** A person says what became of a print. Answers whether it was taken. */
export async function settle(one, outcome) {
  try {
    await call("POST", `/jobs/${encodeURIComponent(one.jobId)}/prints/${encodeURIComponent(one.id)}/settle`, { json: { outcome } });
    return true;
  } catch (error) {
    toast(errorText(error), { bad: true });
    return false;
  }
}

export const isOpen = (one) => OPEN.has(one.status);
export const when = (one) => timeOfDay(one.printedAt ?? one.createdAt);
