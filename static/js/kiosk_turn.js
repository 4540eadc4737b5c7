/** While a guest reads their code: how many stand before them, live, from the socket of their own page. */

import { sayTurn } from "./turn.js";

let socket = null;

/** Shows it in `line` (hidden while there is nothing to say) until `stopTurn`. */
export function showTurn(path, line) {
  stopTurn(line);
  if (!path) return;
  const token = path.split("/")[2];
  const mine = socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/guest/${token}`);
  mine.onmessage = (message) => {
    if (mine !== socket) return;
    line.wait = JSON.parse(message.data).wait ?? null;
    turnLine(line);
  };
  mine.onclose = () => { if (mine === socket) { line.wait = null; turnLine(line); } };
}

/** Says it again, for another language. */
export const turnLine = (line) => sayTurn(line, line.wait ?? null);

export function stopTurn(line) {
  const old = socket;
  socket = null;
  old?.close();
  line.wait = null;
  turnLine(line);
}
