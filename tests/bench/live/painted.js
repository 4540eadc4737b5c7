// Runs in the page before its own code: notes how long after its row was written a job's change is in the DOM.
// Looks on only. A job that is not in the page (virtualised) is not noted; nor is a change that shows nothing.
(() => {
  const waiting = new Map(); // by job: when its newest row was written
  const HELD_MS = 3000;
  let taken = [];
  let messages = 0;
  let bytes = 0;
  const note = (row) => {
    if (row.kind === "job" && row.updatedAt) waiting.set(row.id, { at: Date.parse(row.updatedAt), heard: performance.now() });
  };
  window.WebSocket = class extends window.WebSocket {
    constructor(...given) {
      super(...given);
      if (!/\/ws(\/board)?(\?|$)/.test(this.url)) return;
      this.addEventListener("message", (message) => {
        messages += 1;
        bytes += message.data.length;
        const told = JSON.parse(message.data);
        if (told.type === "snapshot") return;
        if (Array.isArray(told)) return;
        for (const row of told.rows ?? [told]) note(row);
      });
    }
  };
  new MutationObserver((changes) => {
    const now = performance.timeOrigin + performance.now();
    for (const change of changes) {
      const nodes = [change.target, ...change.addedNodes];
      for (const node of nodes) {
        const element = node.nodeType === 1 ? node : node.parentElement;
        const id = element?.closest?.("[data-job]")?.dataset.job;
        const row = id && waiting.get(id);
        if (!row) continue;
        waiting.delete(id);
        if (performance.now() - row.heard < HELD_MS) taken.push([now - row.at, performance.now() - row.heard]);
      }
    }
  }).observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
  window.benchTake = () => {
    const found = { taken, messages, bytes };
    taken = []; messages = 0; bytes = 0;
    return found;
  };
})();
