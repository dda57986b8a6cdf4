/* What the computer is asked. Every problem is one sentence. */
import { WORDS } from "./words.js";

export class Problem extends Error {
  /* `status` 0: the computer did not answer. */
  constructor(status, sentence, data = {}, wait = null) {
    super(sentence);
    Object.assign(this, { status, data, wait });
  }
}

/* 401 is the end of this page: the one that asks for a code comes in its place. */
function problem(status, text, retryAfter) {
  let data = {};
  try { data = JSON.parse(text); } catch (error) { /* a proxy's page, say */ }
  if (status === 401) location.reload();
  const sentence = typeof data.error === "string" ? data.error : WORDS.answered(status);
  return new Problem(status, sentence, data, retryAfter === null ? null : Number(retryAfter) || null);
}

export async function ask(method, path, body) {
  let answer, text;
  try {
    answer = await fetch(path, {
      method, cache: "no-store", credentials: "same-origin",
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    text = await answer.text();
  } catch (error) {
    throw new Problem(0, WORDS.noAnswer);
  }
  if (!answer.ok) throw problem(answer.status, text, answer.headers.get("retry-after"));
  try { return text ? JSON.parse(text) : {}; } catch (error) { throw new Problem(0, WORDS.noAnswer); }
}

/* Sends a piece of a clip; `sent(bytes)` is called as it goes. A connection that stands still counts as lost. */
const SILENT_MS = 25000;
export function sendPiece(path, offset, piece, sent, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let silent = null;
    const lost = () => { clearTimeout(silent); reject(new Problem(0, WORDS.noAnswer)); };
    const alive = () => { clearTimeout(silent); silent = setTimeout(() => request.abort(), SILENT_MS); };
    request.open("PATCH", path);
    request.setRequestHeader("Upload-Offset", String(offset));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => { alive(); sent(event.loaded); };
    request.onerror = request.onabort = request.ontimeout = lost;
    request.onload = () => {
      clearTimeout(silent);
      if (request.status >= 200 && request.status < 300) {
        try { resolve(JSON.parse(request.responseText)); } catch (error) { lost(); }
      } else reject(problem(request.status, request.responseText, request.getResponseHeader("retry-after")));
    };
    signal.addEventListener("abort", () => request.abort());
    alive();
    request.send(piece);
  });
}
