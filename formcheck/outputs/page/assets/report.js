"use strict";
(() => {
  /* What this script says; everything else that the page says is in its HTML. */
  const WORDS = {
    before: "before the first rep", between: "between reps", after: "after the last rep", notAnalysed: "not analysed",
    notCounted: (reason) => `not counted: ${reason}`,
    moment: (rep, phase) => `rep ${rep}, ${phase}`,
    held: (phase, turn) => `${phase} at the ${turn}`,
    rep: (number, verdict) => `Rep ${number}, ${verdict}: go to its start`,
    chart: { angles: "Position in the set, angles", bend: "Position in the set, bend of the back" },
    noPath: "It could not be followed.",
    path: (facing, wide, high, unit) => `Path of the weight seen from the side; forward is to the ${facing}. It spans ${wide} by ${high} ${unit}.`,
    square: (step, unit) => `one square is ${step} ${unit}`,
    front: { right: "front →", left: "← front" },
    copied: "Copied. Paste it into a terminal.", selected: "Selected: copy it with your keyboard.",
    kept: "Saved. The set is being judged again; this page will show the result.",
    noAnswer: "The computer does not answer; try again.",
    drawn: "The annotated video is ready. ", show: "Show it",
  };
  const data = JSON.parse(document.getElementById("data").textContent);
  const video = document.getElementById("video");
  const { byId, css } = shared;
  const first = data.first, last = data.last;
  const colours = ["--one", "--two", "--three", "--four"];
  const severity = { fault: "--bad", borderline: "--warn", info: "--info" };
  const charts = [];
  const scrubber = byId("scrub");
  scrubber.min = first;
  scrubber.max = last;
  scrubber.addEventListener("input", () => seek(Number(scrubber.value)));
  let now = first;

  /* ---- time: the lifter's seconds everywhere, the video's own only here ---- */
  /* A little into the frame: at its very edge players may still show the one before. */
  const toVideo = (t) => Math.max(0, (t - data.videoFrom) * data.slowMotion + 0.004);
  const fromVideo = (v) => v / data.slowMotion + data.videoFrom;
  const clamp = (t) => Math.min(last, Math.max(first, t));

  /* The row shown at a time; none (-1) before and after what was analysed. */
  function rowAt(t) {
    if (t < data.times[0] - data.frameStep || t > data.times[data.times.length - 1] + data.frameStep) return -1;
    let low = 0, high = data.times.length - 1;
    while (low < high) { const middle = (low + high + 1) >> 1; if (data.times[middle] <= t + 1e-6) low = middle; else high = middle - 1; }
    return low;
  }
  const phaseAt = (t) => {
    for (const rep of data.reps) for (const phase of rep.phases) if (t >= phase.start && t < phase.end) return { rep, phase };
    return null;
  };
  const asideAt = (t) => data.notCounted.findIndex((part) => t >= part.start && t < part.end);
  function words(t) {
    const at = phaseAt(t), aside = asideAt(t);
    let what = !data.reps.length || t < data.reps[0].start ? WORDS.before : t >= data.reps[data.reps.length - 1].end ? WORDS.after : WORDS.between;
    if (at) what = WORDS.moment(at.rep.index, at.phase.name === "hold" ? WORDS.held(at.phase.word, data.turn) : at.phase.word);
    else if (aside >= 0) what = WORDS.notCounted(data.notCounted[aside].reason);
    else if (data.gaps.some(([start, end]) => t > start && t < end)) what = WORDS.notAnalysed;
    return `${t.toFixed(2)} s · ${what}`;
  }
  function seek(t, pause = true) {
    now = clamp(t);
    if (video) { if (pause) video.pause(); video.currentTime = toVideo(now); }
    show();
  }

  /* ---- everything that follows the time ---- */
  function show() {
    const row = rowAt(now), text = words(now);
    byId("now").textContent = text;
    scrubber.value = now;
    scrubber.setAttribute("aria-valuetext", text);
    for (const chart of charts) {
      const left = chart.plot.valToPos(now, "x");
      chart.head.style.transform = `translateX(${left}px)`;
      chart.box.setAttribute("aria-valuenow", now.toFixed(2));
      chart.box.setAttribute("aria-valuetext", text + chart.series.map((s) => `, ${s.label} ${degrees(s.values[row])}`).join(""));
      chart.series.forEach((s, i) => { chart.values[i].textContent = degrees(s.values[row]); });
    }
    ribbonHead.style.left = `${share(now)}%`;
    moveBar(row);
    const at = phaseAt(now);
    document.querySelectorAll("tr[data-rep]").forEach((tr) => tr.classList.toggle("current", !!at && tr.dataset.rep === String(at.rep.index)));
    const aside = at ? -1 : asideAt(now);
    document.querySelectorAll("tr[data-aside]").forEach((tr) => tr.classList.toggle("current", tr.dataset.aside === String(aside)));
    document.querySelectorAll(".finding").forEach((b) => {
      const apart = now - Number(b.dataset.time);
      b.classList.toggle("current", apart > -0.15 && apart < 1.2);
    });
  }
  const degrees = (value) => (value === null || value === undefined ? "–" : `${Math.round(value)}°`);
  const share = (t) => (100 * (t - first)) / Math.max(last - first, 1e-6);

  /* ---- reps and phases under the video ---- */
  const ribbon = byId("ribbon");
  const ribbonHead = document.createElement("span");
  ribbonHead.className = "head";
  function stretch(className, start, end, title) {
    const part = document.createElement("span");
    part.className = className;
    part.style.left = `${share(start)}%`;
    part.style.width = `${share(end) - share(start)}%`;
    part.title = title;
    ribbon.append(part);
  }
  for (const [start, end] of data.gaps) stretch("gap", start, end, WORDS.notAnalysed);
  for (const part of data.notCounted) stretch("aside", part.start, part.end, WORDS.notCounted(part.reason));
  for (const rep of data.reps) {
    shared.ribbonButton(ribbon, rep, rep.index, WORDS.rep(rep.index, rep.verdict), share, seek);
  }
  const gravestLast = Object.keys(severity).reverse();
  for (const finding of [...data.findings].sort((a, b) => gravestLast.indexOf(a.severity) - gravestLast.indexOf(b.severity))) {
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.style.left = `${share(finding.time_s)}%`;
    mark.style.background = `var(${severity[finding.severity]})`;
    ribbon.append(mark);
  }
  ribbon.append(ribbonHead);

  /* ---- charts ---- */
  function build(id, series, height) {
    const box = byId(`chart-${id}`), legend = byId(`legend-${id}`);
    if (!box || !data.times.length) return;
    const hidden = new Set(series.filter((s) => s.off).map((s) => s.key));
    const chart = { box, series, values: [], plot: null, head: null };
    legend.replaceChildren();
    series.forEach((s, i) => {
      const button = document.createElement("button"), value = document.createElement("b");
      button.type = "button";
      button.style.setProperty("--own", `var(${colours[i % 4]})`);
      button.setAttribute("aria-pressed", String(!hidden.has(s.key)));
      button.append(s.label + " ", value);
      button.addEventListener("click", () => {
        s.off = !s.off;
        button.setAttribute("aria-pressed", String(!s.off));
        chart.plot.setSeries(i + 1, { show: !s.off });
        show();
      });
      chart.values.push(value);
      legend.append(button);
    });
    box.tabIndex = 0;
    box.setAttribute("role", "slider");
    box.setAttribute("aria-label", WORDS.chart[id]);
    box.setAttribute("aria-valuemin", first.toFixed(2));
    box.setAttribute("aria-valuemax", last.toFixed(2));
    const draw = () => {
      box.replaceChildren();
      const axis = shared.axis();
      chart.plot = new uPlot({
        width: Math.max(box.clientWidth, 240), height, padding: [18, 8, 0, 0],
        legend: { show: false }, cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
        scales: { x: { time: false, range: [first, last] }, y: { range: (u, low, high) => room(low, high) } },
        axes: [
          { ...axis, size: 30, values: (u, ticks) => ticks.map((t) => `${t} s`) },
          { ...axis, size: 46, values: (u, ticks) => ticks.map((t) => `${t}°`) },
        ],
        series: [{}, ...series.map((s, i) => ({ label: s.label, stroke: css(colours[i % 4]), width: i === 0 ? 2.5 : 1.75, show: !s.off, spanGaps: false, points: { show: false } }))],
        hooks: { drawClear: [phases, asides], draw: [marks] },
      }, [data.times, ...series.map((s) => s.values)], box);
      chart.head = shared.playhead(chart.plot, seek);
    };
    chart.redraw = draw;
    draw();
    charts.push(chart);
    box.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -data.frameStep, ArrowRight: data.frameStep, PageDown: -1, PageUp: 1, ArrowDown: -data.frameStep, ArrowUp: data.frameStep };
      if (event.key in steps) seek(now + steps[event.key]);
      else if (event.key === "Home") seek(first);
      else if (event.key === "End") seek(last);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
  /* At least 40 degrees are shown: a few degrees of noise must not look like a movement. */
  function room(low, high) {
    if (low === null || high === null) return [-20, 20];
    const half = Math.max((high - low) * 0.55, 20), middle = (high + low) / 2;
    return [middle - half, middle + half];
  }
  /* Slanted lines over what is not counted, and a dashed line where another shot begins. */
  function asides(u) {
    const { ctx, bbox } = u, step = 7 * devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = css("--muted");
    for (const part of data.notCounted) {
      const left = u.valToPos(part.start, "x", true), right = u.valToPos(part.end, "x", true);
      ctx.save();
      ctx.globalAlpha = 0.45;
      ctx.lineWidth = devicePixelRatio;
      ctx.beginPath();
      ctx.rect(left, bbox.top, right - left, bbox.height);
      ctx.clip();
      ctx.beginPath();
      for (let x = left - bbox.height; x < right; x += step) { ctx.moveTo(x, bbox.top + bbox.height); ctx.lineTo(x + bbox.height, bbox.top); }
      ctx.stroke();
      ctx.restore();
    }
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    for (const cut of data.cuts) {
      const x = u.valToPos(cut, "x", true);
      ctx.beginPath(); ctx.moveTo(x, bbox.top); ctx.lineTo(x, bbox.top + bbox.height); ctx.stroke();
    }
    ctx.restore();
  }
  const phases = (u) => shared.paintPhases(u, data.reps, (rep) => rep.index, 0.13);
  function marks(u) {
    const { ctx, bbox } = u;
    ctx.save();
    for (const finding of data.findings) {
      const x = u.valToPos(finding.time_s, "x", true);
      ctx.fillStyle = css(severity[finding.severity]);
      ctx.beginPath();
      const s = 6 * devicePixelRatio;
      ctx.moveTo(x - s, bbox.top); ctx.lineTo(x + s, bbox.top); ctx.lineTo(x, bbox.top + 1.5 * s);
      ctx.fill();
    }
    ctx.restore();
  }

  /* ---- the bar's path ---- */
  let moveBar = () => {};
  function path() {
    const box = byId("path");
    if (!box || !data.bar) return;
    const bar = data.bar, mirror = bar.facing === "right" ? 1 : -1;
    const known = bar.x.map((x, i) => [x, bar.y[i], i]).filter((p) => p[0] !== null && p[1] !== null);
    if (!known.length) { box.textContent = WORDS.noPath; return; }
    const xs = known.map((p) => p[0] * mirror), ys = known.map((p) => -p[1]);
    const pad = 6, low = [Math.min(...xs) - pad, Math.min(...ys) - pad];
    let wide = Math.max(...xs) + pad - low[0];
    const high = Math.max(...ys) + pad - low[1];
    const missing = Math.max(0, (box.clientWidth / box.clientHeight) * high - wide);
    low[0] -= missing / 2; wide += missing;
    const unit = high / box.clientHeight;
    const make = (name, attributes, parent) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
      parent.append(node);
      return node;
    };
    box.replaceChildren();
    const svg = make("svg", { viewBox: `${low[0]} ${low[1]} ${wide} ${high}`, role: "img", "aria-label": WORDS.path(bar.facing, Math.round(Math.max(...xs) - Math.min(...xs)), Math.round(Math.max(...ys) - Math.min(...ys)), bar.unit) }, box);
    const step = [1, 2, 5, 10, 20, 50, 100].find((s) => s / unit > 44) || 200;
    for (let x = Math.ceil(low[0] / step) * step; x < low[0] + wide; x += step) make("line", { x1: x, x2: x, y1: low[1], y2: low[1] + high, stroke: "var(--grid)", "stroke-width": unit }, svg);
    for (let y = Math.ceil(low[1] / step) * step; y < low[1] + high; y += step) make("line", { x1: low[0], x2: low[0] + wide, y1: y, y2: y, stroke: "var(--grid)", "stroke-width": unit }, svg);
    const label = (text, x, y, anchor) => { const t = make("text", { x, y, "text-anchor": anchor }, svg); t.style.fontSize = `${12 * unit}px`; t.textContent = text; };
    label(WORDS.square(step, bar.unit), low[0] + 8 * unit, low[1] + high - 8 * unit, "start");
    label(mirror > 0 ? WORDS.front.right : WORDS.front.left, mirror > 0 ? low[0] + wide - 8 * unit : low[0] + 8 * unit, low[1] + 16 * unit, mirror > 0 ? "end" : "start");
    let run = [], phase = null, before = -2;
    const flush = () => { if (run.length > 1) make("polyline", { points: run.join(" "), stroke: phase === "rest" ? "var(--line)" : `var(--${phase})` }, svg); };
    for (const [x, y, i] of known) {
      const point = `${x * mirror},${-y}`;
      if (bar.phases[i] !== phase || i > before + 1) { if (i === before + 1) run.push(point); flush(); run = []; phase = bar.phases[i]; }
      run.push(point);
      before = i;
    }
    flush();
    const dot = make("circle", { r: 7 * unit, fill: "var(--text)", stroke: "var(--card)", "stroke-width": 2 * unit }, svg);
    moveBar = (row) => {
      const there = row >= 0 && bar.x[row] !== null && bar.y[row] !== null;
      dot.style.display = there ? "" : "none";
      if (there) { dot.setAttribute("cx", bar.x[row] * mirror); dot.setAttribute("cy", -bar.y[row]); }
    };
    svg.addEventListener("click", (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      let best = known[0], least = Infinity;
      for (const p of known) { const d = (p[0] * mirror - at.x) ** 2 + (-p[1] - at.y) ** 2; if (d < least) { least = d; best = p; } }
      seek(data.times[best[2]]);
    });
  }

  /* ---- controls ---- */
  document.querySelectorAll("[data-time]").forEach((button) => button.addEventListener("click", () => {
    seek(Number(button.dataset.time) + (button.classList.contains("finding") ? 0.75 * data.frameStep : 0));
    if (innerWidth <= 860) byId("ribbon").scrollIntoView({ block: "end" });
  }));
  function choose(number) {
    const button = document.querySelector(`[data-finding="${number}"]`), card = button.closest(".card");
    card.querySelectorAll("[data-panel]").forEach((panel) => { panel.hidden = panel.dataset.panel !== String(number); });
    card.querySelectorAll("[data-finding]").forEach((other) => {
      other.classList.toggle("chosen", other === button);
      other.setAttribute("aria-pressed", String(other === button));
    });
  }
  document.querySelectorAll(".findings .card").forEach((card) => choose(card.querySelector("[data-panel]").dataset.panel));
  document.querySelectorAll("[data-finding]").forEach((button) => button.addEventListener("click", () => choose(button.dataset.finding)));
  function jump(way) {
    const times = data.findings.map((f) => f.time_s).sort((a, b) => a - b);
    const next = way > 0 ? times.find((t) => t > now + 0.02) : times.reverse().find((t) => t < now - 0.02);
    if (next !== undefined) seek(next);
  }
  const play = shared.player(video, () => {
    if (!video.seeking || video.paused === false) { now = clamp(fromVideo(video.currentTime)); show(); }
  });
  function sound() {
    video.muted = !video.muted;
    document.querySelector("[data-do=sound]").setAttribute("aria-pressed", String(video.muted));
  }
  const full = () => { if (video.requestFullscreen) video.requestFullscreen().catch(() => {}); else if (video.webkitEnterFullscreen) video.webkitEnterFullscreen(); };
  const actions = { play, back: () => seek(now - data.frameStep), on: () => seek(now + data.frameStep), sound, full };
  document.querySelectorAll("[data-do]").forEach((button) => button.addEventListener("click", actions[button.dataset.do]));
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("button, select, a, .scroll") && event.key === " ") return;
    if (event.target.closest("select, .scroll") || (event.target.closest("input") && event.key !== " ") || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = { " ": play, ArrowLeft: actions.back, ArrowRight: actions.on, n: () => jump(1), p: () => jump(-1) };
    const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action) { event.preventDefault(); action(); }
  });
  if (video) {
    document.addEventListener("fullscreenchange", () => { video.controls = document.fullscreenElement === video; });
    video.addEventListener("seeked", () => { if (Math.abs(toVideo(now) - video.currentTime) > 0.5 / 30) { now = clamp(fromVideo(video.currentTime)); } show(); });
  }
  function redraw() { charts.forEach((chart) => chart.redraw()); path(); show(); }
  shared.themed(redraw);

  /* ---- the lifter's own word: kept by the server that gave this page, else said with a command ---- */
  const ticked = (name) => [...document.querySelectorAll(`#wrong [data-${name}]:checked`)];
  const chosen = (id) => (byId(id) && (byId(id).type === "checkbox" ? byId(id).checked : byId(id).value.trim())) || null;
  const served = location.protocol.startsWith("http") ? location.pathname.match(/^\/clips\/([^/]+)\/(?:set-(\d+)\/)?report/) : null;
  const word = () => ({
    set: served && served[2] ? Number(served[2]) : 1,
    not_reps: ticked("not-rep").map((box) => Number(box.dataset.notRep)),
    not_faults: ticked("not-fault").map((box) => [Number(box.dataset.ofRep), box.dataset.notFault]),
    because: chosen("wrong-because") || "", exercise: chosen("wrong-exercise"), leg: chosen("wrong-leg"), undo: Boolean(chosen("wrong-undo")),
  });
  const quoted = (text) => (/^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  function command({ not_reps: reps, not_faults: faults, because, exercise, leg, undo }) {
    const folder = location.protocol === "file:" ? decodeURIComponent(location.pathname).replace(/\/[^/]*$/, "") : data.clip;
    const options = [
      ...reps.map((rep) => `--not-a-rep ${rep}`), ...faults.map(([rep, rule]) => `--not-a-fault ${rep}:${rule}`),
      exercise && `--exercise ${exercise}`, leg && `--leg ${leg}`, undo && "--undo",
    ].filter(Boolean);
    return options.length ? ["formcheck log correct", quoted(folder), ...options, because && `--because ${quoted(because)}`].filter(Boolean).join(" ") : "";
  }
  function corrected() {
    const text = command(word());
    byId("wrong-send").disabled = !text;
    byId("wrong-command").hidden = Boolean(served) || !text;
    byId("wrong-command").querySelector("code").textContent = text;
  }
  function doubt(rule, rep) {
    for (const box of document.querySelectorAll(`#wrong [data-not-fault="${CSS.escape(rule)}"]`)) if (rep === null || box.dataset.ofRep === rep) box.checked = true;
    corrected();
  }
  async function copy() {
    const code = byId("wrong-command").querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      byId("wrong-said").textContent = WORDS.copied;
    } catch (error) {
      getSelection().selectAllChildren(code);
      byId("wrong-said").textContent = WORDS.selected;
    }
  }
  async function send() {
    const said = byId("wrong-said"), address = `/api/clips/${served[1]}`;
    byId("wrong-send").disabled = true;
    try {
      const answer = await fetch(`${address}/correct`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(word()) });
      if (!answer.ok) throw new Error((await answer.json()).error);
      said.textContent = WORDS.kept;
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 1500));
        const { state, error } = await (await fetch(address)).json();
        if (state === "failed") throw new Error(error);
        if (state === "done") { location.hash = ""; location.reload(); return; }
      }
    } catch (error) {
      said.textContent = error instanceof TypeError ? WORDS.noAnswer : error.message;
      corrected();
    }
  }
  if (byId("wrong")) {  // not in a page that was made to be sent
    byId("wrong").hidden = false;
    byId("wrong-send").hidden = !served;
    byId("wrong").addEventListener("input", corrected);
    byId("wrong-copy").addEventListener("click", copy);
    byId("wrong-send").addEventListener("click", send);
    document.querySelectorAll("[data-doubt]").forEach((link) => link.addEventListener("click", () => doubt(link.dataset.doubt, link.dataset.ofRep)));
    if (location.hash.startsWith("#not-a-fault=")) {
      doubt(decodeURIComponent(location.hash.slice(13)), null);
      byId("wrong").scrollIntoView();
    } else if (location.hash === "#wrong") byId("wrong").scrollIntoView();
  }

  /* This page was written before its video: look for that now and then. */
  const waits = document.getElementById("drawing");
  function look() {
    const probe = document.createElement("video");
    probe.addEventListener("error", () => setTimeout(look, 5000));
    probe.addEventListener("loadedmetadata", () => {
      const load = document.createElement("button");
      load.type = "button";
      load.textContent = WORDS.show;
      load.addEventListener("click", () => location.reload());
      waits.replaceChildren(WORDS.drawn, load);
    });
    probe.preload = "metadata";
    probe.src = waits.dataset.video;
  }
  if (waits) setTimeout(look, 5000);

  for (const series of data.angles) if (series.key === "shin") series.off = true;
  build("angles", data.angles, 260);
  if (data.bend) build("bend", data.bend, 170);
  path();
  show();
  document.documentElement.dataset.ready = "1";
})();
