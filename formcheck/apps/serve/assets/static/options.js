/* What is said of a set before it is sent; the phone remembers it until the next one. */
import { byId, make } from "./page.js";
import { WORDS } from "./words.js";

const KEPT = "formcheck-about", KG_PER_LB = 0.45359237;
const EMPTY = { exercise: "", load: "", unit: "kg", side: "", who: "" };
let titles = new Map(), mostKg = Infinity;

/* The exercises there are, and the most that can be lifted: the computer says both. */
export function offered({ exercises: list, limits, people }) {
  byId("people").replaceChildren(...people.map((name) => make("option", { value: name })));
  mostKg = limits.load_kg;
  titles = new Map(list.map(({ name, title }) => [name, title]));
  byId("exercise").append(...list.map(({ name, title }) => make("option", { value: name }, title)));
}

/* A number as people write it; null for nothing, NaN for what is no load. */
function number(text) {
  const trimmed = text.trim().replace(",", ".");
  if (!trimmed) return null;
  return /^\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : NaN;
}

const inKg = (about) => {
  const load = number(about.load);
  return load === null ? null : load * (about.unit === "lb" ? KG_PER_LB : 1);
};

/* The load belongs to the exercise: that of one is not taken for the next. */
const LOADS = "formcheck-loads";
function kept(name, otherwise) {
  try { return { ...otherwise, ...JSON.parse(localStorage.getItem(name) || "{}") }; } catch (error) { return { ...otherwise }; }
}
function keep(name, value) { try { localStorage.setItem(name, JSON.stringify(value)); } catch (error) { /* for this page only */ } }
const loadOf = (exercise) => kept(LOADS, {})[exercise] ?? "";

export function remembered() { return kept(KEPT, EMPTY); }

function remember(about) {
  keep(KEPT, about);
  if (about.exercise) keep(LOADS, { ...kept(LOADS, {}), [about.exercise]: about.load });
}

/* A load that was said without its exercise holds for one set. */
export function sent() {
  const about = remembered();
  if (!about.exercise) keep(KEPT, { ...about, load: "" });
}

/* As the computer is told it. */
export const asked = (about) => ({ exercise: about.exercise || null, load_kg: inKg(about), side: about.side || null, who: about.who || null });

/* As a set was asked for, to be changed. */
export const aboutOf = ({ exercise, load_kg: kg, side, who }) => ({
  ...EMPTY, who: who || "", exercise: exercise || "", side: side || "", load: kg === null || kg === undefined ? "" : String(Math.round(kg * 100) / 100),
});

export function inWords(about) {
  const what = about.exercise ? titles.get(about.exercise) || about.exercise : WORDS.automatic;
  return [about.who, what, about.load ? `${about.load} ${about.unit}` : WORDS.noLoad, about.side ? WORDS.nearest(about.side) : ""].filter(Boolean).join(" · ");
}

function read() {
  const side = document.querySelector("#options [name=side]:checked").value;
  return { exercise: byId("exercise").value, load: byId("load").value.trim(), unit: byId("unit").value, side, who: byId("who").value.trim() };
}

function amiss(about) {
  const kg = inKg(about);
  if (Number.isNaN(kg)) return WORDS.aNumber;
  return kg !== null && kg > mostKg ? WORDS.tooHeavy(mostKg) : "";
}

function step(way) {
  const load = byId("load"), now = number(load.value), unit = byId("unit").value === "lb" ? 5 : 2.5;
  const next = Math.max(0, (now || 0) + way * unit);
  load.value = next ? String(Math.round(next * 100) / 100) : "";
  byId("load-note").textContent = "";
}

/* Shows the sheet; resolves to what was chosen, or null. With `keep` the phone remembers it. */
export function choose(about, { heading = WORDS.aboutSet, yes = WORDS.done, keep = false } = {}) {
  const dialog = byId("options");
  byId("options-heading").textContent = heading;
  byId("options-yes").textContent = yes;
  byId("who").value = about.who;
  byId("exercise").value = about.exercise;
  byId("load").value = about.load;
  byId("unit").value = about.unit;
  byId("load-note").textContent = "";
  for (const radio of document.querySelectorAll("#options [name=side]")) radio.checked = radio.value === about.side;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") { done(null); return; }
    const chosen = read();
    if (keep) remember(chosen);
    done(chosen);
  }, { once: true }));
}

byId("exercise").addEventListener("change", (event) => { byId("load").value = loadOf(event.target.value); });
byId("less").addEventListener("click", () => step(-1));
byId("more").addEventListener("click", () => step(1));
byId("options-not").addEventListener("click", () => byId("options").close(""));
byId("options").querySelector("form").addEventListener("submit", (event) => {
  const wrong = amiss(read());
  byId("load-note").textContent = wrong;
  if (wrong) { event.preventDefault(); byId("load").focus(); }
});
