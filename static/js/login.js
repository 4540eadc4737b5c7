/** The sign-in form's manners: words in both languages, one submit at a time, the error in words. */

import { pageData } from "./dom.js";
import { errorText, fill, lang, onLang, setLang, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const { error, next, username } = pageData();

function words() {
  fill(document);
  document.title = `${t("login.title")} · ${t("brand")}`;
  $("problem").hidden = !error;
  if (error) $("problem-words").textContent = errorText(error);
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang()));
}

for (const button of document.querySelectorAll("[data-lang]")) button.addEventListener("click", () => setLang(button.dataset.lang));
$("next").value = next;
if (username) { $("username").value = username; $("password").focus(); }
$("show").addEventListener("change", () => { $("password").type = $("show").checked ? "text" : "password"; });
$("form").addEventListener("submit", () => {
  $("password").type = "password";
  $("go").disabled = true;
  $("go").textContent = t("login.wait");
});
addEventListener("pageshow", () => { $("go").disabled = false; });
onLang(words);
words();
