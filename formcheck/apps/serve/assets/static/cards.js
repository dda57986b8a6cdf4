/* One card for each clip: on its way, in the queue, at work, judged, or not analysed. */
import { button, make, meter } from "./page.js";
import { WORDS, percent, when } from "./words.js";

const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

function frame(key, state, ...children) {
  return make("li", { className: `card clip is-${state}`, id: key }, children);
}

/* What was found is known before the video is drawn. */
export const drawing = (clip) => clip.state === "working" && clip.result !== null;
export const judged = (clip) => clip.state === "done" || drawing(clip);

function heading(name, sub) {
  return make("div", { className: "head" }, make("h3", {}, name), make("p", { className: "sub" }, sub));
}

/* ---- on its way ---- */
export function uploadCard(item, { cancel, again, pick }) {
  const words = make("p", { className: "sub" }, WORDS.sending[item.state](item));
  const bar = item.state === "refused" ? null : meter(item.sent / item.bytes, WORDS.sendingOf(item.name));
  const row = make("div", { className: "row" });
  let why = item.error;
  if (item.state === "asleep") {
    why = `${item.error || WORDS.closedEarly} ${WORDS.chooseSame}`;
    row.append(button(WORDS.pickAgain, pick, "primary"), button(WORDS.giveUp, cancel));
  } else if (item.state === "refused") {
    row.append(button(WORDS.tryAgain, again), button(WORDS.dismiss, cancel));
  } else {
    row.append(button(WORDS.cancel, cancel));
  }
  const card = frame(`upload-${item.key}`, item.state, make("div", { className: "head" }, make("h3", {}, item.name), words), bar,
    why ? make("p", { className: item.state === "refused" ? "wrong" : "note" }, why) : null, row);
  /* Progress moves the bar and the words; the buttons stay under the thumb. */
  card.move = () => { words.textContent = WORDS.sending[item.state](item); bar.value = item.sent / item.bytes; };
  card.state = item.state;
  return card;
}

/* ---- on the computer ---- */
const working = (clip) => (clip.state === "waiting" ? WORDS.place(clip.place) : capital(clip.stage || WORDS.working));

function waitingCard(clip, sub, acts) {
  const words = make("p", { className: "stage-words" }), bar = meter(0, WORDS.progress);
  const card = frame(`clip-${clip.id}`, clip.state, heading(clip.name, sub), words, bar,
    make("div", { className: "row" }, button(WORDS.remove, acts.remove)));
  card.move = (now) => {
    words.textContent = working(now) + (now.state === "working" && now.share ? ` · ${percent(now.share)}` : "");
    if (now.state === "working" && now.share) bar.value = now.share; else bar.removeAttribute("value");
    bar.hidden = now.state === "waiting";
  };
  card.move(clip);
  return card;
}

function failedCard(clip, sub, acts) {
  return frame(`clip-${clip.id}`, "failed", heading(clip.name, sub), make("p", { className: "wrong" }, clip.error || WORDS.failed),
    make("div", { className: "row" }, button(WORDS.tryAgain, acts.again), button(WORDS.remove, acts.remove)));
}

/* The report's page takes the lifter's own word; it knows every rep and finding. */
const report = (clip, set, what = "") => `/clips/${encodeURIComponent(clip.id)}/${set > 1 ? `set-${set}/report.html` : "report"}${what}`;

function finding(clip, one, first, acts) {
  const shown = clip.result.has_video;
  return make("li", { className: `finding ${one.state}` },
    make("p", { className: "tag" }, WORDS.found(one.state, one.reps), make("span", { className: "surely" }, WORDS.sure(one.confidence))),
    make("p", { className: "rule" }, one.title),
    make("p", { className: first ? "cue" : "cue second" }, one.cue),
    one.message ? make("p", { className: "sub" }, `${capital(one.message)}.`) : null,
    shown && one.at_s !== null && one.at_s !== undefined ? button(WORDS.showRep(one.rep), () => acts.play(one.at_s)) : null,
    shown && clip.state === "done" ? make("a", { className: "doubt", href: report(clip, one.set, `#not-a-fault=${encodeURIComponent(one.rule)}`) }, WORDS.disagree) : null);
}

/* On the card of a judged clip: what was said while it was filmed, and where the analysis differs. */
function besideLive(live) {
  if (!live) return null;
  return make("div", { className: "beside-live" }, make("h4", {}, WORDS.whileFilming), make("p", { className: "sub" }, live.said),
    live.differences.length ? make("ul", { className: "sub", "aria-label": WORDS.differs }, live.differences.map((one) => make("li", {}, one)))
      : make("p", { className: "sub" }, WORDS.agrees));
}

function judgedCard(clip, sub, acts, open) {
  const { result } = clip, waits = drawing(clip), findings = result.findings;
  const faults = findings.some((one) => one.state === "fault"), mood = faults ? "fault" : result.clean ? "clean" : "open";
  const verdict = make("p", { className: `headline ${mood}` }, result.headline);
  const picture = result.picture ? make("img", { src: result.picture, alt: "", loading: "lazy", decoding: "async" }) : null;
  const screen = make("button", {
    type: "button", className: "screen", onclick: () => acts.play(), disabled: !result.has_video,
    "aria-label": (result.has_video ? WORDS.playVideo : waits ? WORDS.videoComes : WORDS.noVideo)(result.title),
  }, picture, result.has_video ? make("span", { className: "triangle" }) : null);
  const since = make("p", { className: "sub since" });
  const compare = async () => { if (!since.textContent) since.textContent = (await acts.since()).join(" "); };
  const more = make("div", { className: "more" },
    findings.length ? make("ul", { className: "found", "aria-label": WORDS.toChange }, findings.map((one, i) => finding(clip, one, i === 0, acts))) : make("p", { className: "calm-words" }, WORDS.nothing(result)),
    since,
    besideLive(result.live),
    result.not_judged && findings.length ? make("p", { className: "sub" }, WORDS.notJudged(result.not_judged)) : null,
    result.has_video ? null : make("p", { className: "sub" }, waits ? WORDS.beingDrawn : WORDS.removed),
    make("div", { className: "row" },
      waits ? null : make("a", { className: "button primary", href: report(clip, 1) }, WORDS.report),
      result.has_video ? button(WORDS.share, (event) => acts.share(event.currentTarget)) : null,
      result.has_video ? button(WORDS.judgeAgain, acts.again) : null, button(WORDS.remove, acts.remove)),
    result.has_video && clip.state === "done" ? make("a", { className: "doubt", href: report(clip, 1, "#wrong") }, WORDS.wrong) : null);
  more.id = `more-${clip.id}`;
  more.hidden = !open;
  const fold = make("button", { type: "button", className: "fold", "aria-expanded": String(open), "aria-controls": more.id },
    make("h3", {}, result.title), make("span", { className: "sub" }, sub));
  const card = frame(`clip-${clip.id}`, waits ? "drawing" : "done", screen, make("div", { className: "head" }, fold, verdict), more);
  card.classList.toggle("is-open", open);
  if (open) compare();
  fold.addEventListener("click", () => {
    compare();
    more.hidden = !more.hidden;
    fold.setAttribute("aria-expanded", String(!more.hidden));
    card.classList.toggle("is-open", !more.hidden);
  });
  return card;
}

/* `owner` also reads whose clip it is. */
export function clipCard(clip, acts, { owner, open }) {
  const load = clip.asked.load_kg ? `${Math.round(clip.asked.load_kg * 100) / 100} kg` : "";
  const parts = [clip.asked.who || "", load, when(clip.added_at), owner && clip.device ? clip.device.name : ""];
  const card = judged(clip) ? judgedCard(clip, parts.filter(Boolean).join(" · "), acts, open)
    : clip.state === "failed" ? failedCard(clip, parts.filter(Boolean).join(" · "), acts)
      : waitingCard(clip, parts.filter(Boolean).join(" · "), acts);
  card.state = clip.state;
  card.open = () => card.classList.contains("is-open");
  return card;
}
