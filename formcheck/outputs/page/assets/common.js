"use strict";
/* What every page's script starts from: colours, axes, light and dark; and what all pages with a video share: ribbon, phases,
   playhead, player. */
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
  /* A button in the ribbon for each rep (or pair of them), its phases as coloured parts; `along` makes seconds a share, 0-100. */
  ribbonButton(ribbon, rep, text, label, along, go) {
    const button = document.createElement("button"), number = document.createElement("b"), length = Math.max(rep.end - rep.start, 1e-6);
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.style.left = `${along(rep.start)}%`;
    button.style.width = `${along(rep.end) - along(rep.start)}%`;
    number.textContent = text;
    button.append(number);
    for (const phase of rep.phases) {
      const part = document.createElement("i");
      part.className = phase.name;
      part.style.left = `${(100 * (phase.start - rep.start)) / length}%`;
      part.style.width = `${(100 * (phase.end - phase.start)) / length}%`;
      button.append(part);
    }
    button.addEventListener("click", () => go(rep.start));
    ribbon.append(button);
  },
  /* Behind a chart: the phases of the reps in their colours, the text of each rep above. */
  paintPhases(u, reps, text, alpha) {
    const { ctx, bbox } = u, x = (t) => u.valToPos(t, "x", true);
    ctx.save();
    for (const rep of reps) {
      for (const phase of rep.phases) {
        ctx.globalAlpha = alpha;
        ctx.fillStyle = shared.css(`--${phase.name}`);
        ctx.fillRect(x(phase.start), bbox.top, x(phase.end) - x(phase.start), bbox.height);
      }
      ctx.globalAlpha = 1;
      ctx.fillStyle = shared.css("--muted");
      ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
      ctx.textAlign = "center";
      ctx.fillText(text(rep), x((rep.start + rep.end) / 2), bbox.top - 5 * devicePixelRatio);
    }
    ctx.restore();
  },
  /* The line of the present moment in a chart; pressing and dragging there goes to that time. */
  playhead(u, go) {
    const head = document.createElement("div");
    head.className = "playhead";
    u.over.append(head);
    const at = (event) => go(u.posToVal(event.clientX - u.over.getBoundingClientRect().left, "x"));
    u.over.addEventListener("pointerdown", (event) => { if (event.button === 0) { u.over.setPointerCapture(event.pointerId); at(event); } });
    u.over.addEventListener("pointermove", (event) => { if (event.buttons & 1) at(event); });
    return head;
  },
  /* The browser's own controls would lie over the cue at the bottom of the picture and give way to the page's: a click plays or
     pauses, the button shows which, and `follow` runs with the video. */
  player(video, follow) {
    const play = () => { if (video) { if (video.paused) video.play().catch(() => {}); else video.pause(); } };
    shared.byId("speed").addEventListener("change", (event) => { if (video) video.playbackRate = Number(event.target.value); });
    if (!video) return play;
    const button = document.querySelector("[data-do=play]");
    video.controls = false;
    video.addEventListener("click", play);
    const step = () => {
      follow();
      if (!video.paused && !video.ended) requestAnimationFrame(step);
    };
    video.addEventListener("play", () => { button.classList.add("playing"); requestAnimationFrame(step); });
    video.addEventListener("pause", () => button.classList.remove("playing"));
    return play;
  },
};
/* Opened from another page of the same server (an app on the home screen has no back button), a page leads back there. */
if (document.getElementById("back") && document.referrer.startsWith(`${location.origin}/`)) {
  document.getElementById("back").href = document.referrer;
  document.getElementById("back").hidden = false;
}
