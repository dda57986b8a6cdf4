/* Small things of the page: elements made without markup from outside, words for sizes and times, questions. */
export const byId = (id) => document.getElementById(id);

/* An element with properties and children; text is always text. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
}

export const button = (text, onclick, className = "") => make("button", { type: "button", className, onclick }, text);

export function meter(share, label) {
  const bar = make("progress", { max: 1, "aria-label": label });
  if (share !== null && share !== undefined) bar.value = share;
  return bar;
}

export function size(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} KB`;
}

export const percent = (share) => `${Math.floor(100 * share + 1e-9)} %`;

/* "today 18:05", "yesterday 18:05", "Mon 3 Nov". */
export function when(iso) {
  const time = new Date(iso), today = new Date();
  if (Number.isNaN(time.getTime())) return "";
  const clock = time.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const days = Math.round((new Date(today).setHours(0, 0, 0, 0) - new Date(time).setHours(0, 0, 0, 0)) / 86400000);
  if (days === 0) return `today ${clock}`;
  if (days === 1) return `yesterday ${clock}`;
  return time.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" });
}

export const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

export const listed = (items) => (items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`);

/* Asks before something that cannot be undone. */
export function sure(heading, words, yes) {
  const dialog = byId("sure");
  byId("sure-heading").textContent = heading;
  byId("sure-words").textContent = words;
  byId("sure-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

/* One line under the name of the app: what just happened, or what is wrong; a screen reader says it too. */
let saying = null;
export function say(text, { bad = false, stay = false } = {}) {
  const line = byId("line");
  clearTimeout(saying);
  line.textContent = text;
  line.classList.toggle("is-bad", bad);
  if (text && !stay) saying = setTimeout(() => say(""), 8000);
}
