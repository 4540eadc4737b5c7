/** The guest tablet: welcome → name → WhatsApp → consent → code, then everything is wiped for the next guest. */

import { ApiError, call, deviceId, randomId } from "./api.js";
import { pageData } from "./dom.js";
import { install, watchServer } from "./kiosk_app.js";
import { forget, recall, remember } from "./kiosk_kept.js";
import { opened, twice, watchKeyboard } from "./kiosk_touch.js";
import { showTurn, stopTurn, turnLine } from "./kiosk_turn.js";
import { foreign, judge, plain, regroup } from "./phone.js";
import { errorText, fill, lang, locale, onLang, setLang, t } from "./words.js";

const IDLE_SECONDS = 45;
const NUDGE_SECONDS = 10;
const HELD_SECONDS = 120;
const RESULT_SECONDS = 60;
const STEPS = ["name", "whatsapp", "consent"];
const $ = (id) => document.getElementById(id);
const event = pageData().event;
const screens = [...document.querySelectorAll("[data-screen]")];
const original = lang();

let screen = "welcome";
let visit = null; // what was typed is in the fields; this is one guest's try: { key, sending, wait, timer }
let result = null;
let idle = 0;
let left = 0;
let refused = null; // the number the server did not take

const idleNow = () => screen === "welcome" || screen === "closed";
const renew = install(idleNow);

function show(name) {
  document.querySelector("main").classList.toggle("back-in", STEPS.indexOf(name) < STEPS.indexOf(screen) && name !== "result");
  screen = name;
  opened();
  for (const node of screens) node.hidden = node.dataset.screen !== name;
  words();
  idle = 0;
  const field = document.querySelector(`[data-screen="${name}"] input`);
  if (field) field.focus({ preventScroll: true });
  else if (name === "result") $("done").focus({ preventScroll: true });
  if (idleNow()) renew();
}

/** Everything that depends on the language, again. */
function words() {
  fill(document);
  document.title = `${t("kiosk.title")} · ${event?.name ?? t("brand")}`;
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang()));
  for (const form of document.querySelectorAll("form[data-screen]")) {
    form.querySelector(".count").textContent = t("kiosk.step", { n: STEPS.indexOf(form.dataset.screen) + 1, of: STEPS.length });
  }
  for (const id of STEPS) if ($(id).getAttribute("aria-invalid") === "true") $(`e-${id}`).textContent = errorText($(id).problem);
  if (visit?.sending) $("send-words").textContent = t("kiosk.sending");
  if (result) resultWords();
  turnLine($("result-turn"));
  troubleWords();
}

function refuse(id, error) {
  $(id).problem = error;
  $(id).setAttribute("aria-invalid", "true");
  if (id === "whatsapp") $("whatsapp-mark").hidden = true;
  $(`e-${id}`).textContent = errorText(error);
  $(id).focus({ preventScroll: true });
}

function accept(id) {
  $(id).removeAttribute("aria-invalid");
  $(`e-${id}`).textContent = "";
}

const checks = {
  name() {
    const name = $("name").value.trim();
    if (!name) return "NAME_REQUIRED";
    if (name.length > 60) return "NAME_TOO_LONG";
    return /\p{L}/u.test(name) ? null : "NAME_INVALID";
  },
  whatsapp() {
    const found = judge($("whatsapp").value);
    if (found === "good" || found === "maybe") return null;
    return found === "empty" ? "WHATSAPP_REQUIRED" : wrongNumber();
  },
  consent: () => ($("consent").checked ? null : "CONSENT_REQUIRED"),
};

const wrongNumber = () => (foreign($("whatsapp").value) ? "WHATSAPP_FOREIGN" : "WHATSAPP_INVALID");

function step(id) {
  const code = checks[id]();
  if (code) return refuse(id, new ApiError(code));
  accept(id);
  if (id === "consent") return send();
  return show(STEPS[STEPS.indexOf(id) + 1]);
}

// ---- sending: what was typed stays until the server has answered -----------------------------------------

async function send() {
  if (visit?.sending) return;
  const mine = visit ?? (visit = { key: randomId(), sending: false, failures: 0, due: 0 });
  mine.sending = true;
  clearTimeout(mine.timer);
  // Its answer may get lost with a reload: the same key again gives the same code, not a second one.
  remember({ eventId: event.id, key: mine.key, name: $("name").value, whatsapp: $("whatsapp").value, lang: lang() });
  $("send").disabled = true;
  $("trouble").hidden = true;
  words();
  try {
    const { data, headers } = await call("POST", "/sessions", {
      json: { eventId: event.id, name: $("name").value.trim(), whatsapp: $("whatsapp").value.trim(), consent: true, language: lang() },
      headers: { "X-Device-Id": deviceId(), "Idempotency-Key": mine.key },
      seconds: 10,
    });
    if (mine === visit) succeed(data, headers.get("Location"));
  } catch (error) {
    if (mine === visit) fail(mine, error);
  }
}

function rest() {
  if (visit) clearTimeout(visit.timer);
  if (visit) visit.sending = false;
  $("send").disabled = false;
  $("send-words").textContent = t("kiosk.agree");
}

function fail(mine, error) {
  rest();
  if (error.code === "EVENT_CLOSED" || error.code === "EVENT_NOT_FOUND") return closed(error.code);
  if (error.passing) {
    const seconds = error.retryAfter || Math.min(15, 2 ** mine.failures) + Math.random();
    mine.failures += 1;
    mine.error = error;
    mine.due = Date.now() + seconds * 1000;
    mine.timer = setTimeout(send, seconds * 1000);
    return troubleWords();
  }
  visit = null;
  forget();
  const field = STEPS.includes(error.facts.field) ? error.facts.field : error.code.startsWith("NAME") ? "name" : error.code.startsWith("WHATSAPP") ? "whatsapp" : "consent";
  show(field);
  if (field !== "whatsapp") return refuse(field, error);
  refused = plain($("whatsapp").value);
  return refuse(field, error.code === "WHATSAPP_INVALID" ? new ApiError(wrongNumber()) : error);
}

function troubleWords() {
  const waiting = Boolean(visit && !visit.sending && visit.due);
  $("trouble").hidden = !waiting;
  $("trouble").parentElement.toggleAttribute("data-waits", waiting); // what was agreed to makes room
  if (!waiting) return;
  const cut = visit.error.status === 0;
  $("trouble-words").textContent = cut ? t("kiosk.offline") : errorText(visit.error);
  $("trouble-when").textContent = t("kiosk.retryIn", { n: Math.max(0, Math.ceil((visit.due - Date.now()) / 1000)) });
}

function succeed(data, page) {
  const sent = visit;
  rest();
  result = { ...data, name: $("name").value.trim() };
  const path = page ? new URL(page, location.origin).pathname : null;
  $("result-qr").hidden = !path;
  if (path) $("result-qr").src = `${path}/qr.svg`;
  remember({ eventId: event.id, key: sent.key, name: $("name").value, whatsapp: $("whatsapp").value, lang: lang(), shownUntil: sent.shownUntil ?? Date.now() + RESULT_SECONDS * 1000 });
  left = sent.shownUntil ? Math.max(5, Math.round((sent.shownUntil - Date.now()) / 1000)) : RESULT_SECONDS;
  wipeFields();
  show("result");
  showTurn(path, $("result-turn"));
}

/** A reload in the middle: a try that was sent is sent again as it was. What was only typed is gone. */
function resume(kept) {
  setLang(kept.lang);
  $("name").value = kept.name;
  $("whatsapp").value = kept.whatsapp;
  $("consent").checked = true;
  visit = { key: kept.key, shownUntil: kept.shownUntil, sending: false, failures: 0, due: 0 };
  show("consent");
  send();
}

function resultWords() {
  $("result-hello").textContent = t("kiosk.hello", { name: result.name.split(/\s+/)[0] });
  $("result-code").textContent = result.code;
  $("result-qr").alt = `QR ${result.code}`;
  const until = new Date(result.expiresAt);
  $("result-until").textContent = Number.isNaN(until.getTime()) ? "" : t("kiosk.until", { time: until.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" }) });
  $("result-reset").textContent = t("kiosk.resetIn", { n: left });
  $("ring-n").textContent = String(left);
  $("ring").style.strokeDashoffset = String(100 - (left / RESULT_SECONDS) * 100);
}

// ---- wiping ----------------------------------------------------------------------------------------------

function wipeFields() {
  for (const id of STEPS) accept(id);
  $("name").value = "";
  $("whatsapp").value = "";
  $("consent").checked = false;
  refused = null;
  $("whatsapp-mark").hidden = true;
}

function reset() {
  rest();
  forget();
  stopTurn($("result-turn"));
  visit = null;
  result = null;
  wipeFields();
  $("result-code").textContent = "";
  $("result-hello").textContent = "";
  $("result-qr").removeAttribute("src");
  $("nudge").hidden = true;
  setLang(original);
  show(event && event.status === "open" ? "welcome" : "closed");
}

function closed(code) {
  wipeFields();
  forget();
  visit = null;
  show("closed");
  $("closed-title").textContent = t(code === "EVENT_NOT_FOUND" || !event ? "kiosk.noEvent" : "kiosk.closed");
}

function everySecond() {
  if (screen === "result") {
    left -= 1;
    return left <= 0 ? reset() : resultWords();
  }
  if (!STEPS.includes(screen)) return undefined;
  troubleWords();
  if (visit?.sending) return undefined;
  idle += 1;
  const limit = visit?.due ? HELD_SECONDS : IDLE_SECONDS;
  $("nudge").hidden = idle < limit - NUDGE_SECONDS;
  if (!$("nudge").hidden) $("nudge-words").textContent = t("kiosk.resetIn", { n: Math.max(0, limit - idle) });
  return idle >= limit ? reset() : undefined;
}

function typed() {
  const field = $("whatsapp");
  regroup(field);
  $("whatsapp-mark").hidden = judge(field.value) !== "good" || plain(field.value) === refused;
  if (judge(field.value) === "wrong") {
    field.problem = new ApiError(wrongNumber());
    field.setAttribute("aria-invalid", "true");
    $("e-whatsapp").textContent = errorText(field.problem);
  } else accept("whatsapp");
}

for (const form of document.querySelectorAll("form[data-screen]")) {
  form.addEventListener("submit", (submit) => { submit.preventDefault(); if (!twice()) step(form.dataset.screen); });
  form.querySelector(".back").addEventListener("click", () => {
    if (visit && !visit.sending) { clearTimeout(visit.timer); visit = null; forget(); }
    if (!visit) show(["welcome", ...STEPS][STEPS.indexOf(form.dataset.screen)]);
  });
}
for (const button of document.querySelectorAll("[data-lang]")) {
  button.addEventListener("click", () => {
    setLang(button.dataset.lang);
    document.querySelector(`[data-screen="${screen}"] input`)?.focus({ preventScroll: true });
  });
}
for (const kind of ["pointerdown", "keydown", "input"]) {
  document.addEventListener(kind, () => { idle = 0; $("nudge").hidden = true; });
}
$("start").addEventListener("click", () => show("name"));
$("stay").addEventListener("click", () => { idle = 0; $("nudge").hidden = true; });
$("done").addEventListener("click", reset);
$("retry-now").addEventListener("click", send);
$("name").addEventListener("input", () => accept("name"));
$("whatsapp").addEventListener("input", typed);
$("consent").addEventListener("change", () => accept("consent"));
$("consent").addEventListener("keydown", (key) => { if (key.key === "Enter") { key.preventDefault(); $("consent").checked = true; step("consent"); } });
document.addEventListener("keydown", (key) => { if (screen === "welcome" && !$("start").disabled && key.key === "Enter" && key.target === document.body) show("name"); });
addEventListener("online", () => { if (visit?.due && !visit.sending) send(); });
addEventListener("pageshow", (shown) => { if (shown.persisted) reset(); });
onLang(words);

/** The first screen tells whether signing up is possible now; nobody types a name into a dead tablet. */
function connected(there, status) {
  $("away").hidden = there;
  $("start-hint").hidden = !there;
  $("start").disabled = !there;
  if (event && there && status !== event.status) location.reload(); // opened or closed meanwhile
}

$("event-name").textContent = event?.name ?? t("brand");
watchKeyboard();
const kept = event && event.status === "open" ? recall(event.id) : null;
if (kept) resume(kept);
else if (event && event.status === "open") show("welcome");
else closed(event ? "EVENT_CLOSED" : "EVENT_NOT_FOUND");
watchServer(location.pathname.replace(/\/$/, ""), idleNow, connected);
setInterval(everySecond, 1000);
