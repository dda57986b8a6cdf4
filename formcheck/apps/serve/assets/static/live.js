/* Film with a coach: the picture is put right, the set is counted aloud, and its recording goes the way of every clip. */
import { ask } from "./api.js";
import { Recording, closeCamera, eachPicture, openCamera, smallPicture, usable } from "./live_camera.js";
import { Line } from "./live_line.js";
import { Voice, keepSettings, settings, voicesKnown, voicesOf } from "./live_voice.js";
import { SPOKEN, WORDS as LIVE, cueIn, hintIn, tempoOf } from "./live_words.js";
import { asked, choose, inWords, offered, remembered, sent } from "./options.js";
import { byId, make, sure } from "./page.js";
import { Uploads } from "./uploads.js";
import { WORDS, plural } from "./words.js";

/* The picture has to be right for so long before the set is begun. */
const RIGHT_MS = 700;
/* A hint is said when it comes, and again after this. */
const AGAIN_MS = 9000;
/* A cue stays on the screen. */
const CUE_MS = 4000;
/* How long to wait for the computer's last word. */
const LAST_WORD_MS = 3000;

const voice = new Voice(), video = byId("camera"), stage = byId("stage");
const show = (id, text) => { byId(id).textContent = text; byId(id).hidden = !text; };
const spoken = () => SPOKEN[settings().language];
let limits = { seconds: 900, bytes: 2 ** 31 };
let set = null;

/* ---- before the camera is on ---- */
function words() {
  byId("as-words").textContent = inWords(remembered());
  const { language, say, facing } = settings();
  byId("how-words").textContent = [SPOKEN[language].name, LIVE.says(say), LIVE.camera(facing)].join(" · ");
}

byId("as").addEventListener("click", async () => { await choose(remembered(), { keep: true }); words(); });

function speakers() {
  const language = byId("language").value, there = voicesOf(language), { voice: name } = settings();
  byId("speaker").replaceChildren(...(there.length ? there.map((one) => make("option", { value: one.name, selected: one.name === name }, one.name)) : [make("option", { value: "" }, LIVE.beeps)]));
  byId("speaker").disabled = !there.length;
  byId("speaker-note").textContent = there.length ? "" : LIVE.noVoice;
}

const chosen = () => {
  const picked = (name) => document.querySelector(`#voice [name=${name}]:checked`).value;
  return { language: byId("language").value, voice: byId("speaker").value, say: picked("say"), facing: picked("facing") };
};

byId("language").append(...Object.entries(SPOKEN).map(([code, { name }]) => make("option", { value: code }, name)));
byId("language").addEventListener("change", speakers);
voicesKnown(speakers);
byId("how").addEventListener("click", () => {
  const now = settings();
  byId("language").value = now.language;
  for (const name of ["say", "facing"]) for (const radio of document.querySelectorAll(`#voice [name=${name}]`)) radio.checked = radio.value === now[name];
  speakers();
  byId("voice").showModal();
});
byId("voice").addEventListener("close", () => { voice.hush(); keepSettings(chosen()); words(); });
byId("try").addEventListener("click", () => { keepSettings(chosen()); voice.unlock(); voice.tell(spoken().sample); });

function at(step) {
  for (const name of ["start", "stage", "over"]) byId(name).hidden = name !== step;
  document.body.classList.toggle("on-stage", step === "stage");
  scrollTo({ top: 0 });
}

/* ---- the camera is on ---- */
class Filming {
  constructor(stream, sound) {
    Object.assign(this, {
      stream, sound, recording: null, begun: false, over: false, count: 0, before: 0, exercise: null, tempo: null, parts: [], part: null,
      lastHint: "", hintAt: -Infinity, timer: null, cueTimer: null, cues: [], awake: null, problem: "", making: false, lastWord: null, lastCue: null, toldSleep: false,
    });
    this.line = new Line({ heard: (message) => this.hear(message), opened: () => this.opened(), lost: () => this.lost(), closed: () => this.refused() });
    this.stopPictures = eachPicture(video, (atS) => this.picture(atS));
    stream.getVideoTracks()[0].addEventListener("ended", () => this.broken(LIVE.cameraTaken));
    this.wake = () => { if (!document.hidden && !this.over) this.stayAwake(); };
    document.addEventListener("visibilitychange", this.wake);
    this.ticking = setInterval(() => this.tick(), 1000);
  }

  async stayAwake() {
    this.awake = await navigator.wakeLock?.request("screen").catch(() => null) ?? null;
    if (this.over) this.awake?.release();
    if (this.awake === null && !this.toldSleep) { this.toldSleep = true; this.say("notice", LIVE.goesDark); }
  }

  start() {
    show("notice", this.sound ? "" : LIVE.noSound);
    this.stayAwake();
    this.mood("wait");
    this.hint(LIVE.connecting, { aloud: false });
    this.line.connect();
  }

  mood(mood) { stage.dataset.mood = mood; }
  say(id, text) { show(id, text); }

  async picture(atS) {
    if (this.making || !this.line.wants || !video.videoWidth) return;
    this.making = true;
    const { largest_px: most, most_bytes: bytes } = this.line.limits;
    await this.line.send(atS, () => smallPicture(video, most, bytes));
    this.making = false;
  }

  /* One line under the picture; said when it comes, and again when it stays. */
  hint(text, { aloud = true, good = false } = {}) {
    byId("hint").textContent = text;
    byId("hint").hidden = !text;
    const now = performance.now();
    if (!aloud || !text || (text === this.lastHint && now - this.hintAt < AGAIN_MS)) return;
    Object.assign(this, { lastHint: text, hintAt: now });
    voice.tell(text, good);
  }

  tick() {
    if (!this.begun && stage.dataset.mood === "hint") this.hint(byId("hint").textContent);
    const { recording } = this;
    if (recording && (performance.now() / 1000 - recording.startsAt > limits.seconds - 5 || recording.bytes > limits.bytes - 2e7)) this.finish();
  }

  opened() {
    this.problem = "";
    if (this.begun) { this.tellBegin(); this.mood("set"); this.hint("", { aloud: false }); }
    else this.hint(LIVE.looking, { aloud: false });
  }

  lost() {
    if (this.over) return;
    this.closePart();
    this.mood("lost");
    byId("box").hidden = true;
    if (this.problem) { this.hint(this.problem, { aloud: false }); return; }
    this.hint(this.begun ? LIVE.countingLost : WORDS.away, { aloud: false });
  }

  hear(message) {
    const tell = this[`on_${message.type}`];
    if (tell) tell.call(this, message);
  }

  on_look({ box, found }) { place(found ? box : null); }

  on_framing({ ready, hints, exercise_label: label }) {
    if (this.count) return;
    show("lift", label ? LIVE.lift(label) : "");
    clearTimeout(this.timer);
    if (ready) {
      this.mood("ready");
      this.hint(spoken().ready, { good: true });
      if (!this.begun) this.timer = setTimeout(() => this.begin(), RIGHT_MS);
    } else {
      const [first] = hints, steady = first?.key === "steady"; // nothing to change, for a moment only so far
      this.mood(first && !steady ? "hint" : "wait");
      this.hint(first ? hintIn(settings().language, first) : LIVE.looking, { aloud: !!first && !steady });
    }
  }

  /* From now on it is filmed and counted. */
  async begin() {
    if (this.begun || this.over) return;
    clearTimeout(this.timer);
    this.begun = true;
    byId("begin").hidden = byId("turn").hidden = true;
    byId("done").hidden = false;
    try {
      this.recording = new Recording(this.stream, () => this.say("notice", LIVE.stoppedRecording));
      await this.recording.start();
    } catch (error) {
      this.recording = null;
      this.say("notice", LIVE.cannotRecord);
    }
    if (this.over) return;
    this.tellBegin();
    show("count", "0");
  }

  tellBegin() {
    const { exercise, side } = asked(remembered());
    if (!this.line.say({ type: "begin", exercise, side })) return;
    this.before = this.count;
    this.part = { begun_s: performance.now() / 1000, reps: [], cues: [], exercise: null, model: this.line.limits.model };
  }

  on_exercise({ exercise, exercise_label: label, tempo, reps }) {
    Object.assign(this, { exercise, tempo });
    if (this.part) this.part.exercise = exercise;
    show("lift", label ? LIVE.lift(label, reps) : "");
  }

  on_rep(rep) {
    if (!this.part) return;
    this.count = this.before + rep.count;
    this.part.reps.push([rep.start_s, rep.end_s]);
    this.mood("set");
    this.hint("", { aloud: false });
    show("count", String(this.count));
    show("tempo", tempoOf(rep, this.tempo));
    byId("count").classList.remove("pulse");
    void byId("count").offsetWidth; // so that the next one begins anew
    byId("count").classList.add("pulse");
    voice.count(this.count);
  }

  on_count({ count }) {
    if (!this.part) return;
    this.count = this.before + count;
    this.part.reps.length = Math.min(this.part.reps.length, count);
    show("count", String(this.count));
  }

  on_cue(cue) {
    if (!this.part || settings().say === "count") return;
    const text = cueIn(settings().language, cue, this.exercise);
    this.part.cues.push({ rep: cue.rep, rule: cue.rule });
    this.cues.push({ rep: this.before + cue.rep, text });
    if (this.over) { this.lastCue = text; return; } // said with the number of reps
    this.mood("cue");
    this.hint(text, { aloud: false });
    voice.cue(text);
    clearTimeout(this.cueTimer);
    this.cueTimer = setTimeout(() => { if (stage.dataset.mood === "cue") { this.mood("set"); this.hint("", { aloud: false }); } }, CUE_MS);
  }

  on_looks({ slow, text }) { this.say("notice", slow ? text : this.sound || this.begun ? "" : LIVE.noSound); }

  on_refused({ text }) { this.problem = text; }

  /* The computer will not watch this set: it can still be filmed. */
  refused() {
    this.closePart();
    this.mood("lost");
    byId("box").hidden = true;
    this.hint(this.problem || LIVE.stoppedWatching, { aloud: false });
  }

  /* The computer's last word: a rep that was not over may count. */
  on_said({ type, ...said }) {
    this.part = said;
    this.count = this.before + said.count;
    this.closePart();
    this.lastWord?.();
  }

  closePart() {
    if (this.part) this.parts.push({ ...this.part, count: this.part.count ?? this.part.reps.length, cues: settings().say === "count" ? [] : this.part.cues });
    this.part = null;
    this.before = this.count;
  }

  /* What was said in all, also where the line broke in between: the reps' numbers go on. */
  said() {
    const parts = this.parts.filter(({ count }, i) => count || i === 0);
    if (!parts.length || !this.recording) return null;
    let before = 0;
    const whole = { ...parts[0], count: 0, reps: [], cues: [], clip_starts_at_s: this.recording.startsAt };
    whole.exercise = parts.findLast(({ exercise }) => exercise)?.exercise ?? null;
    for (const { reps, cues, exercise, count } of parts) {
      whole.reps.push(...reps);
      if (exercise === whole.exercise) whole.cues.push(...cues.map((cue) => ({ ...cue, rep: cue.rep + before })));
      before = whole.count += count;
    }
    return whole;
  }

  broken(sentence) {
    if (this.over) return;
    if (this.begun) { this.say("notice", sentence); this.finish(sentence); return; }
    this.close();
    byId("problem").textContent = LIVE.turnOnAgain(sentence);
    at("start");
  }

  /* The set is over. */
  async finish(why = "") {
    if (this.over) return;
    this.over = true;
    byId("done").disabled = true;
    const file = await this.recording?.stop();
    if (this.line.say({ type: "end" })) {
      await new Promise((done) => { this.lastWord = done; setTimeout(done, LAST_WORD_MS); });
    }
    this.closePart();
    this.close();
    finished(this, file ?? null, why);
  }

  close() {
    this.over = true;
    this.stopPictures();
    this.line.end();
    clearInterval(this.ticking);
    clearTimeout(this.timer);
    clearTimeout(this.cueTimer);
    document.removeEventListener("visibilitychange", this.wake);
    this.awake?.release();
    closeCamera(this.stream);
    video.srcObject = null;
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    if (set === this) set = null;
  }
}

/* A frame around whom the coach watches. The picture stands at the top of the screen, as large as fits, mirrored like a mirror. */
function place(box) {
  const frame = byId("box");
  frame.hidden = !box;
  if (!box || !video.videoWidth) return;
  const scale = Math.min(stage.clientWidth / video.videoWidth, stage.clientHeight / video.videoHeight);
  const width = video.videoWidth * scale, height = video.videoHeight * scale;
  let [left, top, right, bottom] = box;
  if (stage.classList.contains("mirrored")) [left, right] = [1 - right, 1 - left];
  Object.assign(frame.style, {
    left: `${(stage.clientWidth - width) / 2 + left * width}px`, top: `${top * height}px`,
    width: `${(right - left) * width}px`, height: `${(bottom - top) * height}px`,
  });
}

async function turnOn() {
  voice.unlock();
  byId("problem").textContent = "";
  byId("on").disabled = true;
  try {
    const { free, text } = await ask("GET", "/api/live");
    if (!free) throw new Error(text);
    const { facing } = settings(), { stream, sound } = await openCamera(facing);
    video.srcObject = stream;
    const real = stream.getVideoTracks()[0].getSettings().facingMode ?? "user";
    stage.classList.toggle("mirrored", real === "user");
    at("stage");
    for (const id of ["count", "tempo", "lift", "notice", "done"]) byId(id).hidden = true;
    byId("begin").hidden = byId("turn").hidden = false;
    byId("done").disabled = false;
    await video.play().catch(() => {});
    if (matchMedia("(pointer: coarse)").matches) document.documentElement.requestFullscreen?.().catch(() => {});
    set = new Filming(stream, sound);
    voice.tell(spoken().walk);
    set.start();
  } catch (error) {
    at("start");
    byId("problem").textContent = error.message;
  }
  byId("on").disabled = false;
}
byId("on").addEventListener("click", turnOn);
byId("begin").addEventListener("click", () => set?.begin());
byId("done").addEventListener("click", () => set?.finish());
byId("turn").addEventListener("click", () => {
  set?.close();
  keepSettings({ ...settings(), facing: settings().facing === "user" ? "environment" : "user" });
  words();
  turnOn();
});
byId("leave").addEventListener("click", async () => {
  if (set?.begun && !(await sure(LIVE.stop.heading, LIVE.stop.text, LIVE.discard))) return;
  voice.hush();
  set?.close();
  at("start");
});

/* ---- after the set ---- */
let held = null; // a recording that is neither sent nor thrown away
addEventListener("beforeunload", (event) => { if (held || set?.begun) event.preventDefault(); });

function finished(filming, file, why) {
  const { count, cues, problem, lastCue } = filming, live = filming.said();
  held = file;
  at("over");
  byId("over-heading").textContent = count ? plural(count, "rep") : LIVE.noRep;
  byId("over-words").textContent = [why || problem, file ? LIVE.filmed(Math.round(filming.recording.seconds), file.size) : LIVE.nothingRecorded].filter(Boolean).join(" ");
  byId("over-cues").hidden = !cues.length;
  byId("over-cues").replaceChildren(...cues.map(({ rep, text }) => make("li", {}, LIVE.cue(rep, text))));
  byId("over-problem").textContent = "";
  byId("sending").hidden = byId("keep").hidden = byId("away").hidden = true;
  byId("send").hidden = !file;
  byId("drop").hidden = false;
  byId("drop").textContent = file ? LIVE.discard : LIVE.back;
  byId("over-heading").focus();
  voice.tell(count ? spoken().over(count) : spoken().none, true);
  if (lastCue) voice.cue(lastCue);
  byId("send").onclick = () => send(file, live);
  byId("drop").onclick = async () => {
    if (file && !(await sure(LIVE.drop.heading, LIVE.drop.text, LIVE.discard))) return;
    held = null;
    at("start");
  };
}

function send(file, live) {
  byId("send").hidden = byId("drop").hidden = true;
  byId("sending").hidden = byId("away").hidden = false;
  held = null; // the queue keeps it from here on, also over a closed page
  const way = new Uploads((item) => {
    byId("sending-bar").value = item.sent / item.bytes;
    byId("sending-words").textContent = WORDS.sending[item.state === "lost" ? "lost" : "asleep"](item);
    if (item.state !== "refused" && item.state !== "asleep") return;
    byId("over-problem").textContent = item.error;
    byId("sending").hidden = true;
    byId("drop").hidden = byId("keep").hidden = false;
    byId("keep").href = URL.createObjectURL(file);
    byId("keep").download = file.name;
  }, () => location.assign("/#sets"));
  way.add([file], asked(remembered()), live);
  sent();
}

/* ---- what this page needs ---- */
shared.themed(() => {});
words();
byId("usable").hidden = !usable();
byId("unsafe").hidden = isSecureContext;
if (isSecureContext && !usable()) byId("problem").textContent = LIVE.cannotFilm;
try {
  const me = await ask("GET", "/api/me");
  offered(me);
  limits = me.limits;
  words();
} catch (error) {
  byId("problem").textContent = error.message;
}
document.documentElement.dataset.ready = "1";
