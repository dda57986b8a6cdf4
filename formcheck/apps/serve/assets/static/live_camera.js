/* The camera of this device: its pictures, small and newest first for the coach, and the whole set for the full report. */
import { WORDS } from "./live_words.js";

const ASKED = { width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 30 } };

export const usable = () => isSecureContext && !!navigator.mediaDevices?.getUserMedia && "MediaRecorder" in window;

/* The stream of the camera and whether it has sound. Throws an Error with a sentence for people. */
export async function openCamera(facing) {
  const video = { ...ASKED, facingMode: { ideal: facing } };
  try {
    return { stream: await navigator.mediaDevices.getUserMedia({ video, audio: true }), sound: true };
  } catch (error) {
    /* Without a microphone, or without leave to use it, pictures alone will do. */
    try {
      return { stream: await navigator.mediaDevices.getUserMedia({ video }), sound: false };
    } catch (worse) {
      throw new Error(WORDS.noCamera[worse.name] ?? WORDS.noCamera.other);
    }
  }
}

export function closeCamera(stream) { for (const track of stream?.getTracks() ?? []) track.stop(); }

/* Hands out each new picture of a playing video with the time of its capture [s], on the clock of `performance.now`. */
export function eachPicture(video, seen) {
  let going = true;
  const next = () => {
    if (!going) return;
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback((now, about) => { if (going) seen((about.captureTime ?? now) / 1000); next(); });
    else requestAnimationFrame((now) => { if (going) seen(now / 1000); next(); });
  };
  next();
  return () => { going = false; };
}

/* The present picture as a JPEG whose longer side has at most `most` pixels and whose size is at most `bytes`. */
const canvas = document.createElement("canvas");
export async function smallPicture(video, most, bytes) {
  const scale = Math.min(1, most / Math.max(video.videoWidth, video.videoHeight));
  canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
  canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
  canvas.getContext("2d", { alpha: false }).drawImage(video, 0, 0, canvas.width, canvas.height);
  for (const quality of [0.8, 0.5, 0.2]) {
    const picture = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
    if (picture && picture.size <= bytes) return picture;
  }
  return null;
}

/* What browsers can write, the best for phones first: their chips encode H.264. */
const KINDS = ["video/mp4;codecs=avc1.640028,mp4a.40.2", "video/mp4;codecs=avc1.42E01E,mp4a.40.2", "video/webm;codecs=h264,opus", "video/webm;codecs=vp8,opus", "video/mp4", "video/webm"];
const BITS_PER_PIXEL = 0.15, LEAST_BITS = 4e6, MOST_BITS = 16e6;

const two = (number) => String(number).padStart(2, "0");
function nameOf(date, ending) {
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `coach_${day}_${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}.${ending}`;
}

export class Recording {
  /* `failed()` is called where the browser gives up; what was written until then is kept. */
  constructor(stream, failed) {
    const { width = 1280, height = 720, frameRate = 30 } = stream.getVideoTracks()[0].getSettings();
    const videoBitsPerSecond = Math.min(MOST_BITS, Math.max(LEAST_BITS, width * height * frameRate * BITS_PER_PIXEL));
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    this.recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond });
    Object.assign(this, { parts: [], bytes: 0, date: new Date(), startsAt: performance.now() / 1000 });
    this.recorder.addEventListener("dataavailable", ({ data }) => { if (data.size) { this.parts.push(data); this.bytes += data.size; } });
    this.ended = new Promise((done) => this.recorder.addEventListener("stop", done));
    this.recorder.addEventListener("error", failed);
  }

  /* Resolves when it records. */
  start() {
    const started = new Promise((done) => this.recorder.addEventListener("start", () => { this.startsAt = performance.now() / 1000; done(); }, { once: true }));
    this.recorder.start(1000);
    return started;
  }

  /* The film so far as a file; null if nothing was written. */
  async stop() {
    if (this.recorder.state !== "inactive") { this.recorder.stop(); await this.ended; }
    this.seconds ??= performance.now() / 1000 - this.startsAt;
    if (!this.bytes) return null;
    const type = this.recorder.mimeType.split(";")[0] || "video/mp4";
    const ending = type.endsWith("webm") ? "webm" : type.endsWith("matroska") ? "mkv" : "mp4";
    return new File(this.parts, nameOf(this.date, ending), { type });
  }
}
