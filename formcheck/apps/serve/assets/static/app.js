/* The app: what is on its way, what the computer has, and what it found. */
import { ask } from "./api.js";
import { clipCard, judged, uploadCard } from "./cards.js";
import { watch } from "./news.js";
import { aboutOf, asked, choose, inWords, offered, remembered, sent } from "./options.js";
import { byId, make, say, sure } from "./page.js";
import { devices, mine, newCode } from "./phones.js";
import { play, share } from "./share.js";
import { restAfter, today } from "./today.js";
import { Uploads } from "./uploads.js";
import { WORDS } from "./words.js";

let me = { owner: false, device: null };
const clips = new Map(), cards = new Map(), opened = new Map();

/* ---- what is on its way ---- */
const way = new Uploads((item) => {
  const key = `upload-${item.key}`, old = byId(key);
  if (item.state === "gone") old?.remove();
  else if (old && old.state === item.state && item.state === "sending") old.move();
  else {
    const card = uploadCard(item, { cancel: () => give(item), again: () => way.again(item), pick: () => byId("choose").click() });
    if (old) swap(old, card); else byId("uploads").append(card);
    if (item.state === "refused") speak(item.error);
  }
  empty();
}, (clip, item) => {
  if (!heard.has(clip.id)) show(clip);
  say(WORDS.arrived(item.name));
});

async function give(item) {
  const started = item.state !== "refused" && item.sent > 0;
  if (!started || (await sure(WORDS.stopSending.heading, WORDS.stopSending.text(item.name), WORDS.stopSending.yes))) way.cancel(item);
}

/* ---- what the computer has ---- */
function swap(old, card) {
  const focused = old.contains(document.activeElement);
  old.replaceWith(card);
  if (focused) card.querySelector("button, a")?.focus();
}

const newest = () => [...clips.values()].filter(judged).sort((a, b) => (a.added_at < b.added_at ? 1 : -1))[0];

function show(clip) {
  const before = clips.get(clip.id), old = cards.get(clip.id);
  clips.set(clip.id, clip);
  // The news may be quicker than the answer to what was sent.
  const sent = way.items.find((item) => item.id === clip.id);
  if (sent) byId(`upload-${sent.key}`)?.remove();
  if (old && before.state === clip.state && clip.state !== "failed" && !judged(clip)) { old.move(clip); return; }
  if (old && JSON.stringify(before) === JSON.stringify(clip)) return;
  const justDone = before && !judged(before) && judged(clip);
  if (before && before.state !== "done" && clip.state === "done") today(remembered().who);  // it is in the logbook then
  if (justDone || (before && before.state !== "failed" && clip.state === "failed")) announce(clip);
  const open = opened.get(clip.id) ?? (justDone || newest()?.id === clip.id);
  const card = clipCard(clip, acts(clip.id), { owner: me.owner, open });
  cards.set(clip.id, card);
  if (old) swap(old, card);
  else {
    const after = [...byId("clips").children].find((other) => (clips.get(other.id.slice(5))?.added_at ?? "") < clip.added_at);
    byId("clips").insertBefore(card, after ?? null);
  }
  empty();
}

/* The news are in order; an answer to something else may have been overtaken by them on its way. */
const heard = new Map();
function hear(clip) {
  heard.set(clip.id, (heard.get(clip.id) ?? 0) + 1);
  show(clip);
}
const unlessHeard = (before) => (clip) => { if (heard.get(clip.id) === before.get(clip.id)) show(clip); };

function drop(id) {
  cards.get(id)?.remove();
  cards.delete(id);
  clips.delete(id);
  empty();
}

/* What a card shows to the eye, said to a screen reader. */
function speak(text) { byId("spoken").textContent = text; }

function announce(clip) { speak(judged(clip) ? `${clip.result.title}: ${clip.result.headline}` : `${clip.name}: ${clip.error}`); }

function empty() { byId("none").hidden = clips.size > 0 || way.items.length > 0; }

const acts = (id) => ({
  play: (at) => play(clips.get(id), at),
  since: async () => {
    try { return (await ask("GET", `/api/clips/${encodeURIComponent(id)}/since`)).lines; } catch (error) { return []; }
  },
  share: (from) => share(clips.get(id), from),
  remove: () => remove(clips.get(id)),
  again: () => again(clips.get(id)),
});

async function remove(clip) {
  const { heading, text, yes } = WORDS.removeClip;
  if (!(await sure(heading(clip.result ? clip.result.title : clip.name), text, yes))) return;
  try {
    await ask("DELETE", `/api/clips/${encodeURIComponent(clip.id)}`);
    drop(clip.id);
    say(WORDS.deleted);
    byId("sets-heading").focus();
  } catch (error) {
    if (error.status === 404) drop(clip.id);
    else say(error.message, { bad: true });
  }
}

async function again(clip) {
  const about = await choose(aboutOf(clip.asked), { heading: WORDS.judgeItAgain, yes: WORDS.judgeAgain });
  if (about === null) return;
  try {
    const before = new Map(heard);
    unlessHeard(before)(await ask("POST", `/api/clips/${encodeURIComponent(clip.id)}/again`, asked(about)));
  } catch (error) {
    say(error.message, { bad: true });
  }
}

/* Who this is, what may be sent, and which exercises there are. */
async function meet() {
  me = await ask("GET", "/api/me");
  offered(me);
  mine(me);
  about();
  if (location.hash === "#phones") devices(me);
}

async function reload() {
  try {
    if (me.device === null) await meet();
    const before = new Map(heard), found = (await ask("GET", "/api/clips")).clips, there = new Set(found.map((clip) => clip.id));
    for (const id of [...clips.keys()]) if (!there.has(id) && heard.get(id) === before.get(id)) drop(id);
    found.forEach(unlessHeard(before));
    empty();
    if (byId("line").dataset.away) { delete byId("line").dataset.away; say(""); }
  } catch (error) {
    away();
  }
}

function away() {
  byId("line").dataset.away = "1";
  say(WORDS.away, { bad: true, stay: true });
}

/* ---- choosing what to send ---- */
function about() { byId("as-words").textContent = inWords(remembered()); }

byId("as").addEventListener("click", async () => { await choose(remembered(), { keep: true }); about(); today(remembered().who); });

function chosen(input) {
  const files = [...input.files];
  input.value = "";
  if (!files.length) return;
  location.hash = "#sets";
  way.add(files, asked(remembered()));
  restAfter(remembered());
  sent();
  about();
  scrollTo({ top: 0 });
}
for (const id of ["film", "choose"]) byId(id).addEventListener("change", (event) => chosen(event.target));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const files = [...event.dataTransfer.files];
  if (files.length) { way.add(files, asked(remembered())); sent(); about(); }
});

/* ---- the three views ---- */
async function advise() {
  try {
    const { next } = await ask("GET", "/api/next"), several = new Set(next.map(({ who }) => who)).size > 1;
    byId("advice").replaceChildren(...(next.length
      ? next.map(({ who, title, text, why, cue }) => {
        const at = why ? text.indexOf(why) : -1, parts = at > 0 ? [text.slice(0, at).trim(), why, cue] : [text];
        return make("article", { className: "card calm advice" }, make("h3", {}, several && who ? `${who}: ${title}` : title), parts.filter(Boolean).map((part) => make("p", {}, part)));
      })
      : [make("p", { className: "card calm" }, WORDS.noAdvice)]));
  } catch (error) {
    say(error.message, { bad: true });
  }
}

function turn() {
  const view = ["next", "phones"].find((name) => location.hash === `#${name}`) ?? "sets";
  for (const section of document.querySelectorAll(".view")) section.hidden = section.id !== view;
  byId("send").hidden = view !== "sets";
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === `#${view}`) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  if (view === "next") advise();
  if (view === "phones") devices(me);
  scrollTo({ top: 0 });
}
addEventListener("hashchange", turn);
byId("new-code").addEventListener("click", newCode);

shared.themed(() => {});
about();
turn();
navigator.serviceWorker?.register("/service.js").catch(() => { /* the app works without it */ });
await reload();
today(remembered().who);
await way.resume();
watch({ clip: hear, gone: drop, back: reload, away });
document.documentElement.dataset.ready = "1";
