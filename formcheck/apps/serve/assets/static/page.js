/* Small things of the page: elements made without markup from outside, questions, the line of news. */
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
