/* Everything that the app says in words of its own; the pages' fixed texts are in their HTML. The verdict and what a rule says of a
   lift come from the computer, and what the coach says aloud is in live_words.js. */

/* ---- numbers, sizes and times ---- */
export const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
export const listed = (items) => (items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`);
export const percent = (share) => `${Math.floor(100 * share + 1e-9)} %`;

export function size(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} KB`;
}

/* "today 18:05", "yesterday 18:05", "Mon 3 Nov". */
export function when(iso) {
  const time = new Date(iso), today = new Date();
  if (Number.isNaN(time.getTime())) return "";
  const clock = time.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const days = Math.round((new Date(today).setHours(0, 0, 0, 0) - new Date(time).setHours(0, 0, 0, 0)) / 86400000);
  if (days === 0) return `today ${clock}`;
  if (days === 1) return `yesterday ${clock}`;
  return time.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" });
}

export const WORDS = {
  /* The line to the computer. */
  noAnswer: "The computer does not answer. Is it on, and is this phone in its network?",
  answered: (status) => `The computer answered ${status}; try again.`,
  away: "No connection to the computer. Trying again…",

  /* Clips on their way. */
  sending: {
    queued: () => "Waiting for the clip before it",
    sending: ({ sent, bytes }) => (sent >= bytes ? "The computer is checking it" : `${percent(sent / bytes)} of ${size(bytes)} sent`),
    lost: ({ sent, bytes }) => `${percent(sent / bytes)} sent, continues by itself`,
    asleep: ({ sent, bytes }) => `${percent(sent / bytes)} of ${size(bytes)} sent`,
    refused: () => "Not sent",
  },
  sendingOf: (name) => `Sending ${name}`,
  closedEarly: "The page was closed before all of it was sent.",
  chooseSame: "Choose the same clip again, and it continues from there.",
  unreadable: "The phone can't read this clip any more.",
  arrived: (name) => `${name} has arrived.`,
  stopSending: { heading: "Stop sending this clip?", text: (name) => `What was already sent of ${name} is deleted.`, yes: "Stop" },
  pickAgain: "Choose it again", giveUp: "Give up", tryAgain: "Try again", dismiss: "Dismiss", cancel: "Cancel",

  /* Clips on the computer. */
  place: (number) => (number === null ? "In the queue" : number === 1 ? "Next in the queue" : `Number ${number} in the queue`),
  working: "Working on it",
  progress: "Progress of the analysis",
  failed: "This clip could not be analysed.",
  removeClip: {
    heading: (name) => `Delete ${name}?`, yes: "Delete",
    text: "The clip, its video, its report and its set in the logbook are removed for good.",
  },
  deleted: "Deleted.",

  /* A judged set. */
  found: (state, reps) => `${state === "fault" ? "Fault" : "Possible fault"} · rep${reps.length === 1 ? "" : "s"} ${listed(reps.map(String))}`,
  sure: (confidence) => `${Math.min(99, Math.round(100 * confidence))} % sure`,
  showRep: (rep) => `Show rep ${rep}`,
  disagree: "I disagree",
  wrong: "Not a rep, or something else wrong?",
  playVideo: (title) => `Play the video of ${title}`,
  videoComes: (title) => `The video of ${title} is being drawn`,
  noVideo: (title) => `No video of ${title} is kept`,
  nothing: ({ clean, reps }) => (clean ? "Nothing to change."
    : reps ? "No fault in what could be judged. The report lists the rest." : "No rep was found; the report says what moved."),
  toChange: "What to change",
  notJudged: (count) => `${plural(count, "rep")} not judged: neither a pass nor a fault.`,
  beingDrawn: "The video is being drawn. It will appear here, with the report.",
  removed: "The video was removed to save space; the report is still here.",
  report: "Report", share: "Share", judgeAgain: "Judge again", remove: "Delete",
  whileFilming: "While you filmed", differs: "Where the analysis differs", agrees: "The analysis agrees.",

  /* Its video. */
  video: (headline) => `Annotated video: ${headline}`,
  cannotPlay: "The video can't be played here; try the report.",
  downloads: "The video goes to your downloads; share it from there.",
  getting: "Getting the video…", tapAgain: "Tap again to share",

  /* About the set. */
  automatic: "Exercise: auto",
  noLoad: "no load given",
  nearest: (side) => `${side} leg nearest`,
  aNumber: "Expected a number, for example 62.5.",
  tooHeavy: (most) => `Expected at most ${most} kg.`,
  aboutSet: "About the set", done: "Done", judgeItAgain: "Judge it again",

  /* The day, and what is next. */
  toDo: (sets, done) => (done === 0 ? plural(sets, "set") : done < sets ? `${done} of ${sets} sets done, ${sets - done} to go` : `all ${plural(done, "set")} done`),
  rest: (clock) => `Rest ${clock}`, rested: "Rest is over: next set.", ok: "OK", stop: "Stop",
  today: "Today", upNext: "Up next", lastSession: (day) => `Last session, ${day}`,
  noAdvice: "Nothing yet. Give the load when you send a set: then the logbook says when to add weight, and when to fix the form first.",

  /* Phones. */
  phone: "Phone", phones: "Phones", thisPhone: "This phone",
  limits: (bytes, minutes) => `A clip may be up to ${size(bytes)} and ${minutes} minutes long.`,
  kept: (days) => (days ? `The computer removes videos after ${days}; reports and the logbook stay.` : "The computer keeps videos until you delete them."),
  free: (bytes) => `${size(bytes)} are free.`,
  homeScreen: ["To open formcheck like an app, choose ", "Add to Home Screen", " in the browser's menu or under Share."],
  sees: (owner) => (owner ? "This is the owner's device: it sees the clips of every phone." : "It sees its own clips; the owner's computer sees all."),
  seen: (iso) => (iso ? `last here ${when(iso)}` : "not here yet"), thisOne: "this one",
  lockOut: "Lock out", lockOutOf: (name) => `Lock out ${name}`, lockedOut: (name) => `${name} is locked out.`,
  lockingOut: { heading: (name) => `Lock out ${name}?`, text: "It can't send or see anything until it gets a new code. Its clips stay here.", yes: "Lock it out" },
  code: "Code to scan with the phone's camera",
  scan: "Scan it with the phone's camera. It lets one phone in, once.",
  valid: (minutes) => `Valid for ${plural(minutes, "minute")}.`,
};
