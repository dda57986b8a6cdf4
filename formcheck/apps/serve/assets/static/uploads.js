/* Clips on their way: one after the other, in pieces, from wherever the computer says it has come to. */
import { Problem, ask, sendPiece } from "./api.js";
import { forget, keepFile, keepRecord, keptFile, keptRecords } from "./keep.js";
import { WORDS } from "./words.js";

const PIECE = 4 * 1024 * 1024;
const WAITS_S = [1, 2, 4, 8, 15];
/* The computer says no to these for good; to everything else it may say yes later. */
const FINAL = new Set([400, 403, 413, 415, 422, 507]);

export class Uploads {
  /* `changed(item)` after every change; `arrived(clip, item)` when the computer has a clip whole. */
  constructor(changed, arrived) {
    Object.assign(this, { items: [], changed, arrived, working: false, wake: null });
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.hurry(); });
  }

  /* What was on its way when the page was closed. */
  async resume() {
    for (const record of keptRecords()) {
      if (this.items.some((item) => item.key === record.key)) continue;
      const item = this.#item(record.key, await keptFile(record.key), record);
      if (item.file === null) item.state = "asleep";
      this.#show(item);
    }
    this.#work();
  }

  /* `live`: what a coach said while the set was filmed. */
  add(files, asked, live = null) {
    for (const file of files) {
      const known = this.items.find((item) => item.state === "asleep" && item.name === file.name && item.bytes === file.size);
      if (known) {
        Object.assign(known, { file, state: "queued" });
        keepFile(known.key, file);
        this.#show(known);
        continue;
      }
      const key = `${Date.now()}-${Math.random().toString(36).slice(2, 10)}`;
      const item = this.#item(key, file, { name: file.name || "clip", bytes: file.size, asked, live, begun: Date.now(), id: null, sent: 0 });
      this.#remember(item);
      keepFile(key, file);
      this.#show(item);
    }
    this.#work();
  }

  cancel(item) {
    this.items = this.items.filter((other) => other !== item);
    item.state = "gone";
    item.stop.abort();
    forget(item.key);
    if (item.id) ask("DELETE", `/api/uploads/${item.id}`).catch(() => {});
    this.changed(item);
  }

  again(item) {
    Object.assign(item, { state: item.file ? "queued" : "asleep", error: null });
    this.#show(item);
    this.#work();
  }

  /* The connection may be back: do not sit out the wait. */
  hurry() { if (this.wake) this.wake(); }

  #item(key, file, record) {
    return { key, file, ...record, known: false, state: "queued", error: null, stop: new AbortController() };
  }

  #remember({ key, name, bytes, asked, live, begun, id, sent }) { keepRecord(key, { name, bytes, asked, live, begun, id, sent }); }

  #show(item) {
    if (!this.items.includes(item) && item.state !== "gone") this.items.push(item);
    this.changed(item);
  }

  async #work() {
    if (this.working) return;
    this.working = true;
    const awake = await navigator.wakeLock?.request("screen").catch(() => null);
    for (let item; (item = this.items.find((other) => other.state === "queued")); ) await this.#deliver(item);
    awake?.release();
    this.working = false;
  }

  async #deliver(item) {
    for (let failed = 0; item.state !== "gone"; ) {
      const before = item.sent;
      try {
        Object.assign(item, { state: "sending", error: null });
        this.changed(item);
        const clip = await this.#send(item);
        this.items = this.items.filter((other) => other !== item);
        item.state = "gone";
        forget(item.key);
        this.changed(item);
        this.arrived(clip, item);
        return;
      } catch (error) {
        if (item.state === "gone") return;
        if (!(error instanceof Problem)) {
          // The phone no longer gives the file out (moved, or only lent for a while).
          Object.assign(item, { state: "asleep", file: null, error: WORDS.unreadable });
          this.changed(item);
          return;
        }
        item.known = false;
        if (error.status === 404 && item.id) Object.assign(item, { id: null, sent: 0 });
        else if (error.status === 409 && Number.isInteger(error.data.offset)) Object.assign(item, { sent: error.data.offset, known: true });
        else if (FINAL.has(error.status)) {
          Object.assign(item, { state: "refused", error: error.message });
          this.changed(item);
          return;
        }
        failed = item.sent > before ? 0 : failed + 1;
        Object.assign(item, { state: "lost", error: error.message });
        this.changed(item);
        await this.#wait(1000 * (error.wait ?? WAITS_S[Math.min(failed, WAITS_S.length - 1)]), item.stop.signal);
      }
    }
  }

  #wait(ms, signal) {
    return new Promise((resolve) => {
      const go = () => { clearTimeout(timer); this.wake = null; resolve(); }, timer = setTimeout(go, ms);
      this.wake = go;
      signal.addEventListener("abort", go);
    });
  }

  async #send(item) {
    if (!item.id) {
      const made = await ask("POST", "/api/uploads", { name: item.name, bytes: item.bytes, ...item.asked });
      Object.assign(item, { id: made.id, sent: made.offset, known: true });
      this.#remember(item);
    } else if (!item.known) {
      Object.assign(item, { sent: (await ask("GET", `/api/uploads/${item.id}`)).offset, known: true });
    }
    while (item.sent < item.bytes) {
      const offset = item.sent, piece = await item.file.slice(offset, offset + PIECE).arrayBuffer();
      const answer = await sendPiece(`/api/uploads/${item.id}`, offset, piece, (sent) => {
        item.sent = Math.min(offset + sent, item.bytes);
        this.changed(item);
      }, item.stop.signal);
      item.sent = answer.offset;
      this.#remember(item);
      this.changed(item);
    }
    return ask("POST", `/api/uploads/${item.id}/done`, item.live ? { live: item.live } : {});
  }
}
