import { make } from "./page.js";

/* On the card of a judged clip: what was said while it was filmed, and where the analysis differs. */
export function besideLive(live) {
  if (!live) return null;
  return make("div", { className: "beside-live" }, make("h4", {}, "While you filmed"), make("p", { className: "sub" }, live.said),
    live.differences.length ? make("ul", { className: "sub", "aria-label": "Where the analysis differs" }, live.differences.map((one) => make("li", {}, one)))
      : make("p", { className: "sub" }, "The analysis agrees."));
}
