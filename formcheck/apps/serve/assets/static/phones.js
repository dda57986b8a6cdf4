/* Who may send clips: the owner's computer lets phones in, one code each, and shuts them out again. */
import { ask } from "./api.js";
import { byId, make, say, sure } from "./page.js";
import { WORDS, plural } from "./words.js";

export function mine(me) {
  byId("phones-tab").textContent = me.owner ? WORDS.phones : WORDS.phone;
  byId("phones-heading").textContent = me.owner ? WORDS.phones : WORDS.thisPhone;
  const [before, choice, after] = WORDS.homeScreen, standalone = matchMedia("(display-mode: standalone)").matches;
  byId("mine").replaceChildren(make("h3", {}, me.device.name), make("p", {}, WORDS.sees(me.owner)),
    make("p", { className: "sub" }, `${WORDS.limits(me.limits.bytes, Math.round(me.limits.seconds / 60))} ${WORDS.kept(me.keep_videos)} ${WORDS.free(me.free_bytes)}`),
    ...(standalone ? [] : [make("p", {}, before, make("b", {}, choice), after)]));
  byId("owner").hidden = !me.owner;
}

async function revoke(device) {
  const { heading, text, yes } = WORDS.lockingOut;
  if (!(await sure(heading(device.name), text, yes))) return;
  try {
    await ask("DELETE", `/api/devices/${encodeURIComponent(device.id)}`);
    say(WORDS.lockedOut(device.name));
  } catch (error) {
    say(error.message, { bad: true });
  }
  await devices(device.me);
}

export async function devices(me) {
  if (!me.owner) return;
  try {
    const found = (await ask("GET", "/api/devices")).devices;
    byId("devices").replaceChildren(...found.map((device) => {
      const own = device.this;
      return make("li", { className: "card device" },
        make("div", { className: "head" }, make("h4", {}, device.name), make("p", { className: "sub" }, `${plural(device.clips, "clip")} · ${own ? WORDS.thisOne : WORDS.seen(device.last_seen)}`)),
        own ? null : make("button", { type: "button", "aria-label": WORDS.lockOutOf(device.name), onclick: () => revoke({ ...device, me }) }, WORDS.lockOut));
    }));
  } catch (error) {
    say(error.message, { bad: true });
  }
}

let fading = null;
export async function newCode() {
  const box = byId("code");
  try {
    const { url, qr, expires_at: ends } = await ask("POST", "/api/code", {});
    const drawing = document.importNode(new DOMParser().parseFromString(qr, "image/svg+xml").documentElement, true);
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", WORDS.code);
    const rest = make("p", { className: "sub", role: "status" });
    box.replaceChildren(make("div", { className: "qr" }, drawing), make("p", {}, WORDS.scan),
      make("p", { className: "address" }, url), rest);
    box.hidden = false;
    box.scrollIntoView({ block: "nearest" });
    clearInterval(fading);
    const until = typeof ends === "number" ? 1000 * ends : new Date(ends).getTime();
    const count = () => {
      const minutes = Math.ceil((until - Date.now()) / 60000);
      if (minutes > 0) { const words = WORDS.valid(minutes); if (rest.textContent !== words) rest.textContent = words; return; }
      clearInterval(fading);
      box.hidden = true;
    };
    count();
    fading = setInterval(count, 5000);
  } catch (error) {
    say(error.message, { bad: true });
  }
}
