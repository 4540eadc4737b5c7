/** The server is away: says so in words, how many photos wait here, and opens what was asked for once it is back. */

import { drafts } from "./drafts.js";
import { fill, lang, onLang, setLang, t } from "./words.js";

const ASK_MS = 3000;
const ANSWER_MS = 4000;
const $ = (id) => document.getElementById(id);
let kept = 0;

function words() {
  fill(document);
  document.title = `${t("away.title")} · ${t("brand")}`;
  $("kept").hidden = !kept;
  $("kept-words").textContent = t("away.kept", { n: kept });
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang()));
}

/** What was asked for; this page's own address is nobody's wish. */
const open = () => (location.pathname === "/console/away" ? location.replace("/console") : location.reload());

/** Opens the page again as soon as the server says it is ready. */
async function ask() {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), ANSWER_MS);
  try {
    const answer = await fetch("/health/ready", { cache: "no-store", signal: stop.signal });
    if (answer.ok) { open(); return; }
  } catch { /* away still */ }
  clearTimeout(late);
  setTimeout(ask, ASK_MS);
}

for (const button of document.querySelectorAll("[data-lang]")) button.addEventListener("click", () => setLang(button.dataset.lang));
$("again").addEventListener("click", open);
onLang(words);
words();
drafts().then((all) => { kept = all.length; words(); });
setTimeout(ask, ASK_MS); // not at once: whatever keeps the page away, it is asked for calmly
