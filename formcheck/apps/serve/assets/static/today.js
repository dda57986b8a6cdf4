/* The day: the last session, the sets still to do, and the rest between them. */
import { ask } from "./api.js";
import { button, byId, make } from "./page.js";
import { WORDS } from "./words.js";

let people = [], ends = 0, ticking = 0;

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const same = (a, b) => (a || "").toLowerCase() === (b || "").toLowerCase();

/* Whose day is shown: that of the phone's lifter, or of the only one there is. */
let shown = null;
export async function today(who) {
  try { people = (await ask("GET", "/api/today")).people; } catch (error) { return; }
  shown = people.find((one) => same(one.who, who)) ?? (people.length === 1 ? people[0] : null);
  draw();
}

function toDo({ title, sets, done, rest_s: rest }) {
  return make("li", { className: done < sets ? "" : "done" }, make("span", {}, make("b", {}, title), ` ${WORDS.toDo(sets, done)}`),
    button(WORDS.rest(clock(rest)), () => start(rest)));
}

function draw() {
  const place = byId("today");
  if (!shown) { place.replaceChildren(); return; }
  const begun = shown.to_do.some((one) => one.done > 0);
  place.replaceChildren(make("article", { className: "card calm day" },
    shown.to_do.length ? make("h3", {}, begun ? WORDS.today : WORDS.upNext) : null,
    shown.to_do.length ? make("ul", {}, shown.to_do.map(toDo)) : null,
    make("p", { id: "rest", className: "rest", role: "timer", hidden: true }),
    shown.last_day ? make("details", { open: !begun }, make("summary", {}, WORDS.lastSession(shown.last_day)),
      shown.last.map((line) => make("p", { className: "sub" }, line))) : null));
  tick();
}

/* A set that was just sent is done: the rest begins. */
export function restAfter({ exercise }) {
  const own = shown?.to_do.find((one) => one.exercise === exercise) ?? (shown?.to_do.length === 1 ? shown.to_do[0] : null);
  if (own) start(own.rest_s);
}

function start(seconds) {
  ends = Date.now() + 1000 * seconds;
  clearInterval(ticking);
  ticking = setInterval(tick, 250);
  tick();
}

function stop() { ends = 0; clearInterval(ticking); tick(); }

function tick() {
  const line = byId("rest");
  if (!line) return;
  const left = Math.ceil((ends - Date.now()) / 1000);
  line.hidden = !ends;
  if (!ends) return;
  if (left <= 0) {
    clearInterval(ticking);
    if (line.dataset.state !== "over") { navigator.vibrate?.([200, 100, 200]); line.dataset.state = "over"; line.replaceChildren(make("b", {}, WORDS.rested), button(WORDS.ok, stop)); }
    return;
  }
  if (line.dataset.state !== "on") { line.dataset.state = "on"; line.replaceChildren(make("b", {}), button(WORDS.stop, stop)); }
  line.firstChild.textContent = WORDS.rest(clock(left));
}
