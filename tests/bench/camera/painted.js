// Runs in the page before its own code: notes when a shot's picture is painted, what its pixels are, and what
// the page's socket and fetches did. Looks on only: no frame is asked for, nothing of the page is changed but
// the `elementtiming` attribute on pictures, without which the browser does not say when they are painted.
(() => {
  const SHOT = /\/media\/shots\/([^/]+)\/preview/;
  let paints = [];
  let fetches = [];
  let frames = [];

  // ---- what is painted ---------------------------------------------------------------------------------------

  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const ink = canvas.getContext("2d", { willReadFrequently: true });
  function pixel(image, x, y) {
    ink.drawImage(image, image.naturalWidth * x, image.naturalHeight * y, 2, 2, 0, 0, 1, 1);
    return [...ink.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  }
  /** Where the picture's marks lie in the window; its frame may show it smaller than itself. */
  function place(image) {
    const box = image.getBoundingClientRect();
    const scale = Math.min(box.width / image.naturalWidth, box.height / image.naturalHeight);
    const middle = box.x + box.width / 2;
    const aside = (image.naturalWidth * scale) / 4;
    const y = box.y + box.height / 2 - (image.naturalHeight * scale) * (1 / 2 - 1 / 16);
    return [[middle - aside, y], [middle + aside, y]];
  }
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const shot = SHOT.exec(entry.url)?.[1];
      // The browser also paints, and reports, what lies beyond the window's or the strip's edge: nobody sees that.
      if (!shot || !entry.intersectionRect.width || !entry.intersectionRect.height) continue;
      const image = entry.element;
      const here = image?.complete && image.currentSrc === entry.url;
      paints.push({
        shot, url: entry.url, at: entry.renderTime, loaded: entry.loadTime,
        left: here ? pixel(image, 0.25, 0.06) : null,
        right: here ? pixel(image, 0.75, 0.06) : null,
        stage: Boolean(image?.closest(".stage")),
        place: here ? place(image) : null,
      });
    }
  }).observe({ type: "element", buffered: true });
  const mark = (node) => {
    if (node.nodeType !== 1) return;
    if (node.localName === "img") node.setAttribute("elementtiming", "bench");
    for (const image of node.getElementsByTagName("img")) image.setAttribute("elementtiming", "bench");
  };
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) mark(node);
  }).observe(document, { childList: true, subtree: true });

  // ---- what came before: fetches, and the rows the page was told of ------------------------------------------

  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const shot = SHOT.exec(entry.name)?.[1];
      if (shot) fetches.push({ shot, url: entry.name, begun: entry.startTime, answered: entry.responseStart, ended: entry.responseEnd });
    }
  }).observe({ type: "resource", buffered: true });
  window.WebSocket = class extends window.WebSocket {
    constructor(...given) {
      super(...given);
      if (!this.url.includes("/ws/board")) return;
      this.addEventListener("message", (message) => frames.push({ at: performance.now(), data: message.data }));
    }
  };

  window.benchTake = () => {
    const told = [];
    for (const frame of frames) {
      const { rows = [], gone = [] } = JSON.parse(frame.data);
      for (const row of rows) if (row.kind === "shot" || row.kind === "job") told.push({ at: frame.at, row });
      for (const { kind, id } of gone) if (kind === "shot") told.push({ at: frame.at, row: { kind, id, state: "gone" } });
    }
    const taken = { now: performance.now(), origin: performance.timeOrigin, paints, fetches, told };
    paints = []; fetches = []; frames = [];
    return taken;
  };
})();
