/* The annotated video, played over the page and given to other apps. Phones share files only from a page they call secure
   (https, or this computer); elsewhere the video is downloaded, and shared from there. */
import { byId, make, say } from "./page.js";
import { WORDS } from "./words.js";

const name = (clip) => `${clip.result.title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}-${clip.added_at.slice(0, 10)}.mp4`;
const address = (clip) => `/clips/${encodeURIComponent(clip.id)}/video`;

/* The browser's own controls would lie over the cue at the bottom of the picture: these stand under it. */
export function play(clip, at = 0) {
  const video = make("video", { src: address(clip), playsInline: true, autoplay: !at, loop: true, "aria-label": WORDS.video(clip.result.headline) });
  const toggle = byId("player-play"), scrub = byId("player-scrub");
  const turn = () => { if (video.paused) video.play().catch(() => {}); else video.pause(); };
  const follow = () => {
    scrub.value = video.duration ? video.currentTime / video.duration : 0;
    scrub.setAttribute("aria-valuetext", `${video.currentTime.toFixed(1)} s`);
    if (!video.paused && video.isConnected) requestAnimationFrame(follow);
  };
  video.addEventListener("click", turn);
  video.addEventListener("play", () => { toggle.classList.add("playing"); follow(); });
  video.addEventListener("pause", () => toggle.classList.remove("playing"));
  video.addEventListener("seeked", follow);
  video.addEventListener("error", () => byId("screen").replaceChildren(make("p", { className: "sub" }, WORDS.cannotPlay)));
  toggle.onclick = turn;
  /* A jump to a fault begins just before it, in slow motion. */
  const speed = byId("player-speed"), frame = 1 / (clip.result.fps || 30);
  speed.value = at ? "0.25" : "1";
  speed.onchange = () => { video.playbackRate = Number(speed.value); };
  video.addEventListener("loadedmetadata", () => {
    video.playbackRate = Number(speed.value);
    if (at) { video.currentTime = Math.max(0, at - 0.5); turn(); }
  });
  const step = (way) => { video.pause(); video.currentTime = Math.max(0, video.currentTime + way * frame); };
  byId("player-back").onclick = () => step(-1);
  byId("player-on").onclick = () => step(1);
  scrub.oninput = () => { video.pause(); if (video.duration) video.currentTime = scrub.value * video.duration; };
  byId("player-heading").textContent = clip.result.title;
  byId("player-share").textContent = WORDS.share;
  byId("player-share").onclick = (event) => share(clip, event.currentTarget);
  byId("screen").replaceChildren(video);
  byId("player").showModal();
}
byId("player").addEventListener("close", () => byId("screen").replaceChildren());

const secure = () => {
  try { return !!navigator.canShare?.({ files: [new File([""], "a.mp4", { type: "video/mp4" })] }); } catch (error) { return false; }
};

function download(clip) {
  const link = make("a", { href: `${address(clip)}?download=1`, download: name(clip), hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  say(WORDS.downloads);
}

/* A phone lets a page share only right after a tap: if fetching took longer than that, the button asks for another. */
const fetched = new Map();
export async function share(clip, from) {
  if (!secure()) { download(clip); return; }
  const words = from.textContent;
  try {
    if (!fetched.has(clip.id)) {
      from.textContent = WORDS.getting;
      const answer = await fetch(address(clip));
      if (!answer.ok) throw new Error(String(answer.status));
      fetched.clear();
      fetched.set(clip.id, new File([await answer.blob()], name(clip), { type: "video/mp4" }));
    }
    from.textContent = words;
    await navigator.share({ files: [fetched.get(clip.id)], title: clip.result.title, text: clip.result.headline });
  } catch (error) {
    from.textContent = words;
    if (error.name === "AbortError") return;
    if (error.name === "NotAllowedError" && fetched.has(clip.id)) { from.textContent = WORDS.tapAgain; return; }
    download(clip);
  }
}
