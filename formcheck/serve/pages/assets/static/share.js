/* The annotated video, played over the page and given to other apps. Phones share files only from a page they call secure
   (https, or this computer); elsewhere the video is downloaded, and shared from there. */
import { byId, make, say } from "./page.js";

const name = (clip) => `${clip.result.title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}-${clip.added_at.slice(0, 10)}.mp4`;
const address = (clip) => `/clips/${encodeURIComponent(clip.id)}/video`;

export function play(clip) {
  const video = make("video", {
    src: address(clip), controls: true, playsInline: true, autoplay: true, loop: true, "aria-label": `Annotated video: ${clip.result.headline}`,
  });
  video.addEventListener("error", () => byId("screen").replaceChildren(make("p", { className: "sub" }, "The video cannot be played here; the report has it too.")));
  byId("player-heading").textContent = clip.result.title;
  byId("screen").replaceChildren(video);
  byId("player-share").onclick = (event) => share(clip, event.currentTarget);
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
  say("The video goes to your downloads; share it from there.");
}

/* A phone lets a page share only right after a tap: if fetching took longer than that, the button asks for another. */
const fetched = new Map();
export async function share(clip, from) {
  if (!secure()) { download(clip); return; }
  const words = from.textContent;
  try {
    if (!fetched.has(clip.id)) {
      from.textContent = "Getting the video…";
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
    if (error.name === "NotAllowedError" && fetched.has(clip.id)) { from.textContent = "Tap again to share"; return; }
    download(clip);
  }
}
