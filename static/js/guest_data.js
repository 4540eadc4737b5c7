/** "My data": what is held, what the guest allows, and erasing it all in two steps with a receipt. */

import { call } from "./api.js";
import { h, icon } from "./dom.js";
import { toast } from "./toast.js";
import { errorText, locale, t } from "./words.js";

const day = (text) => new Date(text).toLocaleDateString(locale(), { day: "numeric", month: "long", year: "numeric" });
const moment = (text) => new Date(text).toLocaleString(locale(), { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });
const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));

/** Opens the sheet; `erased(receipt)` is called once the guest had everything erased. */
export function openData(token, erased) {
  const inner = h("div", { class: "inner" });
  const dialog = h("dialog", { class: "pb-dialog pb sheet", "aria-labelledby": "sheet-title" }, inner);
  const close = () => dialog.close();
  const head = (title) => h("header", {}, h("h2", { id: "sheet-title" }, title),
    h("button", { type: "button", class: "btn plain square", "aria-label": t("close"), onclick: close }, icon("x")));
  const show = (...nodes) => inner.replaceChildren(...nodes.filter(Boolean));

  async function load() {
    show(head(t("guest.data")), h("div", { class: "bones", "aria-hidden": "true" }, h("i", {}), h("i", {}), h("i", {})));
    try {
      held((await call("GET", `/guest/${token}/data`)).data);
    } catch (error) {
      show(head(t("guest.data")), h("p", { class: "note warn" }, icon("alert"), h("span", {}, errorText(error))),
        h("button", { type: "button", class: "btn big", onclick: load }, t("tryAgain")));
    }
  }

  function held(data) {
    show(head(t("guest.data")), h("p", { class: "dim" }, t("guest.dataLead")),
      h("dl", { class: "facts" }, fact(t("guest.dataName"), data.name), fact(t("guest.dataPhone"), data.phone),
        fact(t("guest.dataPhotos"), t("guest.dataPhotosHeld", data)), fact(t("guest.dataUntil"), day(data.until))),
      h("h3", {}, t("guest.consents")),
      h("ul", { class: "consents" }, data.consents.map((one) => consent(one))),
      h("button", { type: "button", class: "btn big erase", onclick: () => confirm(data) }, icon("x"), t("guest.erase")));
  }

  function consent(one) {
    const words = h("div", {}, h("b", { id: `c-${one.purpose}` }, t(`guest.consent_${one.purpose}`)), h("span", { id: `h-${one.purpose}` }, t(`guest.consent_${one.purpose}Hint`)));
    if (one.necessary) return h("li", {}, words, h("span", { class: "needed" }, icon("check"), t("guest.consentNeeded")));
    const toggle = h("button", { type: "button", class: "switch", role: "switch", "aria-checked": String(one.given), "aria-labelledby": `c-${one.purpose}`, "aria-describedby": `h-${one.purpose}` },
      h("i", {}), h("span", { "aria-hidden": "true" }, t(one.given ? "guest.consentOn" : "guest.consentOff")));
    toggle.addEventListener("click", async () => {
      if (toggle.disabled) return;
      toggle.disabled = true;
      const given = toggle.getAttribute("aria-checked") !== "true";
      try {
        await call("PUT", `/guest/${token}/consents/${one.purpose}`, { json: { given } });
        toggle.setAttribute("aria-checked", String(given));
        toggle.lastChild.textContent = t(given ? "guest.consentOn" : "guest.consentOff");
      } catch (error) { toast(errorText(error), { bad: true }); }
      toggle.disabled = false;
      toggle.focus();
    });
    return h("li", {}, words, toggle);
  }

  function confirm(data) {
    const problem = h("p", { class: "note warn", role: "alert", hidden: true }, icon("alert"), h("span", {}));
    const now = h("button", { type: "button", class: "btn bad big" }, t("guest.eraseNow"));
    const keep = h("button", { type: "button", class: "btn big", onclick: () => held(data) }, t("guest.eraseNot"));
    now.addEventListener("click", async () => {
      now.disabled = keep.disabled = true;
      now.textContent = t("guest.erasing");
      problem.hidden = true;
      try {
        const receipt = (await call("POST", `/guest/${token}/erasure`, { json: { confirm: true }, seconds: 30 })).data;
        close();
        erased(receipt);
      } catch (error) {
        problem.lastChild.textContent = errorText(error);
        problem.hidden = now.disabled = keep.disabled = false;
        now.textContent = t("guest.eraseNow");
      }
    });
    show(head(t("guest.eraseTitle")), h("p", {}, h("b", {}, t("guest.eraseGoes"))),
      h("ul", { class: "goes" }, [1, 2, 3].map((n) => h("li", {}, icon("x"), h("span", {}, t(`guest.eraseGoes${n}`))))),
      h("p", { class: "note" }, icon("download"), h("span", {}, t("guest.eraseStays"))), problem, keep, now);
    keep.focus();
  }

  dialog.addEventListener("click", (event) => { if (event.target === dialog) close(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  load();
}

/** What an erased guest's page shows: the receipt to keep. */
export function receiptCard(receipt) {
  const what = t("guest.receiptHeld", receipt);
  return h("section", { class: "receipt" },
    h("p", { class: "name" }, icon("shield"), t("guest.receipt")),
    h("p", { class: "code" }, receipt.number),
    h("dl", { class: "facts" }, fact(t("guest.receiptEvent"), receipt.eventName), fact(t("guest.receiptWhat"), what),
      fact(t("guest.receiptAsked"), moment(receipt.askedAt)),
      receipt.doneAt ? fact(t("guest.receiptDone"), moment(receipt.doneAt)) : null),
    receipt.doneAt ? null : h("p", { class: "note", role: "status" }, icon("clock"), h("span", {}, t("guest.receiptPending"))),
    receipt.onCamera ? h("p", { class: "small" }, t("guest.receiptCamera")) : null,
    receipt.outside ? h("p", { class: "small" }, t("guest.receiptOutside")) : null,
    h("button", { type: "button", class: "btn big print", onclick: () => window.print() }, icon("file"), t("guest.receiptPrint")));
}
