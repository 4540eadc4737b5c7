/* Chooses the console's theme before anything is painted; dark unless this browser chose otherwise. */
(() => {
  let theme = "dark";
  try { theme = localStorage.getItem("pb.theme") === "light" ? "light" : "dark"; } catch { /* private mode */ }
  document.documentElement.dataset.theme = theme;
})();
