/* The computer's news as they happen. The line may break at any moment: whoever comes back asks for everything once. */
export function watch({ clip, gone, back, away }) {
  let source = null, again = null;
  function open() {
    clearTimeout(again);
    source?.close();
    source = new EventSource("/api/events");
    source.addEventListener("open", back);
    source.addEventListener("clip", (event) => clip(JSON.parse(event.data)));
    source.addEventListener("gone", (event) => gone(JSON.parse(event.data).id));
    source.addEventListener("error", () => {
      away();
      // Some browsers give up after a refusal; then we begin anew.
      if (source.readyState === EventSource.CLOSED) { clearTimeout(again); again = setTimeout(open, 5000); }
    });
  }
  open();
  addEventListener("online", open);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && source.readyState !== EventSource.OPEN) open(); });
}
