/**
 * The TV wall: pictures that may be seen, newest first, the new one large for a moment.
 *
 * The server says what may be shown; what it takes out goes at once. A screen that heard nothing for two minutes
 * shows no pictures: somebody may have taken theirs back meanwhile.
 */

import { h, pageData } from "./dom.js";
import { fill, lang, setLang, t } from "./words.js";

const page = pageData();
const BIG_MS = 7000;
const TURN_MS = 9000;
const FADE_MS = 260;
const SILENT_MS = 15_000;
const BLIND_MS = 120_000;
const WAITING = 4; // new pictures that wait to be large: in a rush the others go straight into the mosaic
/** Columns, lines: one cell is the card's, all others have a picture, so there are never holes. */
const GRIDS = [[2, 1], [3, 1], [2, 2], [3, 2], [3, 3], [4, 3], [5, 4]];
const $ = (id) => document.getElementById(id);

let names = [];
let known = null; // null until the first word: what was there before is nothing new
let turned = 0;
let over = page.event ? page.event.status !== "open" : true;
const tiles = new Map();
const fresh = [];
let showing = null;
let heard = performance.now();

const address = (name, size) => `/wall/${encodeURIComponent(page.event.slug)}/pictures/${name}/${size}`;

/** The picture, once it can be painted; null when the server gives it no more. */
async function loaded(name, size) {
  const image = h("img", { src: address(name, size), alt: t("wall.photo") });
  try { await image.decode(); return image; } catch { return null; }
}

// ---- the mosaic --------------------------------------------------------------------------------------------

const blind = () => performance.now() - heard > BLIND_MS;
const grid = () => GRIDS.findLast(([columns, lines]) => columns * lines - 1 <= names.length);

/** What stands in the cells: the newest, and in the last line by turns what came before. */
function shown(cells, columns) {
  if (names.length <= cells) return names.slice(0, cells);
  const still = Math.max(1, cells - Math.max(1, columns - 1));
  const rest = names.slice(still);
  const turning = Array.from({ length: cells - still }, (_, cell) => rest[(turned + cell) % rest.length]);
  return [...names.slice(0, still), ...turning];
}

function place(node, cell, columns) {
  node.style.setProperty("--column", cell % columns);
  node.style.setProperty("--line", Math.floor(cell / columns));
}

function leave(name) {
  const tile = tiles.get(name);
  tiles.delete(name);
  tile.classList.remove("in");
  setTimeout(() => tile.remove(), FADE_MS);
}

async function enter(name, size) {
  const tile = h("div", { class: "tile", "data-picture": name });
  tiles.set(name, tile);
  const image = await loaded(name, size);
  if (tiles.get(name) !== tile) return; // it has left meanwhile
  if (!image) { tiles.delete(name); return; }
  tile.append(image);
  $("mosaic").append(tile);
  requestAnimationFrame(() => requestAnimationFrame(() => tile.classList.add("in")));
}

function draw() {
  const size = over || blind() ? null : grid();
  const [columns, lines] = size ?? [1, 1];
  for (const node of [$("mosaic"), $("card")]) { node.style.setProperty("--columns", columns); node.style.setProperty("--lines", lines); }
  $("mosaic").classList.toggle("few", columns * lines <= 3);
  const cells = size ? shown(columns * lines - 1, columns) : [];
  for (const name of [...tiles.keys()]) if (!cells.includes(name)) leave(name);
  cells.forEach((name, cell) => {
    if (!tiles.has(name)) enter(name, columns * lines > 12 ? "thumb" : "preview");
    if (tiles.has(name)) place(tiles.get(name), cell, columns);
  });
  card(size ? columns * lines - 1 : null, columns);
}

function card(cell, columns) {
  const alone = cell === null;
  $("card").classList.toggle("alone", alone);
  if (!alone) place($("card"), cell, columns);
  $("card").hidden = false;
  const state = !page.event ? (page.others.length ? "choose" : "none") : over ? "over" : blind() ? "away" : "empty";
  $("event").textContent = page.event?.name ?? t(`wall.${state}`);
  $("lead").textContent = page.event ? t(`wall.${state}`) : "";
  $("hint").textContent = { empty: t("wall.emptyHint"), over: t("wall.overHint"), none: t("wall.noneHint") }[state] ?? "";
  $("join").hidden = !page.event || over;
}

// ---- the new one -------------------------------------------------------------------------------------------

async function next() {
  if (showing || !fresh.length) return;
  const name = showing = fresh.shift();
  const image = await loaded(name, "preview");
  if (showing !== name) return; // taken back while it was loaded
  if (!image) { showing = null; next(); return; }
  $("big-image").src = image.src;
  $("big").hidden = false;
  $("big").dataset.picture = name;
  requestAnimationFrame(() => { $("big").classList.add("in"); $("wall").classList.add("shows"); });
  setTimeout(() => { if (showing === name) end(); }, BIG_MS);
}

/** `at once`: its guest has taken the consent back; no fading out. */
function end(atOnce = false) {
  showing = null;
  $("wall").classList.remove("shows");
  $("big").classList.remove("in");
  const gone = () => { $("big").hidden = true; $("big-image").removeAttribute("src"); delete $("big").dataset.picture; };
  if (atOnce) gone(); else setTimeout(() => { if (!showing) gone(); }, FADE_MS);
  setTimeout(next, FADE_MS * 2);
}

// ---- the server's word -------------------------------------------------------------------------------------

function take(frame) {
  if (frame.type !== "wall") return;
  const may = new Set(frame.pictures);
  for (const name of [...tiles.keys()]) if (!may.has(name)) { tiles.get(name).remove(); tiles.delete(name); }
  for (let at = fresh.length - 1; at >= 0; at -= 1) if (!may.has(fresh[at])) fresh.splice(at, 1);
  if (showing && !may.has(showing)) end(true);
  const came = known ? frame.pictures.filter((name) => !known.has(name)) : [];
  names = frame.pictures;
  known = may;
  over = frame.over;
  // Only what is newer than all else is news: a consent given later brings an older picture in quietly.
  for (const name of came.filter((one) => frame.pictures.indexOf(one) < came.length).reverse()) if (fresh.length < WAITING) fresh.push(name);
  draw();
  next();
}

let tries = 0;

function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/wall/${encodeURIComponent(page.event.slug)}`);
  let last = performance.now();
  const watch = setInterval(() => { if (performance.now() - last > SILENT_MS) socket.close(); }, 1000);
  socket.onmessage = (message) => {
    const wasBlind = blind();
    heard = last = performance.now();
    tries = 0;
    document.documentElement.dataset.link = "live";
    if (wasBlind) draw();
    take(JSON.parse(message.data));
  };
  socket.onclose = () => {
    clearInterval(watch);
    document.documentElement.dataset.link = "lost";
    setTimeout(connect, Math.min(10_000, 500 * 2 ** tries) * (0.5 + Math.random()));
    tries += 1;
  };
}

if (lang() !== page.lang) setLang(page.lang); // a TV is told its language by the address
if (!page.kiosk) { // behind a certificate of ours: guests' phones cannot open it, there is nothing to scan
  $("qr").hidden = true;
  document.querySelector('[data-t="wall.scan"]').dataset.t = "wall.tablet";
}
fill(document);
$("big-image").alt = t("wall.photo");
$("title").textContent = page.event?.name ?? t("wall.title");
if (page.event) {
  if (page.kiosk) $("qr").src = `/wall/${encodeURIComponent(page.event.slug)}/kiosk.svg`;
  connect();
  setInterval(() => { turned += 1; if (!showing) draw(); }, TURN_MS);
  setInterval(() => { if (blind() && tiles.size) { end(true); draw(); } }, 1000);
}
for (const one of page.others) $("others").append(h("li", {}, h("a", { href: `/wall/${encodeURIComponent(one.slug)}` }, one.name)));
$("others").hidden = !page.others.length;
draw();
