"use strict";
/* Keeps the app's own files, so that it opens while the computer is away; clips, results and answers are never kept.
   What the computer sends always comes first. */
const NAME = "formcheck-shell", SHELL = {{ shell }};
addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(NAME).then((kept) => kept.addAll(SHELL)));
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event, path = new URL(request.url).pathname;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin || !SHELL.includes(path)) return;
  event.respondWith((async () => {
    const kept = await caches.open(NAME);
    try {
      const answer = await fetch(request);
      if (answer.ok) await kept.put(path, answer.clone());
      return answer;
    } catch (error) {
      const known = await kept.match(path);
      if (known) return known;
      throw error;
    }
  })());
});
