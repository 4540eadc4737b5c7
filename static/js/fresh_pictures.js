/** A job's picture that does not load is asked for once more, past the browser's memory: it may have been moved. */

addEventListener("error", (event) => {
  const image = event.target;
  if (!(image instanceof HTMLImageElement)) return;
  const address = new URL(image.src, location.origin);
  if (address.origin !== location.origin || !address.pathname.startsWith("/media/jobs/") || address.searchParams.has("again")) return;
  event.stopImmediatePropagation();
  address.searchParams.set("again", Date.now());
  image.src = address.href;
}, true);
