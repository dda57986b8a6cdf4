/* What the coach says aloud: through the browser's voices, or as beeps where there are none. */
import { SPOKEN } from "./live_words.js";

const KEPT = "formcheck-live";
const EMPTY = { language: "", voice: "", say: "all", facing: "user" };

/* The language of the phone, if the coach speaks it. */
const own = () => (navigator.languages ?? [navigator.language]).map((one) => one.slice(0, 2)).find((one) => one in SPOKEN) ?? "en";

export function settings() {
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(KEPT) || "{}"); } catch (error) { /* a private window */ }
  const found = { ...EMPTY, ...kept };
  return { ...found, language: found.language in SPOKEN ? found.language : own() };
}
export function keepSettings(value) { try { localStorage.setItem(KEPT, JSON.stringify(value)); } catch (error) { /* for this page only */ } }

const synthesis = window.speechSynthesis ?? null;
const voices = () => synthesis?.getVoices() ?? [];
export const voicesOf = (language) => voices().filter((voice) => voice.lang.toLowerCase().startsWith(language));

/* Some browsers know their voices only after a while. */
export function voicesKnown(then) { synthesis?.addEventListener?.("voiceschanged", then); }

export class Voice {
  constructor() { Object.assign(this, { sound: null, mute: false }); }

  /* Phones let a page speak and make sounds only once it did so in a tap: to be called in one. */
  unlock() {
    if (synthesis) {
      const nothing = new SpeechSynthesisUtterance(" ");
      nothing.volume = 0;
      synthesis.speak(nothing);
    }
    const Sound = window.AudioContext ?? window.webkitAudioContext;
    if (Sound) { this.sound ??= new Sound(); this.sound.resume?.().catch?.(() => {}); }
  }

  /* Whether there is a voice for what is to be said. */
  get speaks() { return !this.mute && voicesOf(settings().language).length > 0; }

  /* The number of a rep: at once, whatever is still being said. */
  count(number) { this.#say(String(number), { first: true, beeps: [[880, 0.12]] }); }

  /* What to change: after the number. */
  cue(text) { this.#say(text, { beeps: [[330, 0.18], [330, 0.18]] }); }

  /* Before and after the set. */
  tell(text, good = false) { this.#say(text, { first: true, beeps: good ? [[660, 0.1], [880, 0.1], [1100, 0.16]] : [[440, 0.14]] }); }

  hush() { synthesis?.cancel(); }

  #say(text, { first = false, beeps }) {
    const { language, voice: name } = settings();
    if (!this.speaks) { this.#beep(beeps); return; }
    if (first && (synthesis.speaking || synthesis.pending)) synthesis.cancel();
    const words = new SpeechSynthesisUtterance(text), there = voicesOf(language);
    words.lang = language;
    words.voice = there.find((voice) => voice.name === name) ?? there.find((voice) => voice.default) ?? there[0];
    words.rate = 1.1;
    words.onerror = ({ error }) => {
      if (error === "canceled" || error === "interrupted") return;
      this.mute = true; // beeps from now on
      this.#beep(beeps);
    };
    synthesis.speak(words);
  }

  #beep(beeps) {
    if (!this.sound) return;
    let at = this.sound.currentTime;
    for (const [pitch, length] of beeps) {
      const tone = this.sound.createOscillator(), loud = this.sound.createGain();
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0.0001, at);
      loud.gain.exponentialRampToValueAtTime(0.6, at + 0.01);
      loud.gain.exponentialRampToValueAtTime(0.0001, at + length);
      tone.connect(loud).connect(this.sound.destination);
      tone.start(at);
      tone.stop(at + length);
      at += length + 0.08;
    }
  }
}
