/** Short messages at the foot of the page, one line each, with at most one deed (undo). */

let tray = null;

/** Shows `text`; `action` is `{label, run}`. Answers how to take it away. */
export function toast(text, { action = null, seconds = action ? 7 : 4, bad = false } = {}) {
  if (!tray) {
    tray = document.createElement("div");
    tray.className = "pb-toasts";
    tray.setAttribute("role", "status");
    document.body.append(tray);
  }
  const line = document.createElement("div");
  const words = document.createElement("span");
  words.textContent = (bad ? "⚠ " : "") + text;
  line.append(words);
  const away = () => { clearTimeout(timer); line.remove(); };
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action.label;
    button.addEventListener("click", () => { away(); action.run(); });
    line.append(button);
  }
  const timer = setTimeout(away, seconds * 1000);
  tray.append(line);
  while (tray.children.length > 2) tray.firstChild.remove();
  return away;
}
