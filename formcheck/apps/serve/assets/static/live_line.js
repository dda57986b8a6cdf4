/* The line to the computer that watches: pictures go there, and what it sees comes back. It may break at any moment; then
   it comes back by itself. Never more pictures are under way than the computer wants, so that nothing piles up. */

const WAITS_MS = [300, 1000, 2000, 4000, 8000];
/* Nothing heard for so long: the line is dead, even if nobody has said so. Before its first word the computer loads its model. */
const SILENT_MS = 8000, LOADING_MS = 40000;
/* At most so many frames a second, well below what the computer bears. */
const EVERY_MS = 45;
/* The computer does not understand this page: it would say the same again. To everything else it may say something else later. */
const WRONG = 4400;

export class Line {
  /* `heard(message)` for every message, `opened()` when the computer is ready, `lost()` when the line broke and is tried again,
     `closed()` when it will not come back. */
  constructor({ heard, opened, lost, closed }) {
    Object.assign(this, { heard, opened, lost, closed, socket: null, limits: null, under: 0, sentAt: 0, failed: 0, over: false, timer: null });
    this.online = () => { if (!this.socket && !this.over && !document.hidden) this.connect(); };
    addEventListener("online", this.online);
    document.addEventListener("visibilitychange", this.online);
  }

  connect() {
    clearTimeout(this.timer);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/live`);
    this.socket = socket;
    this.#alive();
    socket.addEventListener("message", ({ data }) => {
      if (socket !== this.socket) return;
      const message = JSON.parse(data);
      if (message.type === "hello") { Object.assign(this, { limits: message, under: 0, failed: 0 }); this.opened(message); }
      this.#alive();
      if (message.type === "look") this.under = Math.max(0, this.under - 1);
      this.heard(message);
    });
    socket.addEventListener("close", ({ code }) => { if (socket === this.socket) this.#gone(code); });
  }

  /* Whether the computer waits for another picture. */
  get wants() {
    return this.limits !== null && this.socket?.readyState === WebSocket.OPEN && this.under < this.limits.most_unanswered
      && performance.now() - this.sentAt >= EVERY_MS;
  }

  /* Send a picture that was captured at `atS` [s] and is made by `make()`; null is no picture. */
  async send(atS, make) {
    const { socket } = this;
    this.under += 1;
    this.sentAt = performance.now();
    const picture = await make().catch(() => null);
    if (socket !== this.socket || socket.readyState !== WebSocket.OPEN) return;
    if (picture === null) { this.under -= 1; return; }
    const head = new DataView(new ArrayBuffer(8));
    head.setFloat64(0, atS, true);
    socket.send(new Blob([head, picture]));
  }

  say(message) {
    if (this.limits === null || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /* No more: the line is closed for good. */
  end() {
    this.over = true;
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    removeEventListener("online", this.online);
    document.removeEventListener("visibilitychange", this.online);
    const { socket } = this;
    this.socket = this.limits = null;
    socket?.close();
  }

  #alive() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => { const { socket } = this; this.#gone(1006); socket?.close(); }, this.limits ? SILENT_MS : LOADING_MS);
  }

  #gone(code) {
    clearTimeout(this.silence);
    Object.assign(this, { socket: null, limits: null });
    if (this.over) return;
    if (code === WRONG) { this.end(); this.closed(); return; }
    this.lost();
    if (document.hidden) return; // no pictures come then
    this.timer = setTimeout(() => this.connect(), WAITS_MS[Math.min(this.failed++, WAITS_MS.length - 1)]);
  }
}
