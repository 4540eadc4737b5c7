/** Until when it is a guest's turn, or their picture is ready: words only for what is known. */

import { h } from "./dom.js";
import { t } from "./words.js";

/** The parts to say of `{ahead, seconds}`; none where there is nothing honest to say. `booth`: where to go, if told. */
export function turnWords(wait, booth = null) {
  if (booth) return [t("turn.sentTo", { booth }), ...turnWords(wait)];
  if (!wait) return [];
  const minutes = wait.seconds === null ? null : Math.ceil(wait.seconds / 60);
  if (wait.ahead === null) return minutes === null ? [] : [minutes <= 1 ? t("turn.readySoon") : t("turn.ready", { n: minutes })];
  const place = wait.ahead === 0 ? t("turn.next") : wait.ahead === 1 ? t("turn.one") : t("turn.ahead", { n: wait.ahead });
  return minutes === null ? [place] : [place, minutes <= 1 ? t("turn.soon") : t("turn.minutes", { n: minutes })];
}

/** Says it in `line` (its last child holds the words); hidden while there is nothing to say. */
export function sayTurn(line, wait, booth = null) {
  const said = turnWords(wait, booth);
  line.hidden = said.length === 0;
  if (line.lastElementChild.dataset.said === said.join()) return;
  line.lastElementChild.dataset.said = said.join();
  line.lastElementChild.replaceChildren(...said.map((part) => h("b", {}, part)));
}
