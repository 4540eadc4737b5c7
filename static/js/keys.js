/** Keyboard shortcuts of a page: one table, never while somebody types, listed by the help overlay. */

const table = [];

function typing(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Adds `{key, label, run, shown?}`: `key` as KeyboardEvent.key, `label` a key of the words. Returns how to remove it. */
export function shortcut(entry) {
  table.push(entry);
  return () => table.splice(table.indexOf(entry), 1);
}

export const shortcuts = () => [...table];

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]") || typing(event.target)) return;
  const onButton = event.target instanceof HTMLElement && event.target.closest("button, a, summary");
  if (onButton && (event.key === "Enter" || event.key === " ")) return;
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const entry = table.findLast((one) => one.key === pressed);
  if (!entry) return;
  event.preventDefault();
  entry.run(event);
});
