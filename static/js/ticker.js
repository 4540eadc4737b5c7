/** One heartbeat a second for everything on the page that shows a running time. */

const listeners = new Set();
let timer = 0;

function beat() {
  for (const listener of listeners) listener();
}

/** Calls `listener()` once a second; returns how to stop. */
export function everySecond(listener) {
  listeners.add(listener);
  if (!timer) timer = setInterval(beat, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) { clearInterval(timer); timer = 0; }
  };
}
