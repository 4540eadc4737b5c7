/** The words of the page for an address that leads nowhere, in the reader's language. */

import { pageData } from "./dom.js";
import { errorText, fill, has, lang, onLang, setLang, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const { code, console: operators, needs, refused } = pageData();

/** What to do about it: look at the address, or ask whoever may. */
const hint = () => (has(`lost.needs.${needs}`) ? `lost.needs.${needs}` : refused ? "lost.refused" : "lost.hint");

function words() {
  fill(document);
  document.title = `${t(refused ? "lost.notYours" : "lost.title")} · ${t("brand")}`;
  $("lost-words").textContent = errorText({ code });
  $("lost-hint").textContent = t(hint());
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang()));
}

for (const button of document.querySelectorAll("[data-lang]")) button.addEventListener("click", () => setLang(button.dataset.lang));
$("lost-ways").hidden = !operators;
if (refused) $("lost-sign").setAttribute("href", "#i-shield");
onLang(words);
words();
