"use strict";
(() => {
  /* What this script says; everything else that the page says is in its HTML. */
  const WORDS = { chart: (title, from, to, latest) => `${title} from ${from} to ${to}; latest: ${latest.join(", ")}` };
  const { byId, css } = shared;
  const data = JSON.parse(byId("data").textContent);
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const DAY = 86400;
  const day = (seconds, year = false) => { const d = new Date(seconds * 1000); return `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]}${year ? ` ${d.getUTCFullYear()}` : ""}`; };
  let person = data.people.length ? data.people[0].key : null;
  const chosen = Object.fromEntries(data.people.map((one) => [one.key, one.sections[0].key]));

  /* Days beside the first and last set, so that neither is cut, and a single one stands in the middle. */
  function span(times) {
    const low = times[0], high = times[times.length - 1], room = Math.max((high - low) * 0.04, 3 * DAY);
    return [low - room, high + room];
  }
  function heights(chart, stacked) {
    const known = stacked.flat().filter((v) => v !== null);
    const high = Math.max(...known), low = Math.min(...known);
    if (chart.from_zero) return [0, Math.max(high * 1.12, chart.unit === "%" ? 20 : 1)];
    const room = Math.max((high - low) * 0.15, Math.abs(high) * 0.05, 0.01);
    return [low - room, high + room];
  }
  function tell(chart, key, index) {
    const time = document.createElement("time");
    time.textContent = day(chart.times[index], true);
    key.replaceChildren(time, ...chart.lines.map((line) => {
      const part = document.createElement("span"), swatch = document.createElement("i"), value = document.createElement("b");
      swatch.style.setProperty("--own", `var(${line.colour})`);
      value.textContent = ` ${line.words[index]}`;
      part.append(swatch, line.label, value);
      return part;
    }));
  }
  function build(section, chart) {
    const box = byId(`chart-${section}-${chart.key}`), key = byId(`key-${section}-${chart.key}`), last = chart.times.length - 1;
    const bars = chart.kind === "bars";
    /* Bars are stacked: each stands on those before it, and the highest is drawn first. */
    const stacked = chart.lines.map((line, i) => (bars ? line.values.map((v, row) => chart.lines.slice(0, i + 1).reduce((sum, l) => sum + (l.values[row] || 0), 0)) : line.values));
    const order = chart.lines.map((_, i) => i);
    if (bars) order.reverse();
    const axis = shared.axis(), apart = Math.min(...chart.times.slice(1).map((t, i) => t - chart.times[i]), 7 * DAY);
    const [low, high] = span(chart.times), width = Math.max(box.clientWidth, 240);
    const wide = Math.max(3, Math.min(30, ((width - 60) * apart * 0.7) / (high - low)));
    box.replaceChildren();
    const plot = new uPlot({
      width, height: 210, padding: [10, 8, 0, 0], legend: { show: false }, tzDate: (t) => uPlot.tzDate(new Date(t * 1000), "Etc/UTC"),
      cursor: { drag: { x: false, y: false }, y: false, points: { show: !bars, size: 8 } },
      scales: { x: { time: true, range: [low, high] }, y: { range: heights(chart, stacked) } },
      axes: [
        { ...axis, size: 30, space: 64, values: (u, ticks) => ticks.map((t) => day(t)) },
        { ...axis, size: (u, ticks) => (ticks ? 18 + 7.6 * Math.max(...ticks.map((t) => t.length)) : 50), values: (u, ticks) => ticks.map((t) => `${Math.round(t * 100) / 100}${/[°%]/.test(chart.unit) ? chart.unit : chart.unit ? ` ${chart.unit}` : ""}`) },
      ],
      series: [{}, ...order.map((i) => {
        const colour = css(chart.lines[i].colour);
        return bars
          ? { stroke: colour, fill: colour, width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [1, wide, wide], radius: 0.08 }) }
          : { stroke: colour, width: 2, spanGaps: true, points: { show: true, size: 6, fill: colour, stroke: colour } };
      })],
      hooks: { setCursor: [(u) => tell(chart, key, u.cursor.idx === null || u.cursor.idx === undefined ? last : u.cursor.idx)] },
    }, [chart.times, ...order.map((i) => stacked[i])], box);
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", WORDS.chart(chart.title, day(chart.times[0], true), day(chart.times[last], true), chart.lines.map((line) => `${line.label} ${line.words[last]}`)));
    plot.over.addEventListener("mouseleave", () => tell(chart, key, last));
    tell(chart, key, last);
  }
  let all = false;
  function redraw() {
    for (const one of data.people) {
      const shown = all || one.key === person;
      byId(one.key).hidden = !shown;
      for (const section of one.sections) {
        const here = all || section.key === chosen[one.key];
        byId(section.key).hidden = !here;
        if (shown && here) section.charts.forEach((chart) => build(section.key, chart));
      }
    }
  }
  document.querySelectorAll("[data-choose]").forEach((button) => button.addEventListener("click", () => {
    const own = button.closest(".person");
    chosen[own.id] = button.dataset.choose;
    own.querySelectorAll("[data-choose]").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    redraw();
  }));
  function show(key) {
    person = key;
    document.querySelectorAll("[data-person]").forEach((other) => other.setAttribute("aria-pressed", String(other.dataset.person === key)));
    redraw();
  }
  document.querySelectorAll("[data-person]").forEach((button) => button.addEventListener("click", () => show(button.dataset.person)));
  document.querySelectorAll("[data-show]").forEach((button) => button.addEventListener("click", () => {
    show(button.dataset.show);
    byId(button.dataset.show).scrollIntoView({ block: "start" });
  }));
  /* On paper all exercises stand one after the other. */
  addEventListener("beforeprint", () => { all = true; });
  shared.themed(redraw);
  addEventListener("afterprint", () => { all = false; redraw(); });
  redraw();
  document.documentElement.dataset.ready = "1";
})();
