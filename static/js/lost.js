/** The words of the page for an address that leads nowhere, in the reader's language. */

import { pageData } from "./dom.js";
import { errorText, fill, lang, onLang, setLang, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const { code, console: operators } = pageData();

function words() {
  fill(document);
  document.title = `${t("lost.title")} · ${t("brand")}`;
  $("lost-words").textContent = errorText({ code });
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang()));
}

for (const button of document.querySelectorAll("[data-lang]")) button.addEventListener("click", () => setLang(button.dataset.lang));
$("lost-ways").hidden = !operators;
onLang(words);
words();
