/* Who may send clips: the owner's computer lets phones in, one code each, and shuts them out again. */
import { ask } from "./api.js";
import { button, byId, make, plural, say, size, sure, when } from "./page.js";

export function mine(me) {
  byId("phones-tab").textContent = me.owner ? "Phones" : "Phone";
  byId("phones-heading").textContent = me.owner ? "Phones" : "This phone";
  const limits = `A clip may be up to ${size(me.limits.bytes)} and ${Math.round(me.limits.seconds / 60)} minutes long.`;
  const kept = me.keep_videos ? `The computer removes videos after ${me.keep_videos}; reports and the logbook stay.` : "The computer keeps videos until you delete them.";
  const home = matchMedia("(display-mode: standalone)").matches ? null
    : make("p", {}, "To open formcheck like an app, choose ", make("b", {}, "Add to Home Screen"), " in the browser's menu or under Share.");
  byId("mine").replaceChildren(make("h3", {}, me.device.name),
    make("p", {}, me.owner ? "This is the owner's device: it sees the clips of every phone." : "It sees its own clips; the owner's computer sees all."),
    make("p", { className: "sub" }, `${limits} ${kept} ${size(me.free_bytes)} are free.`), ...(home ? [home] : []));
  byId("owner").hidden = !me.owner;
}

async function revoke(device) {
  if (!(await sure(`Shut out ${device.name}?`, "It can't send or see anything until it gets a new code. Its clips stay here.", "Shut it out"))) return;
  try {
    await ask("DELETE", `/api/devices/${encodeURIComponent(device.id)}`);
    say(`${device.name} is shut out.`);
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
      const own = device.this, seen = device.last_seen ? `last here ${when(device.last_seen)}` : "not here yet";
      return make("li", { className: "card device" },
        make("div", { className: "head" }, make("h4", {}, device.name), make("p", { className: "sub" }, `${plural(device.clips, "clip")} · ${own ? "this one" : seen}`)),
        own ? null : make("button", { type: "button", "aria-label": `Shut out ${device.name}`, onclick: () => revoke({ ...device, me }) }, "Shut out"));
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
    drawing.setAttribute("aria-label", "Code to scan with the phone's camera");
    const rest = make("p", { className: "sub", role: "status" });
    box.replaceChildren(make("div", { className: "qr" }, drawing), make("p", {}, "Scan it with the phone's camera. It lets one phone in, once."),
      make("p", { className: "address" }, url), rest);
    box.hidden = false;
    box.scrollIntoView({ block: "nearest" });
    clearInterval(fading);
    const until = typeof ends === "number" ? 1000 * ends : new Date(ends).getTime();
    const count = () => {
      const minutes = Math.ceil((until - Date.now()) / 60000);
      if (minutes > 0) { const words = `Good for ${plural(minutes, "minute")}.`; if (rest.textContent !== words) rest.textContent = words; return; }
      clearInterval(fading);
      box.hidden = true;
    };
    count();
    fading = setInterval(count, 5000);
  } catch (error) {
    say(error.message, { bad: true });
  }
}
