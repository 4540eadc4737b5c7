/* Light or dark as the guest's phone is, before anything is painted and whenever the phone changes. */
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => { document.documentElement.dataset.theme = dark.matches ? "dark" : "light"; };
  paint();
  dark.addEventListener?.("change", paint);
})();
