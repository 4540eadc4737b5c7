/** The page's words in both languages (a JSON data block) and the reader's choice, switchable at any time. */

const block = JSON.parse(document.getElementById("pb-words").textContent);
const listeners = new Set();
let current = /(?:^|; )lang=(id|en)/.exec(document.cookie)?.[1] ?? (document.documentElement.lang.startsWith("en") ? "en" : "id");

export const lines = block.lines;
export const lang = () => current;
export const locale = () => (current === "en" ? "en-GB" : "id-ID");
export const has = (key) => key in block.words;

const PLACES = /\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g;

/** The words for a key, with `{name}` places filled, `{n:photo|photos}` by whether n is 1; the key where there are none. */
export function t(key, values = {}) {
  const pair = block.words[key];
  if (!pair) return key;
  return pair[current === "en" ? 1 : 0].replace(PLACES, (all, name, one, many) => {
    if (!(name in values)) return all;
    return one === undefined ? String(values[name]) : Number(values[name]) === 1 ? one : many;
  });
}

/** Chooses the language for this browser: every listener is told, the server reads the cookie next time. */
export function setLang(next) {
  if (next !== "id" && next !== "en") return;
  current = next;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `lang=${next}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  document.documentElement.lang = next;
  for (const listener of listeners) listener(next);
}

/** Calls `listener(lang)` at each switch; returns how to stop. */
export function onLang(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The sentence for an error `{code, message, …facts}`: ours by code, else the server's own. */
export function errorText(error) {
  if (!error) return "";
  const key = `error.${error.code}`;
  if (has(key)) return t(key, error);
  return (current === "en" && error.message) || t("error.UNKNOWN");
}

const clocks = {};

/** A time of day to the second. The formatter is kept: making one costs more than drawing a row. */
export function timeOfDay(when) {
  clocks[locale()] ??= new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return clocks[locale()].format(new Date(when));
}

/** Fills `data-t` (text) and `data-t-…` (attributes) below `root`; call again after a switch. */
export function fill(root) {
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-t-placeholder]")) node.placeholder = t(node.dataset.tPlaceholder);
  for (const node of root.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
}

/** For Vue components: `t`, `errorText` and a `lang` that re-renders them at a switch. */
export const worded = {
  data: () => ({ lang: current }),
  created() { this.stopLang = onLang((next) => { this.lang = next; }); },
  unmounted() { this.stopLang(); },
  methods: {
    t(key, values) { void this.lang; return t(key, values); },
    errorText(error) { void this.lang; return errorText(error); },
  },
};
