"use strict";
(() => {
  /* What this script says; everything else that the page says is in its HTML. */
  const WORDS = {
    start: "start", end: "end", held: (phase, turn) => `${phase} at the ${turn}`,
    moment: (a, b, phase) => `${b === a ? `rep ${a}` : `reps ${a} and ${b}`}, ${phase}`,
    apart: (difference, error) => `B less A: ${Math.round(difference)}° ± ${Math.round(error)}°${Math.abs(difference) > error ? ", beyond our error" : ""}`,
    phase: (phase, a, b) => `${phase}: A ${a.toFixed(1)} s, B ${b.toFixed(1)} s`,
    angle: (label, a, b) => `${label}: A ${a}, B ${b}`,
    pair: (a, b) => `${a === b ? "" : `${a} | ${b}: `}rep ${a} of A and rep ${b} of B, go to their start`, // begins with what is seen
    chart: "Position in the comparison",
  };
  const { byId, css } = shared;
  const data = JSON.parse(byId("data").textContent);
  const video = byId("video"), scrubber = byId("scrub"), box = byId("chart");
  const last = data.last;
  let now = 0, chosen = data.angles.find((angle) => angle.key === data.chosen), plot = null, head = null;
  scrubber.max = last;

  /* ---- time: the common clock is the video's own ---- */
  const clamp = (t) => Math.min(last, Math.max(0, t));
  const pairAt = (t) => data.pairs.find((pair) => t < pair.end) || data.pairs[data.pairs.length - 1];
  const rowAt = (t) => Math.min(data.times.length - 1, Math.max(0, Math.round((t - data.times[0]) / (data.times[1] - data.times[0]))));
  function seek(t) {
    now = clamp(t);
    if (video) { video.pause(); video.currentTime = now + 0.004; }
    show();
  }
  const degrees = (value) => (value === null ? "–" : `${Math.round(value)}°`);
  function words(t) {
    const pair = pairAt(t), phase = pair.phases.find((part) => t >= part.start && t < part.end);
    const what = phase ? (phase.name === "hold" ? WORDS.held(phase.word, data.turn) : phase.word) : t < pair.phases[0].start ? WORDS.start : WORDS.end;
    return WORDS.moment(pair.a, pair.b, what);
  }
  function show() {
    const row = rowAt(now), a = chosen.a[row], b = chosen.b[row], pair = pairAt(now), text = words(now);
    byId("now").textContent = text;
    scrubber.value = now;
    scrubber.setAttribute("aria-valuetext", text);
    byId("value-a").textContent = degrees(a);
    byId("value-b").textContent = degrees(b);
    let apart = "";
    if (a !== null && b !== null) {
      const error = Math.hypot(chosen.aError[row] || 0, chosen.bError[row] || 0);
      apart = WORDS.apart(b - a, error);
    }
    byId("value-both").textContent = apart;
    byId("tempo").replaceChildren(...pair.phases.map((phase) => {
      const part = document.createElement("span"), swatch = document.createElement("span");
      swatch.className = `swatch ${phase.name}`;
      part.append(swatch, WORDS.phase(phase.word, phase.a, phase.b));
      return part;
    }));
    if (plot) head.style.transform = `translateX(${plot.valToPos(now, "x")}px)`;
    box.setAttribute("aria-valuenow", now.toFixed(2));
    box.setAttribute("aria-valuetext", `${text}, ${WORDS.angle(chosen.label, degrees(a), degrees(b))}`);
    ribbonHead.style.left = `${(100 * now) / last}%`;
  }

  /* ---- pairs and phases under the video ---- */
  const ribbon = byId("ribbon"), ribbonHead = document.createElement("span");
  ribbonHead.className = "head";
  const numbers = (pair) => (pair.a === pair.b ? pair.a : `${pair.a} | ${pair.b}`);
  for (const pair of data.pairs) {
    const label = WORDS.pair(pair.a, pair.b);
    shared.ribbonButton(ribbon, pair, numbers(pair), label, (t) => (100 * t) / last, seek);
  }
  ribbon.append(ribbonHead);

  /* ---- the chart: A and B with the band of their error ---- */
  const added = (values, errors, sign) => values.map((v, i) => (v === null || errors[i] === null ? null : v + sign * errors[i]));
  function draw() {
    box.replaceChildren();
    const axis = shared.axis(), { a, b, aError, bError } = chosen;
    const edges = [added(a, aError, 1), added(a, aError, -1), added(b, bError, 1), added(b, bError, -1)];
    const known = [a, b, ...edges].flat().filter((v) => v !== null);
    const half = Math.max((Math.max(...known) - Math.min(...known)) * 0.53, 20), middle = known.length ? (Math.max(...known) + Math.min(...known)) / 2 : 0;
    const line = (name) => ({ stroke: css(`--${name}`), width: 2.5, points: { show: false } });
    const edge = { stroke: "transparent", width: 0, points: { show: false } };
    plot = new uPlot({
      width: Math.max(box.clientWidth, 240), height: 280, padding: [18, 8, 0, 0],
      legend: { show: false }, cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      scales: { x: { time: false, range: [0, last] }, y: { range: known.length ? [middle - half, middle + half] : [-20, 20] } },
      axes: [{ ...axis, size: 30, values: (u, ticks) => ticks.map((t) => `${t} s`) }, { ...axis, size: 46, values: (u, ticks) => ticks.map((t) => `${t}°`) }],
      series: [{}, edge, edge, line("a"), edge, edge, line("b")],
      bands: [{ series: [1, 2], fill: `${css("--a")}26` }, { series: [4, 5], fill: `${css("--b")}26` }],
      hooks: { drawClear: [phases] },
    }, [data.times, edges[0], edges[1], a, edges[2], edges[3], b], box);
    head = shared.playhead(plot, seek);
  }
  const phases = (u) => shared.paintPhases(u, data.pairs, numbers, 0.1);
  for (const angle of data.angles) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = angle.label;
    button.setAttribute("aria-pressed", String(angle === chosen));
    button.addEventListener("click", () => {
      chosen = angle;
      document.querySelectorAll("#pick button").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      draw();
      show();
    });
    byId("pick").append(button);
  }
  box.tabIndex = 0;
  box.setAttribute("role", "slider");
  box.setAttribute("aria-label", WORDS.chart);
  box.setAttribute("aria-valuemin", "0");
  box.setAttribute("aria-valuemax", last.toFixed(2));

  /* ---- controls ---- */
  scrubber.addEventListener("input", () => seek(Number(scrubber.value)));
  document.querySelectorAll("[data-time]").forEach((button) => button.addEventListener("click", () => {
    seek(Number(button.dataset.time));
    byId("ribbon").scrollIntoView({ block: "center" });
  }));
  const play = shared.player(video, () => {
    now = clamp(video.currentTime);
    show();
  });
  const actions = { play, back: () => seek(now - data.frameStep), on: () => seek(now + data.frameStep) };
  document.querySelectorAll("[data-do]").forEach((button) => button.addEventListener("click", actions[button.dataset.do]));
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("select, .scroll") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target.closest("button, a")) return;
    const action = { " ": play, ArrowLeft: actions.back, ArrowRight: actions.on }[event.key];
    if (action) { event.preventDefault(); action(); }
  });
  const redraw = () => { draw(); show(); };
  shared.themed(redraw);
  redraw();
  document.documentElement.dataset.ready = "1";
})();
