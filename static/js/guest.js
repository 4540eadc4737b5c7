/** The guest's page: code and QR while waiting, live steps, then the pictures large; it renews itself. */

import { call } from "./api.js";
import { h, icon, pageData } from "./dom.js";
import "./fresh_pictures.js";
import { compare } from "./guest_compare.js";
import { openData, receiptCard } from "./guest_data.js";
import { styles } from "./guest_styles.js";
import { sayTurn } from "./turn.js";
import { errorText, has, lang, lines, locale, onLang, setLang, t } from "./words.js";

const page = pageData();
const $ = (id) => document.getElementById(id);
const token = location.pathname.split("/")[2];
const here = `/r/${token}`;
const OVER = ["expired", "revoked", "missing", "erased"];
let guest = { code: page.code, name: page.name, state: page.state };
let receipt = page.receipt ?? null;
let jobs = new Map();
let stylesLeft = 0;
let wait = null; // { ahead, seconds }: what the event's last half hour says of this guest's turn
let chosen = null; // the picture looked at; null: the newest
let connected = false;
let told = false; // whether the server has said what there is of this guest: until then nobody knows whose turn it is
let drawn = "";

const first = () => (guest.name ?? "").split(/\s+/)[0];
// The server sends them newest first; nothing here relies on it.
const newestFirst = () => [...jobs.values()].sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.id < b.id ? 1 : -1));
const ready = () => newestFirst().filter((job) => job.hasOutput);
const open = () => newestFirst().filter((job) => !job.hasOutput && (job.status === "queued" || job.status === "running"));
const failed = () => newestFirst().filter((job) => !job.hasOutput && job.status === "failed");

function heading(title, lead) {
  return h("div", {}, h("h1", {}, title), lead ? h("p", { class: "lead" }, lead) : null);
}

function ticket(small) {
  return h("section", { class: "ticket" },
    h("p", { class: "code" }, guest.code ?? ""),
    h("img", { class: small ? "qr small" : "qr", src: `${here}/qr.svg`, alt: `QR ${guest.code ?? ""}`, width: "320", height: "320" }));
}

function steps(job) {
  const stages = lines[job.line ?? "photo"] ?? [];
  const at = job.stage ? stages.findIndex((stage) => stage.name === job.stage) : -1;
  const rows = stages.map((stage, index) => {
    const state = index < at ? "done" : index === at ? "now" : "later";
    return h("li", { class: state, "aria-current": state === "now" ? "step" : null },
      icon(state === "done" ? "check-circle" : state === "now" ? "spark" : "clock"),
      h("span", {}, t(`stage.${stage.name}`)),
      state === "now" ? h("span", { "data-percent": "" }, `${job.percent}%`) : null);
  });
  const bar = h("i", {});
  bar.style.transform = `scaleX(${job.percent / 100})`;
  return h("section", { class: "steps" }, h("ol", {}, rows), h("div", { class: "track" }, bar));
}

const styleOf = (job) => (page.styles ?? []).find((one) => one.style === job.styleId || one.id === job.styleName || one.en === job.styleName);

function picture(job) {
  const style = styleOf(job);
  const alt = style ? t("guest.pictureOf", { name: guest.name, style: style[lang()] }) : t("guest.title", { name: guest.name });
  if (!job.compares) return h("figure", { class: "photo" }, h("img", { class: "after", src: `${here}/jobs/${job.id}/preview`, alt }));
  return [compare(job, `${here}/jobs/${job.id}`, alt), h("p", { class: "tip" }, icon("left"), icon("right"), t("guest.compare"))];
}

function gallery(list, current) {
  if (list.length < 2) return null;
  return h("div", { class: "thumbs", role: "group" }, list.map((job, index) =>
    h("button", { type: "button", "aria-pressed": String(job.id === current.id), "aria-label": t("guest.photoOf", { n: index + 1, of: list.length }),
      onclick: () => { chosen = job.id; draw(); } }, h("img", { src: `${here}/jobs/${job.id}/preview`, alt: "" }))));
}

function deeds(job) {
  const words = t("guest.shareText", { event: page.eventName, url: page.shareUrl ?? `${location.origin}${here}` });
  return h("div", { class: "deeds" },
    h("a", { class: "btn main big", href: `${here}/jobs/${job.id}/download`, download: "" }, icon("download"), t("guest.download")),
    h("a", { class: "btn big", href: `https://wa.me/?text=${encodeURIComponent(words)}`, target: "_blank", rel: "noopener noreferrer" }, icon("share"), t("guest.share")),
    page.opensAnywhere === false ? h("p", { class: "tip" }, icon("wifi"), h("span", {}, t("guest.venueOnly"))) : null);
}

function more(job) {
  const taken = new Set([...jobs.values()].filter((one) => one.status !== "failed").map((one) => one.styleId));
  return styles({ token, job, left: stylesLeft, offered: page.styles ?? [], taken, redraw });
}

const myData = () => h("button", { type: "button", class: "btn plain mine", onclick: () => openData(token, erased) }, icon("shield"), t("guest.data"));

/** The booth that the team asked this guest to go to, until they are photographed. */
const sentTo = () => (guest.state === "registered" ? guest.sentTo ?? null : null);

function turn() {
  const line = h("p", { class: "turn", role: "status" }, icon("clock"), h("span", {}));
  sayTurn(line, wait, sentTo());
  return line;
}

// ---- erased: the receipt, also when this page is opened again ---------------------------------------------

function erased(told) {
  receipt = told;
  guest = { state: "erased", name: "", code: "" };
  page.name = page.code = page.shareUrl = "";
  document.getElementById("pb-page").textContent = "{}";
  jobs.clear();
  draw();
  followReceipt();
}

async function followReceipt() {
  while (!receipt?.doneAt) {
    if (receipt) await new Promise((done) => setTimeout(done, 3000));
    try { receipt = (await call("GET", `/guest/${token}/erasure`)).data; draw(); } catch { await new Promise((done) => setTimeout(done, 3000)); }
  }
}

// ---- closed: it was perhaps the wrong one that was closed, and is opened again ----------------------------

const LOOKS = 60;
const LOOK_MS = 10000;

async function lookAgain() {
  if (document.hidden) return;
  const answer = await fetch(here, { cache: "no-store", signal: AbortSignal.timeout(LOOK_MS) }).catch(() => null);
  if (answer?.ok) location.reload();
}

function awaitReopening() {
  let left = LOOKS;
  const timer = setInterval(() => (left-- > 0 ? lookAgain() : clearInterval(timer)), LOOK_MS);
  document.addEventListener("visibilitychange", lookAgain);
}

function ended(name, glyph) {
  return [h("section", { class: "end" }, icon(glyph), h("h1", {}, t(`guest.${name}`)), h("p", { class: "lead" }, t(`guest.${name}Hint`)))];
}

function content() {
  if (guest.state === "expired") return ended("expired", "clock");
  if (guest.state === "revoked") return ended("revoked", "stop");
  if (guest.state === "missing") return ended("missing", "search");
  if (guest.state === "erased") return [heading(t("guest.erased"), t("guest.erasedHint")), receipt ? receiptCard(receipt) : null];
  const done = ready();
  const making = open();
  if (done.length) {
    const current = done.find((job) => job.id === chosen) ?? done[0];
    return [
      heading(done.length > 1 ? t("guest.readyMore", { n: done.length }) : t("guest.ready"), making.length ? t("guest.another") : null),
      picture(current), gallery(done, current), deeds(current), making.length ? [steps(making.at(-1)), turn()] : null, more(current),
      page.until ? h("p", { class: "until" }, t("guest.until", { date: new Date(page.until).toLocaleDateString(locale(), { day: "numeric", month: "long", year: "numeric" }) })) : null, myData(),
    ];
  }
  if (making.length) return [heading(t("guest.making"), t("guest.makingHint")), steps(making.at(-1)), turn(), ticket(true), myData()];
  const bad = failed();
  if (bad.length) {
    const why = bad[0].errorCode;
    return [heading(t("guest.failed"), t("guest.failedHint")), why && has(`error.${why}`) ? h("p", { class: "note warn" }, icon("alert"), h("span", {}, errorText({ code: why }))) : null, ticket(false), myData()];
  }
  if (guest.state === "active") return [heading(t("guest.now", { name: first() }), t("guest.nowHint")), ticket(false), h("p", { class: "lead" }, t("guest.waitingHint")), myData()];
  if (!told) return [heading(t("guest.hello", { name: first() })), ticket(false), myData()];
  return [heading(t("guest.hello", { name: first() }), t("guest.waiting")), ticket(false), turn(), h("p", { class: "lead" }, t("guest.waitingHint")), myData()];
}

/** Builds the page anew; the strips of pictures and of styles stay where the guest has scrolled them and keep the focus. */
function redraw() {
  const looks = document.querySelector(".looks");
  const pushed = looks?.scrollLeft ?? 0;
  const choosing = Boolean(looks?.contains(document.activeElement));
  const strip = document.querySelector(".thumbs");
  const scrolled = strip?.scrollLeft ?? 0;
  const focused = Boolean(strip?.contains(document.activeElement));
  $("main").replaceChildren(...content().flat(2).filter(Boolean));
  const nextLooks = document.querySelector(".looks");
  if (nextLooks) nextLooks.scrollLeft = pushed;
  if (choosing) nextLooks?.querySelector('[aria-pressed="true"]')?.focus({ preventScroll: true });
  const next = document.querySelector(".thumbs");
  if (!next) return;
  next.scrollLeft = chosen ? scrolled : 0;
  if (focused) next.querySelector('[aria-pressed="true"]')?.focus({ preventScroll: true });
}

/** Draws anew only when what is to be seen has another shape; progress alone moves the bar. */
function draw() {
  document.title = guest.name ? t("guest.title", { name: first() }) : page.eventName || t(`guest.${guest.state}`);
  $("event").textContent = page.eventName ?? "";
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang()));
  const shape = JSON.stringify([lang(), told, chosen, guest, receipt, stylesLeft, [...jobs.values()].map((job) => [job.id, job.status, job.stage, job.hasOutput])]);
  if (shape !== drawn) redraw();
  drawn = shape;
  const moving = open().at(-1);
  const bar = document.querySelector(".track i");
  if (moving && bar) bar.style.transform = `scaleX(${moving.percent / 100})`;
  const percent = document.querySelector("[data-percent]");
  if (moving && percent) percent.textContent = `${moving.percent}%`;
  for (const line of document.querySelectorAll(".turn")) sayTurn(line, wait, sentTo());
  $("link").replaceChildren(...(OVER.includes(guest.state) ? [] : [icon(connected ? "wifi" : "wifi-off"), t(connected ? "guest.live" : "guest.lost")]));
}

function take(frame) {
  if (frame.jobs) told = true;
  if (frame.wait !== undefined) wait = frame.wait;
  if (frame.stylesLeft !== undefined) stylesLeft = frame.stylesLeft;
  if (frame.type === "over" && frame.code === "LINK_ERASED" && guest.state !== "erased") return erased(null);
  if (frame.type === "over") guest = { ...guest, state: { LINK_REVOKED: "revoked", LINK_UNKNOWN: "missing", LINK_ERASED: "erased" }[frame.code] ?? "expired" };
  if (frame.guest) guest = { ...guest, ...frame.guest };
  if (!frame.jobs) return;
  const next = new Map();
  for (const job of frame.jobs) {
    const known = jobs.get(job.id);
    next.set(job.id, known && known.revision > job.revision ? known : job);
  }
  if (![...jobs.values()].some((job) => job.hasOutput && !next.has(job.id)) && ready().length < [...next.values()].filter((job) => job.hasOutput).length) chosen = null;
  jobs = next;
}

function connect(tries = 0) {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/guest/${token}`);
  let heard = Date.now();
  const watch = setInterval(() => { if (Date.now() - heard > 15000) socket.close(); }, 3000);
  socket.onopen = () => { connected = true; draw(); };
  socket.onmessage = (message) => { heard = Date.now(); tries = 0; take(JSON.parse(message.data)); draw(); };
  socket.onclose = (close) => {
    clearInterval(watch);
    connected = false;
    if (close.code === 4403 || close.code === 4404) guest = { ...guest, state: "missing" };
    if (close.code === 4410 && !OVER.includes(guest.state)) guest = { ...guest, state: "expired" };
    draw();
    if (guest.state === "revoked") return awaitReopening();
    if (close.code >= 4400 && close.code !== 4408) return;
    setTimeout(() => connect(tries + 1), Math.min(10000, 500 * 2 ** tries) * (0.5 + Math.random()));
  };
}

for (const button of document.querySelectorAll("[data-lang]")) button.addEventListener("click", () => setLang(button.dataset.lang));
onLang(draw);
draw();
if (!OVER.includes(guest.state)) connect();
else if (guest.state === "erased") followReceipt();
else if (guest.state === "revoked") awaitReopening();
