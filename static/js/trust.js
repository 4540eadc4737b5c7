/** The page on which the team's devices learn to trust this server: are we trusted already, else the steps. */

import { h, icon, pageData } from "./dom.js";
import { fill, lang, onLang, setLang, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const { base, to, address, shown, fingerprint } = pageData();
const DEVICES = ["android", "ipad", "windows", "mac"];
const AGAIN_MS = 4000;
let device = guess();
let state = "checking";

/** An iPad says that it is a Mac; no Mac has a touch screen. */
function guess() {
  const agent = navigator.userAgent;
  if (/android/i.test(agent)) return "android";
  if (/iphone|ipad/i.test(agent) || (/mac/i.test(agent) && navigator.maxTouchPoints > 1)) return "ipad";
  return /mac/i.test(agent) ? "mac" : /windows/i.test(agent) ? "windows" : "android";
}

/** Asks the secure door; a browser that does not trust its certificate gets no answer. */
async function ask() {
  let trusted = false;
  try {
    await fetch(`${base}/trust/here`, { mode: "no-cors", cache: "no-store", signal: AbortSignal.timeout(5000) });
    trusted = true;
  } catch { /* not trusted yet, or not there */ }
  say(trusted ? (to ? "going" : "already") : "notYet");
  if (trusted && to) location.replace(base + to);
  else if (!trusted) setTimeout(ask, AGAIN_MS);
}

function say(next) {
  if (state === next) return;
  state = next;
  words();
}

const name = (what) => `trust.${what}${device[0].toUpperCase()}${device.slice(1)}`;

function step(title, hint, ...actions) {
  return h("li", {}, h("div", {}, h("b", {}, t(title)), h("p", { class: "dim" }, t(hint)), actions.length ? h("div", { class: "ways" }, actions) : null));
}

function drawn() {
  const ready = state === "already" || state === "going";
  const way = (label, path, main) => h("a", { class: main ? "btn big main" : "btn big", href: base + path }, t(label));
  return [
    step("trust.download", name("download"), h("a", { class: ready ? "btn big" : "btn big main", href: "/trust/photobot-ca.crt" }, icon("download"), t("trust.download"))),
    step("trust.install", name("install")),
    step("trust.open", "trust.openHint", ...(to ? [way("trust.openWanted", to, ready)] : [way("trust.openPage", "/console", ready), way("trust.openKiosk", "/kiosk", false)])),
  ];
}

function words() {
  fill(document);
  document.title = `${t("trust.title")} · ${t("brand")}`;
  const tone = { already: "good", going: "good", notYet: "warn" }[state] ?? "";
  $("state").className = `note ${tone}`;
  $("state").querySelector("use").setAttribute("href", `#i-${tone === "good" ? "check-circle" : tone === "warn" ? "shield" : "clock"}`);
  $("state-words").textContent = t(`trust.${state}`);
  $("qr").alt = t("trust.qr");
  $("devices").replaceChildren(...DEVICES.map((one) => h("button", { type: "button", "aria-pressed": String(one === device), onclick: () => { device = one; words(); $("devices").querySelector('[aria-pressed="true"]').focus(); } }, t(`trust.${one}`))));
  $("steps").replaceChildren(...drawn());
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang()));
}

for (const button of document.querySelectorAll("[data-lang]")) button.addEventListener("click", () => setLang(button.dataset.lang));
$("fingerprint").append(...fingerprint.match(/[^:]+:?/g).flatMap((byte) => [byte, document.createElement("wbr")]));
$("address").textContent = shown;
$("address").title = address;
onLang(words);
words();
ask();
