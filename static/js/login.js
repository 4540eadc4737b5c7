/** The sign-in form's manners: words in both languages, one submit at a time, the error in words. */

import { pageData } from "./dom.js";
import { errorText, fill, lang, onLang, setLang, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const { error, next, username, wait } = pageData();
const free = Date.now() + wait * 1000;
let waiting = wait > 0; // after too many wrong passwords: until when nobody gets in

const left = () => Math.max(0, Math.ceil((free - Date.now()) / 1000));

function words() {
  fill(document);
  document.title = `${t("login.title")} · ${t("brand")}`;
  $("problem").hidden = !error || (wait > 0 && !waiting);
  if (error) $("problem-words").textContent = waiting ? t("login.tooMany", { n: left() }) : errorText(error);
  tick();
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang()));
}

/** The seconds count down on the button: the sentence stands still, so that it is read out once. */
function tick() {
  if (!waiting) return;
  $("go").disabled = left() > 0;
  if (left()) $("go-words").textContent = t("login.in", { n: left() });
  else {
    waiting = false;
    words();
  }
}

for (const button of document.querySelectorAll("[data-lang]")) button.addEventListener("click", () => setLang(button.dataset.lang));
$("next").value = next;
if (username) { $("username").value = username; $("password").focus(); }
$("show").addEventListener("change", () => { $("password").type = $("show").checked ? "text" : "password"; });
$("form").addEventListener("submit", () => {
  $("password").type = "password";
  $("go").disabled = true;
  $("go-words").textContent = t("login.wait");
});
addEventListener("pageshow", () => { $("go").disabled = waiting; words(); });
onLang(words);
words();
if (waiting) setInterval(tick, 500);
