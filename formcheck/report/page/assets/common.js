"use strict";
/* What every page's script starts from: the page's colours, the look of a chart's axes, and the switch between light and dark. */
const shared = {
  byId: (id) => document.getElementById(id),
  css: (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim(),
  axis() {
    const muted = shared.css("--muted"), grid = shared.css("--grid");
    return { stroke: muted, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, font: "12px system-ui, sans-serif" };
  },
  /* Calls `redraw` whenever colours or width have changed, and prints in light colours. */
  themed(redraw) {
    const root = document.documentElement;
    shared.byId("theme").addEventListener("click", () => {
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      try { localStorage.setItem("formcheck-theme", root.dataset.theme); } catch (e) { /* private mode */ }
      redraw();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    let shown = null;
    addEventListener("beforeprint", () => { shown = root.dataset.theme || ""; root.dataset.theme = "light"; redraw(); });
    addEventListener("afterprint", () => { if (shown) root.dataset.theme = shown; else delete root.dataset.theme; redraw(); });
    let width = innerWidth;
    addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; redraw(); } });
  },
};
/* Opened from another page of the same server (an app on the home screen has no back button), a page leads back there. */
if (document.getElementById("back") && document.referrer.startsWith(`${location.origin}/`)) {
  document.getElementById("back").href = document.referrer;
  document.getElementById("back").hidden = false;
}
