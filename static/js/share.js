/** The dialog with a guest's QR: shown large enough to scan across a table. */

import { call } from "./api.js";
import { h, icon } from "./dom.js";
import { toast } from "./toast.js";
import { errorText, t } from "./words.js";

/** The full address of the guest's page of a job; asked each time: picture and link may have changed. Throws ApiError. */
const linkOf = async (jobId) => (await call("GET", `/jobs/${encodeURIComponent(jobId)}`)).data.resultUrl;

/** Opens the dialog for a job; `known` is the link where the page has it already. */
export async function share(jobId, name, known = null) {
  let link = known;
  try {
    link ??= await linkOf(jobId);
  } catch (error) {
    toast(errorText(error), { bad: true });
    return;
  }
  const path = new URL(link, location.origin).pathname;
  const close = () => dialog.close();
  const copy = async () => {
    try { await navigator.clipboard.writeText(link); toast(t("job.copied")); } catch { getSelection().selectAllChildren(dialog.querySelector(".address")); }
  };
  const dialog = h("dialog", { class: "pb-dialog pb share" }, h("div", { class: "inner" },
    h("header", {}, h("h2", {}, name), h("button", { type: "button", class: "btn plain square", "aria-label": t("close"), onclick: close }, icon("x"))),
    h("img", { class: "qr", src: `${path}/qr.svg`, alt: "QR", width: "360", height: "360" }),
    h("p", { class: "dim" }, t("job.scanToOpen")), h("p", { class: "address dim" }, link),
    h("button", { type: "button", class: "btn big", onclick: copy }, t("job.copyLink"))));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) close(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
