/** For what costs a whole page to show: at once after a calm, gathered where it is called again and again. */

/** Gives a function that calls `deed` at once when it last did so `ms` ago or longer, else once at the end of these. `stop()` forgets what waits. */
export function gathered(ms, deed) {
  let done = -Infinity;
  let timer = 0;
  const run = () => { timer = 0; done = performance.now(); deed(); };
  const call = () => {
    const left = done + ms - performance.now();
    if (left <= 0) { clearTimeout(timer); run(); } else timer ||= setTimeout(run, left);
  };
  call.stop = () => { clearTimeout(timer); timer = 0; };
  return call;
}
