/** A tablet in the hands of many: no zoom, no menus, no double taps, and a page that fits above the keyboard. */

const TWICE_MS = 400; // a double tap's second tap lands on the next screen

let gesture = "key"; // the last one: "pointer" or "key"
let shown = { at: 0, by: "key", touched: false };

/** A screen has just been shown. */
export function opened() {
  shown = { at: performance.now(), by: gesture, touched: false };
}

/** Whether this submit is the second half of a double tap (or of a double Enter) that opened this screen. */
export const twice = () => !shown.touched && gesture === shown.by && performance.now() - shown.at < TWICE_MS;

/** Keeps question, field and buttons in the strip that an open keyboard leaves. */
export function watchKeyboard() {
  const view = window.visualViewport;
  const fit = () => {
    const height = view?.height ?? innerHeight;
    document.body.style.setProperty("height", `${height}px`);
    document.body.toggleAttribute("data-short", height < 560);
    window.scrollTo(0, 0);
  };
  (view ?? window).addEventListener("resize", fit);
  fit();
}

for (const [kind, name] of [["pointerdown", "pointer"], ["keydown", "key"]]) document.addEventListener(kind, () => { gesture = name; }, true);
document.addEventListener("input", () => { shown.touched = true; }, true);
for (const kind of ["mousedown", "click"]) {
  document.addEventListener(kind, (event) => {
    if (!twice() || !event.target.closest("form, .screen")) return;
    event.preventDefault(); // the field keeps the focus, nothing is ticked or pressed by accident
    event.stopPropagation();
  }, true);
}
document.addEventListener("contextmenu", (menu) => menu.preventDefault());
for (const kind of ["gesturestart", "dblclick"]) document.addEventListener(kind, (gesture) => gesture.preventDefault());
