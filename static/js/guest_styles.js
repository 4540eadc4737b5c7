/** Another style for a picture, where the event allows it: a strip of looks, one tap to choose, one to ask. */

import { call } from "./api.js";
import { h, icon } from "./dom.js";
import { toast } from "./toast.js";
import { errorText, lang, t } from "./words.js";

let chosen = null;
let asking = false;

/** The section, or null where nothing is to be asked for. `taken` are the styles this photo has already. */
export function styles({ token, job, left, offered, taken, redraw }) {
  const free = offered.filter((style) => !taken.has(style.style));
  if (!left || !free.length) return null;
  if (!free.some((style) => style.style === chosen)) chosen = null;
  const picked = free.find((style) => style.style === chosen);
  const ask = async () => {
    if (asking || !picked) return;
    asking = true;
    redraw();
    try {
      await call("POST", `/guest/${token}/styles`, { json: { jobId: job.id, styleId: picked.style } });
      toast(t("guest.styleAsked", { style: picked[lang()] }));
      chosen = null;
    } catch (error) {
      toast(errorText(error), { bad: true });
    }
    asking = false;
    redraw();
  };
  return h("section", { class: "more" },
    h("header", {}, h("h2", {}, t("guest.style")), h("p", { class: "dim" }, t("guest.styleLeft", { n: left }))),
    h("div", { class: "looks", role: "group", "aria-label": t("guest.style") }, free.map((style) =>
      h("button", { type: "button", "aria-pressed": String(style.style === chosen), onclick: () => { chosen = style.style; redraw(); } },
        h("img", { src: `/static/styles/${style.style}.webp`, alt: "", width: "96", height: "96", loading: "lazy", onerror: (event) => event.target.classList.add("none") }),
        h("span", {}, style[lang()])))),
    picked ? h("button", { type: "button", class: "btn main big", disabled: asking, onclick: ask }, icon("spark"), t("guest.styleAsk", { style: picked[lang()] })) : null);
}
