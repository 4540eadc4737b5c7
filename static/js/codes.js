/** Guests' codes as people type them and scanners read them. */

/** A code out of what was typed or scanned: any case, spaces, or a guest's link with `#CODE`. */
export function readCode(typed) {
  let text = typed.trim();
  try { text = decodeURIComponent(text); } catch { /* a lone % */ }
  if (text.includes("#")) text = text.slice(text.lastIndexOf("#") + 1);
  return text.replace(/[\s.-]/g, "").toUpperCase().slice(0, 32);
}
