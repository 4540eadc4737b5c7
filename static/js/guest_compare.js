/** Before and after in one picture: drag anywhere on it (finger, mouse), or the arrow keys on its handle. */

import { h, icon } from "./dom.js";
import { t } from "./words.js";

const places = new Map(); // where each picture's edge was left, so that a redraw keeps it

/** A figure with the result over the photo; `at` is how much of the photo shows, in per cent. */
export function compare(job, base, alt) {
  const range = h("input", { type: "range", class: "sr", min: "0", max: "100", step: "5", "aria-label": t("guest.compare") });
  const before = h("img", { class: "before", src: `${base}/before`, alt: "", draggable: "false" });
  const figure = h("figure", { class: "photo compare" },
    h("img", { class: "after", src: `${base}/preview`, alt, draggable: "false" }),
    before, range,
    h("span", { class: "edge", "aria-hidden": "true" }, h("span", { class: "knob" }, icon("left"), icon("right"))),
    h("span", { class: "side one", "aria-hidden": "true" }, t("guest.before")),
    h("span", { class: "side two", "aria-hidden": "true" }, t("guest.after")));
  const place = (at) => {
    const now = Math.min(100, Math.max(0, at));
    places.set(job.id, now);
    figure.style.setProperty("--at", `${now}%`);
    figure.classList.toggle("whole", now < 12);
    figure.classList.toggle("original", now > 88);
    range.value = String(Math.round(now));
    range.setAttribute("aria-valuetext", t("guest.compareAt", { n: Math.round(now) }));
  };
  const follow = (event) => {
    const box = figure.getBoundingClientRect();
    place(((event.clientX - box.left) / box.width) * 100);
  };
  figure.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    figure.setPointerCapture(event.pointerId);
    range.focus({ preventScroll: true });
    event.preventDefault();
    follow(event);
  });
  figure.addEventListener("pointermove", (event) => { if (figure.hasPointerCapture(event.pointerId)) follow(event); });
  range.addEventListener("input", () => place(Number(range.value)));
  // The photo is not there (any more): the result stands alone.
  before.addEventListener("error", () => { figure.classList.remove("compare"); for (const node of [...figure.children].slice(1)) node.remove(); });
  place(places.get(job.id) ?? 0);
  return figure;
}
