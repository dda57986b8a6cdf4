/* What the coach says aloud, and what its page says beside that.
   Aloud, by language: a cue has to be heard within a rep, so each rule has a short one here. English hints come from
   the computer; what has no words of its own here is said in English rather than not at all. */

import { size } from "./words.js";

export const SPOKEN = {
  en: {
    name: "English", walk: "Walk to your place.", ready: "Start whenever you like.", begun: "Counting.", none: "No rep counted.",
    over: (count) => `${count} rep${count === 1 ? "" : "s"}.`, sample: "Three. Lower.",
    hints: {},
    cues: {
      "short_range:up": "Higher.", "short_range:full": "All the way.", short_range: "Lower.", lockout: "Stand tall.", lumbar_arch: "Ribs down.",
      chin_not_tucked: "Tuck your chin.", shins_not_vertical: "Shins vertical.", bar_drift: "Bar to your legs.", overdepth: "Not so deep.",
      "back_rounding:floor": "Back flat, then pull.", back_rounding: "Chest proud.", knees_bend_too_much: "Hips back.", knees_locked: "Soft knees.", hips_shoot_up: "Chest up with the hips.",
      torso_upright: "Lean forward.", torso_collapsed: "Chest up.", stance_too_narrow: "Longer step.", heels_lift: "Heels down.",
    },
  },
  de: {
    name: "Deutsch", walk: "Geh auf deinen Platz.", ready: "Fang an, wann du willst.", begun: "Ich zähle.", none: "Keine Wiederholung gezählt.",
    over: (count) => `${count} Wiederholung${count === 1 ? "" : "en"}.`, sample: "Drei. Tiefer.",
    hints: {
      steady: "Gut so: bleib so.", nobody: "Ich sehe niemanden.", several: "Mehrere Personen: Bitte nur du im Bild.", cut_off: "Du bist nicht ganz im Bild: Kopf und Füße müssen zu sehen sein.",
      far: "Stell das Handy näher.", near: "Stell das Handy weiter weg.", view: "Film von der Seite.", height: "Stell das Handy auf Hüfthöhe.",
      level: "Stell das Handy gerade.", dark: "Es ist zu dunkel.", shaky: "Das Handy wackelt: Stell es fest hin.",
    },
    cues: {
      "short_range:up": "Höher.", "short_range:full": "Ganz hoch.", short_range: "Tiefer.", lockout: "Ganz aufrichten.", lumbar_arch: "Rippen runter.", chin_not_tucked: "Kinn zur Brust.",
      shins_not_vertical: "Schienbeine senkrecht.", bar_drift: "Hantel ans Bein.", overdepth: "Nicht tiefer.", "back_rounding:floor": "Rücken gerade, dann ziehen.", back_rounding: "Rücken gerade.",
      knees_bend_too_much: "Hüfte zurück.", knees_locked: "Knie locker.", hips_shoot_up: "Brust und Hüfte zusammen.", torso_upright: "Mehr nach vorn lehnen.",
      torso_collapsed: "Brust hoch.", stance_too_narrow: "Größerer Schritt.", heels_lift: "Fersen am Boden.",
    },
  },
  fr: {
    name: "Français", walk: "Va à ta place.", ready: "Commence quand tu veux.", begun: "Je compte.", none: "Aucune répétition comptée.",
    over: (count) => `${count} répétition${count === 1 ? "" : "s"}.`, sample: "Trois. Plus bas.",
    hints: {
      steady: "C'est bien : reste comme ça.", nobody: "Je ne vois personne.", several: "Plusieurs personnes : reste seul dans l'image.", cut_off: "Tu n'es pas entier dans l'image : tête et pieds doivent se voir.",
      far: "Rapproche le téléphone.", near: "Éloigne le téléphone.", view: "Filme de côté.", height: "Mets le téléphone à hauteur de hanche.",
      level: "Mets le téléphone droit.", dark: "Il fait trop sombre.", shaky: "Le téléphone bouge : cale-le bien.",
    },
    cues: {
      "short_range:up": "Plus haut.", "short_range:full": "Jusqu'en haut.", short_range: "Plus bas.", lockout: "Redresse-toi jusqu'au bout.", lumbar_arch: "Côtes vers le bas.", chin_not_tucked: "Menton rentré.",
      shins_not_vertical: "Tibias verticaux.", bar_drift: "La barre contre les jambes.", overdepth: "Pas plus bas.", "back_rounding:floor": "Dos plat, puis tire.", back_rounding: "Dos plat.",
      knees_bend_too_much: "Hanches en arrière.", knees_locked: "Genoux souples.", hips_shoot_up: "Poitrine et hanches ensemble.", torso_upright: "Penche-toi un peu plus.",
      torso_collapsed: "Poitrine haute.", stance_too_narrow: "Un plus grand pas.", heels_lift: "Talons au sol.",
    },
  },
  es: {
    name: "Español", walk: "Ve a tu sitio.", ready: "Empieza cuando quieras.", begun: "Cuento.", none: "Ninguna repetición contada.",
    over: (count) => `${count} ${count === 1 ? "repetición" : "repeticiones"}.`, sample: "Tres. Más abajo.",
    hints: {
      steady: "Bien: quédate así.", nobody: "No veo a nadie.", several: "Hay varias personas: quédate solo en la imagen.", cut_off: "No sales entero: deben verse la cabeza y los pies.",
      far: "Acerca el teléfono.", near: "Aleja el teléfono.", view: "Graba de lado.", height: "Pon el teléfono a la altura de la cadera.",
      level: "Pon el teléfono recto.", dark: "Está demasiado oscuro.", shaky: "El teléfono se mueve: apóyalo bien.",
    },
    cues: {
      "short_range:up": "Más arriba.", "short_range:full": "Hasta arriba.", short_range: "Más abajo.", lockout: "Estírate del todo.", lumbar_arch: "Costillas abajo.", chin_not_tucked: "Barbilla adentro.",
      shins_not_vertical: "Espinillas verticales.", bar_drift: "La barra pegada a las piernas.", overdepth: "No bajes más.", "back_rounding:floor": "Espalda recta y luego tira.", back_rounding: "Espalda recta.",
      knees_bend_too_much: "Cadera atrás.", knees_locked: "Rodillas sueltas.", hips_shoot_up: "Pecho y cadera a la vez.", torso_upright: "Inclínate un poco más.",
      torso_collapsed: "Pecho arriba.", stance_too_narrow: "Un paso más largo.", heels_lift: "Talones en el suelo.",
    },
  },
};

/* What a short rep lacks: depth, but in these lifts height, or all of the way. From the floor nobody can stop before the back rounds. */
const OWN = {
  hip_thrust: { short_range: "short_range:up" }, glute_bridge: { short_range: "short_range:up" },
  conventional_deadlift: { short_range: "short_range:full", back_rounding: "back_rounding:floor" },
};

export const hintIn = (language, { key, text }) => SPOKEN[language].hints[key] ?? text;
export function cueIn(language, { rule, text }, exercise) {
  const { cues } = SPOKEN[language];
  return cues[OWN[exercise]?.[rule] ?? rule] ?? text;
}

const seconds = (value) => (value < 9.95 ? value.toFixed(1) : String(Math.round(value)));

/* A rep's tempo as it was, beside what the programme asks: "2.1 s down (asked 3) · 1.0 s up". */
export function tempoOf(rep, asked) {
  const parts = [["eccentric_s", "down"], ["pause_s", "held"], ["concentric_s", "up"]].map(([name, word]) => {
    const took = rep[name], wanted = asked?.[name];
    if (took === null || took === undefined || (name === "pause_s" && !wanted && took < 0.5)) return null;
    return `${seconds(took)} s ${word}${wanted ? ` (asked ${wanted})` : ""}`;
  });
  return parts.filter(Boolean).join(" · ");
}

/* The page, beside its HTML. */
export const WORDS = {
  says: (what) => (what === "count" ? "count only" : "counts and cues"),
  camera: (facing) => `${facing === "user" ? "front" : "back"} camera`,
  beeps: "beeps", noVoice: "This browser has no voice for this language: you hear a beep for each rep, and two low ones for a cue.",
  noCamera: {
    NotAllowedError: "The camera is not allowed for this page. Allow it in the browser's settings for this address, then try again.",
    NotFoundError: "This device has no camera that a browser can use. Film with another device, or choose a clip.",
    NotReadableError: "Another app is using the camera. Close it, then try again.",
    other: "The camera could not be turned on. Close other apps and try again.",
  },
  noSound: "No microphone: the set is filmed without sound.",
  cameraTaken: "Another app or the system has taken the camera.", turnOnAgain: (sentence) => `${sentence} Turn it on again.`,
  goesDark: "This browser lets the screen go dark: set a longer time in the phone's settings.",
  connecting: "Connecting to the computer…", looking: "Looking for you…",
  countingLost: "No connection to the computer. Filming goes on, and counting will resume by itself.",
  stoppedRecording: "This browser stopped recording; what was filmed so far is kept.",
  cannotRecord: "This browser cannot record: the set is counted, but there will be no report.",
  stoppedWatching: "The computer has stopped watching.",
  cannotFilm: "This browser cannot film in a page. Use a newer one, or film with the phone's camera and choose the clip.",
  lift: (label, goal) => `I see: ${label}${goal ? ` · goal ${goal[0] === goal[1] ? goal[0] : `${goal[0]}–${goal[1]}`} reps` : ""}`,
  cue: (rep, text) => `Rep ${rep}: ${text}`,
  noRep: "No rep was counted", nothingRecorded: "Nothing was recorded.",
  filmed: (seconds, bytes) => `${seconds} seconds were filmed (${size(bytes)}). Send the set, and the computer judges every rep.`,
  discard: "Throw it away", back: "Back",
  stop: { heading: "Stop and throw the set away?", text: "None of it is kept." },
  drop: { heading: "Throw this set away?", text: "The recording is on this device only; none of it is kept." },
};
