/* One card for each clip: on its way, in the queue, at work, judged, or not analysed. */
import { besideLive } from "./live_card.js";
import { button, listed, make, meter, percent, plural, size, when } from "./page.js";

const ordinal = (n) => (n === 1 ? "Next in the queue" : n === 2 ? "2nd in the queue" : n === 3 ? "3rd in the queue" : `${n}th in the queue`);
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
const SENDING = {
  queued: () => "waits for the clip before it",
  sending: (item) => (item.sent >= item.bytes ? "the computer looks at it" : `${percent(item.sent / item.bytes)} of ${size(item.bytes)} sent`),
  lost: (item) => `${percent(item.sent / item.bytes)} sent, goes on by itself`,
  asleep: (item) => `${percent(item.sent / item.bytes)} of ${size(item.bytes)} sent`,
  refused: () => "not sent",
};

export function uploadCard(item, { cancel, again, pick }) {
  const words = make("p", { className: "sub" }, SENDING[item.state](item));
  const bar = item.state === "refused" ? null : meter(item.sent / item.bytes, `Sending ${item.name}`);
  const row = make("div", { className: "row" });
  let why = item.error;
  if (item.state === "asleep") {
    why = `${item.error || "The page was closed before all of it was sent."} Choose the same clip again and it goes on from there.`;
    row.append(button("Choose it again", pick, "primary"), button("Give up", cancel));
  } else if (item.state === "refused") {
    row.append(button("Try again", again), button("Dismiss", cancel));
  } else {
    row.append(button("Cancel", cancel));
  }
  const card = frame(`upload-${item.key}`, item.state, make("div", { className: "head" }, make("h3", {}, item.name), words), bar,
    why ? make("p", { className: item.state === "refused" ? "wrong" : "note" }, why) : null, row);
  /* Progress moves the bar and the words; the buttons stay under the thumb. */
  card.move = () => { words.textContent = SENDING[item.state](item); bar.value = item.sent / item.bytes; };
  card.state = item.state;
  return card;
}

/* ---- on the computer ---- */
function working(clip) {
  if (clip.state === "waiting") return clip.place === null ? "In the queue" : ordinal(clip.place);
  return capital(clip.stage || "at work");
}

function waitingCard(clip, sub, acts) {
  const words = make("p", { className: "stage-words" }), bar = meter(0, "Progress of the analysis");
  const card = frame(`clip-${clip.id}`, clip.state, heading(clip.name, sub), words, bar,
    make("div", { className: "row" }, button("Delete", acts.remove)));
  card.move = (now) => {
    words.textContent = working(now) + (now.state === "working" && now.share ? ` · ${percent(now.share)}` : "");
    if (now.state === "working" && now.share) bar.value = now.share; else bar.removeAttribute("value");
    bar.hidden = now.state === "waiting";
  };
  card.move(clip);
  return card;
}

function failedCard(clip, sub, acts) {
  return frame(`clip-${clip.id}`, "failed", heading(clip.name, sub), make("p", { className: "wrong" }, clip.error || "This clip could not be analysed."),
    make("div", { className: "row" }, button("Try again", acts.again), button("Delete", acts.remove)));
}

/* The report's page takes the lifter's own word; it knows every rep and finding. */
const report = (clip, set, what = "") => `/clips/${encodeURIComponent(clip.id)}/${set > 1 ? `set-${set}/report.html` : "report"}${what}`;

function finding(clip, one, first, acts) {
  const shown = clip.result.has_video;
  const words = `${one.state === "fault" ? "Fault" : "Just past the limit"} · rep${one.reps.length === 1 ? "" : "s"} ${listed(one.reps.map(String))}`;
  return make("li", { className: `finding ${one.state}` },
    make("p", { className: "tag" }, words, make("span", { className: "surely" }, `${Math.min(99, Math.round(100 * one.confidence))} % sure`)),
    make("p", { className: "rule" }, one.title),
    make("p", { className: first ? "cue" : "cue second" }, one.cue),
    one.message ? make("p", { className: "sub" }, `${capital(one.message)}.`) : null,
    shown && one.at_s !== null && one.at_s !== undefined ? button(`Show rep ${one.rep}`, () => acts.play(one.at_s)) : null,
    shown && clip.state === "done" ? make("a", { className: "doubt", href: report(clip, one.set, `#not-a-fault=${encodeURIComponent(one.rule)}`) }, "I disagree") : null);
}

function judgedCard(clip, sub, acts, open) {
  const { result } = clip, waits = drawing(clip), findings = result.findings;
  const faults = findings.some((one) => one.state === "fault"), mood = faults ? "fault" : result.clean ? "clean" : "open";
  const verdict = make("p", { className: `headline ${mood}` }, result.headline);
  const picture = result.picture ? make("img", { src: result.picture, alt: "", loading: "lazy", decoding: "async" }) : null;
  const screen = make("button", {
    type: "button", className: "screen", onclick: () => acts.play(), disabled: !result.has_video,
    "aria-label": result.has_video ? `Play the video of ${result.title}` : waits ? `The video of ${result.title} is being drawn` : `No video of ${result.title} is kept`,
  }, picture, result.has_video ? make("span", { className: "triangle" }) : null);
  const nothing = result.clean
    ? "Every rep clean. Nothing to change."
    : result.reps ? "No fault in what could be judged. The report lists the rest." : "No rep was found; the report says what moved.";
  const since = make("p", { className: "sub since" });
  const compare = async () => { if (!since.textContent) since.textContent = (await acts.since()).join(" "); };
  const more = make("div", { className: "more" },
    findings.length ? make("ul", { className: "found", "aria-label": "What to change" }, findings.map((one, i) => finding(clip, one, i === 0, acts))) : make("p", { className: "calm-words" }, nothing),
    since,
    besideLive(result.live),
    result.not_judged && findings.length ? make("p", { className: "sub" }, `${plural(result.not_judged, "rep")} not judged: neither a pass nor a fault.`) : null,
    result.has_video ? null : make("p", { className: "sub" }, waits
      ? "The video is being drawn and will appear here with the report." : "The video was removed to save space; the report stays."),
    make("div", { className: "row" },
      waits ? null : make("a", { className: "button primary", href: report(clip, 1) }, "Report"),
      result.has_video ? button("Share", (event) => acts.share(event.currentTarget)) : null,
      result.has_video ? button("Judge again", acts.again) : null, button("Delete", acts.remove)),
    result.has_video && clip.state === "done" ? make("a", { className: "doubt", href: report(clip, 1, "#wrong") }, "Not a rep, or something else wrong?") : null);
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
