"""What people read: words that must not come back, and one place for the sentences of each output."""

from __future__ import annotations

import re
from functools import cache

import pytest

from sentences import PACKAGE, python_texts, script_texts, sentences

#: What is not said to people, and what is said instead.
NOT_SAID = {
    r"\binformational\b": "a note",
    r"contradict(?!ory)|\bsigns? disagree": "couldn't tell",
    r"seen too poorly|called right": "too close to call in this clip",
    r"\blimit 0\b": "a limit of nothing is not said",
    r"\b1 degrees\b": "1 degree",
    r"since upright": "the number that is held against the limit, and no second one",
    r"well above parallel(?![,;])": "how far: level is 90, and 70 or more is fine",
    r"neither bar nor hands|no plate is seen": "what could not be followed",
    r"\bfor want of\b": "taken from the file; the video has none",
    r"brought up to date": "updated",
    r"cannot be told": "can't tell",
    r"\bshall\b": "plain present",
    r"\byour own one\b": "your own",
    r"\bhereby|\bthereof|\bwhereby": "plain words",
    r"\bjudged otherwise": "judged differently",
    r"\bdenied by\b": "hidden",
    r"\bis not kept any more": "is gone",
    r"\b(?:utilis|utiliz)": "use",
    r"\bNaN\b|\bNone\b(?! of )": "a dash, or why it is unknown",
    r"isn't beside|not beside this page": "there is no video here",
    r"\bto which this rule does not apply": "this rule is not meant for",
    r"\bthe way back of\b": "on the way back",
    r"hands say too little|holds nothing to look at": "what could not be followed, or that there is nothing to analyse",
    r"\bput back in\b|told apart again": "left and right legs swapped back",
    r"a joint that decides|blurred to decide": "a joint that matters, too blurred to judge",
    r"\bleave (?:--[\w-]+ )?away\b|\byou leave away\b": "leave out",
    r"\bdone anew\b|\basked for anew\b": "done again",
    r"\bnothing came of it\b": "it gave no result",
    r"\ban error of its own|formcheck made a mistake": "formcheck has a bug here",
    r"(?<!here )\bis no (?!longer\b|shorter\b|other\b|such\b)": "is not a; has no",
    r"says a person|[Ss]aid by a person": "by hand",
    r"[Bb]egun before the clip": "already under way when the clip begins",
    r"does not watch|cannot watch any": "has stopped watching",
    r"\bnot let in yet\b|\bis none of this\b": "isn't let in yet; is from another",
    r"not judged is not clean": "a rep that wasn't judged doesn't count as clean",
    r"\bare the least\b": "the programme asks for at least",
    r"\bsound (?:one|backup)\b": "intact",
    r"\bmay be said again\b": "may be repeated",
    r"\boff side-on\b": "off the side view",
    r"\bwe accept\b|\baccepted <b>|\bfine (?:from|up to)\b": "70 or more is fine",
    r"\(borderline\)|\bwere borderline\b|\d borderline\b|finds it borderline|[Jj]ust past (?:the|a) limit": "possible fault",
    r"\bleg works\b": "right leg in front",
    r"squats? the load": "lift it like a squat",
    r"more than standing|also seen in": "more than when you stand relaxed; what else was seen is not said",
    r"\bexactly at your side\b": "straight from the side, straight at your side",
    r"Not a fault\?": "I disagree",
    r"\bsay --|\b[Ss]ay (?:it with|the load|when with)\b": "give --option, set the load with ...",
    r"pictures a second": "frames a second",
    r"[Ss]hut out": "lock out",
    r"[Ss]hort range\b|[Tt]runk collapsed|[Ss]tance too narrow": "not deep enough; leans too far; stance too short",
}


@cache
def every_sentence() -> tuple[tuple[str, str], ...]:
    return tuple(sentences())


def test_the_sentences_are_found() -> None:
    everything = " ".join(text for _, text in every_sentence())
    for known in (
        " is fine", "Not judged: film from the side", "Rep by rep", "Film your first set", "Say what to do next",
        "Possible fault", "does not exist; expected a video file", "every standard deviation",
    ):  # fmt: skip
        assert known in everything, known


def test_texts_within_templates_of_scripts_are_found() -> None:
    script = """say(`${a ? "one" : `two ${"three"} {`} four`); // "no"
    if (b) { say('five'); } /* `no` */ say("six \\"seven\\"");"""
    assert [text.strip() for text in script_texts(script)] == ["one", "two", "three", "{", "four", "five", 'six \\"seven\\"']


@pytest.mark.parametrize("pattern", NOT_SAID)
def test_forbidden_words_do_not_come_back(pattern: str) -> None:
    found = [f"{where}: {text.strip()[:100]!r}" for where, text in every_sentence() if re.search(pattern, text)]
    assert not found, f"say {NOT_SAID[pattern]!r} instead:\n" + "\n".join(found)


#: A sentence in a script, and where a script has its own.
SENTENCE = re.compile(r"^[A-Z][a-z']+( [a-z]|.*[a-z][.…?]$)")
OWN_WORDS = re.compile(r"const WORDS = \{.*?\n?  ?\};", re.DOTALL)


def test_scripts_say_only_what_their_words_say() -> None:
    for path in sorted(PACKAGE.rglob("*.js")):
        if path.name.endswith("words.js") or "vendor" in path.parts:
            continue
        texts = script_texts(OWN_WORDS.sub("", path.read_text(encoding="utf-8")))
        assert not [text for text in texts if SENTENCE.match(text)], f"{path.name}: put it into its words, or into words.js"


#: What is said of a set: its verdict, a finding's limits and how sure it is.
OF_THE_VERDICT = re.compile(
    r"(?:was|were) (?:not )?clean|possible fault|could not be judged|\bor (?:more|less) is fine|Nothing to change"
)


def test_the_verdict_is_worded_in_one_module() -> None:
    for path in sorted((PACKAGE / "outputs").rglob("*.py")):
        if path.name == "words.py":
            continue
        found = [text for _, text in python_texts(path.read_text(encoding="utf-8")) if OF_THE_VERDICT.search(text)]
        assert not found, f"{path.name}: {found}: say it in outputs/words.py"
