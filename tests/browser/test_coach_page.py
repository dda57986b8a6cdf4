"""Film with a coach, in a real browser whose camera is a rendered lifter: put right, counted aloud, handed over."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.browser.filming import Watcher, as_camera, filming
from tests.browser.opening import CHROMIUM, DESKTOP, KEEP, PHONE, inaccessible
from tests.browser.serving import SAMPLE, Server, entered, ready, running, until

for needed in ("starlette", "uvicorn", "wsproto", "segno", "cryptography", "ifaddr"):
    pytest.importorskip(needed, reason="the extra `serve` is not installed")

#: Keeps what is said aloud, and how often it beeps. `voices`: whether the browser has any.
HEARING = """
  window.said = []; window.beeps = [];
  const voices = [{ name: "Ann", lang: "en-GB", default: true }, { name: "Uwe", lang: "de-DE" }];
  speechSynthesis.getVoices = () => (window.voiceless ? [] : voices);
  speechSynthesis.speak = (words) => { if (words.volume) said.push([words.lang, words.text]); };
  Object.defineProperty(SpeechSynthesisUtterance.prototype, "voice", { set() {}, get() { return null; } });
  const old = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () { const tone = old.call(this); beeps.push(tone); return tone; };
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("coach")) as found:
        yield found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (pip install 'formcheck[dev]')"
    )
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    camera = as_camera(SAMPLE, tmp_path_factory.mktemp("camera") / "lifter.mjpeg", 4.2)
    with playwright.sync_playwright() as engine, filming(engine, camera) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def owner(browser: Any, server: Server) -> Any:
    page = entered(browser, server.address, server.code, *PHONE[1:])
    kept = page.context.storage_state()
    page.context.close()
    return kept


def opened(
    browser: Any, server: Server, owner: Any, size: Any = PHONE, scheme: str = "light", before: str = "", *, real: bool = False
) -> Any:
    """The page before its camera is on; `before` runs first in it. With `real`, the server itself watches."""
    page = entered(browser, server.address, None, *size[1:], scheme, storage_state=owner)
    page.add_init_script(before + HEARING)
    if not real:
        page.watcher = Watcher(page)
    page.goto(f"{server.address}/live")
    ready(page)
    return page


@pytest.fixture
def page(browser: Any, server: Server, owner: Any) -> Iterator[Any]:
    found = opened(browser, server, owner)
    yield found
    found.context.close()


def mood(page: Any, expected: str) -> None:
    page.wait_for_selector(f"#stage[data-mood='{expected}']")


def told(page: Any, kind: str) -> dict[str, Any]:
    """What the page told the computer, once it has."""
    for _ in range(100):
        found = [one for one in page.watcher.told if one["type"] == kind]
        if found:
            return found[-1]
        page.wait_for_timeout(50)
    raise AssertionError(f"never told: {kind}")


def begun(page: Any) -> None:
    """Camera on, picture right, counting."""
    page.click("#on")
    page.wait_for_selector("#hint >> text=Looking for you")
    page.watcher.hints()
    told(page, "begin")


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["phone", "desktop"])
def test_a_set_is_put_right_counted_and_handed_over(
    browser: Any, server: Server, owner: Any, tmp_path: Path, size: Any, scheme: str
) -> None:
    page = opened(browser, server, owner, size, scheme)
    watcher, (name, width, height) = page.watcher, size
    pictures = Path(KEEP or tmp_path)

    def looked_at(what: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
        page.screenshot(path=str(pictures / f"coach-{what}-{name}-{scheme}.png"))
        assert inaccessible(page) == []

    looked_at("start")
    page.click("#as")
    page.select_option("#exercise", "split_squat")
    page.click("#options-yes")
    page.click("#on")
    page.wait_for_selector("#hint >> text=Looking for you")

    watcher.hints(("cut_off", "Step back: I cannot see your feet."), ("dark", "Turn a light on."))
    mood(page, "hint")
    assert page.inner_text("#hint") == "Step back: I cannot see your feet.", "one hint at a time, the most urgent first"
    until(page, "!document.getElementById('box').hidden")
    looked_at("hint")
    watcher.hints()
    mood(page, "ready")
    assert page.inner_text("#hint") == "Start whenever you like."
    looked_at("ready")

    begin = told(page, "begin")
    assert begin["exercise"] == "split_squat"
    at_s = page.evaluate("performance.now() / 1000")
    tempo = {"eccentric_s": 3, "pause_s": 0, "concentric_s": 0}
    watcher.say("exercise", exercise="split_squat", exercise_label="Split squat", tempo=tempo, reps=[8, 10])
    watcher.rep(1, at_s)
    mood(page, "set")
    assert page.inner_text("#count") == "1"
    assert page.inner_text("#tempo") == "1.9 s down (asked 3) · 0.8 s up"
    assert "Split squat" in page.inner_text("#lift")
    assert "8–10 reps" in page.inner_text("#lift")
    watcher.rep(2, at_s + 3)
    watcher.cue(2)
    mood(page, "cue")
    assert page.inner_text("#hint") == "Lower."
    assert page.locator("#count").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 0.45 * min(width, height)
    looked_at("cue")
    watcher.say("count", count=1)
    until(page, "document.getElementById('count').textContent === '1'")
    watcher.say("count", count=2)
    assert page.evaluate("said.map(([, text]) => text)") == [
        "Walk to your place.", "Step back: I cannot see your feet.", "Start whenever you like.", "1", "2", "Lower.",
    ]  # fmt: skip
    page.wait_for_timeout(1500)
    watcher.say("looks", per_s=3.0, delay_s=0.5, slow=True, text="The computer is busy with a clip: no cues for now.")
    page.wait_for_selector("#notice >> text=busy with a clip")

    for at, picture in watcher.pictures:
        opened_picture = Image.open(io.BytesIO(picture))
        assert opened_picture.format == "JPEG"
        assert max(opened_picture.size) <= 384
        assert at > 0
    times = [at for at, _ in watcher.pictures]
    assert times == sorted(set(times))

    watcher.last = {
        "count": 2, "exercise": "split_squat", "begun_s": at_s, "reps": [[at_s - 3, at_s], [at_s, at_s + 3]],
        "cues": [{"rep": 2, "rule": "short_range"}], "model": "full",
    }  # fmt: skip
    page.click("#done")
    page.wait_for_selector("#over-heading >> text=2 reps")
    assert page.inner_text("#over-cues") == "Rep 2: Lower."
    looked_at("over")
    asked = {}

    def seen(request: Any) -> None:
        if request.method == "POST" and "/api/uploads" in request.url:
            asked["done" if request.url.endswith("/done") else "begin"] = request.post_data_json

    page.on("request", seen)
    page.click("#send")
    page.wait_for_url("**/#sets")
    ready(page)
    assert asked["begin"]["exercise"] == "split_squat"
    assert asked["begin"]["name"].startswith("coach_")
    live = asked["done"]["live"]
    starts = live.pop("clip_starts_at_s")
    assert live == watcher.last
    assert at_s - 5 < starts < at_s
    assert page.problems == []
    page.evaluate(
        """async () => { for (const clip of (await (await fetch('/api/clips')).json()).clips)
             await fetch(`/api/clips/${clip.id}`, { method: 'DELETE' }); }"""
    )
    page.context.close()


def test_the_computer_itself_counts_and_the_card_says_where_its_analysis_differs(
    browser: Any, server: Server, owner: Any, tmp_path: Path
) -> None:
    """The whole way, with the model: the lifter of the sample, filmed, counted live, recorded, sent and judged."""
    page = opened(browser, server, owner, real=True)
    page.click("#on")
    page.wait_for_selector("#stage:is([data-mood='hint'], [data-mood='ready'])", timeout=60_000)
    if page.is_visible("#begin"):
        page.click("#begin")
    page.wait_for_selector("#count >> text=/^[2-9]$/", timeout=60_000)
    page.click("#done")
    page.wait_for_selector("#over-heading >> text=/^[2-9] reps$/")
    counted = int(page.inner_text("#over-heading").split()[0])
    page.click("#send")
    page.wait_for_url("**/#sets")
    page.wait_for_selector(".is-done, .is-drawing", timeout=300_000)
    beside = page.inner_text(".beside-live")
    assert f"Said live: {counted} rep" in beside
    found = page.evaluate("fetch('/api/clips').then((answer) => answer.json()).then((all) => all.clips[0].result)")
    assert found["exercise"] == "split_squat"
    assert (f"The analysis counts {found['reps']}" in beside) == (found["reps"] != counted)
    assert ("The analysis agrees." in beside) == found["live"]["agrees"]
    page.screenshot(path=str(Path(KEEP or tmp_path) / "coach-card-phone-light.png"), full_page=True)
    assert inaccessible(page) == []
    assert page.problems == []
    page.context.close()


def test_no_more_pictures_are_under_way_than_the_computer_wants(page: Any) -> None:
    page.watcher.answers = 3
    page.click("#on")
    page.wait_for_timeout(1500)
    assert len(page.watcher.pictures) == 3 + 2


def test_a_lost_line_comes_back_and_the_count_goes_on(page: Any) -> None:
    begun(page)
    watcher = page.watcher
    watcher.rep(1, 10.0)
    watcher.rep(2, 13.0)
    page.wait_for_selector("#count >> text=2")
    watcher.lines[-1].close(code=1001)
    mood(page, "lost")
    assert "Filming goes on" in page.inner_text("#hint")
    for _ in range(60):
        if len(watcher.lines) == 2 and len([one for one in watcher.told if one["type"] == "begin"]) == 2:
            break
        page.wait_for_timeout(50)
    watcher.rep(1, 19.0)
    page.wait_for_selector("#count >> text=3")
    watcher.cue(1)
    mood(page, "cue")
    watcher.last = {
        "count": 1, "exercise": None, "begun_s": 15.0, "reps": [[16.0, 19.0]], "cues": [{"rep": 1, "rule": "short_range"}],
        "model": "full",
    }  # fmt: skip
    page.click("#done")
    page.wait_for_selector("#over-heading >> text=3 reps")
    assert page.inner_text("#over-cues") == "Rep 3: Lower."
    with page.expect_request("**/done") as done:
        page.click("#send")
    live = done.value.post_data_json["live"]
    assert live["count"] == 3
    assert live["reps"] == [[7.0, 10.0], [10.0, 13.0], [16.0, 19.0]]
    assert live["cues"] == [{"rep": 3, "rule": "short_range"}]


def test_a_cue_that_comes_as_the_set_ends_is_said_after_the_number_of_reps(page: Any) -> None:
    begun(page)
    page.watcher.rep(1, 10.0)
    page.wait_for_selector("#count >> text=1")
    page.watcher.last_cue = 1
    page.watcher.last = {**page.watcher.last, "count": 1, "reps": [[7.0, 10.0]], "cues": [{"rep": 1, "rule": "short_range"}]}
    page.click("#done")
    page.wait_for_selector("#over-heading >> text=1 rep")
    assert page.inner_text("#over-cues") == "Rep 1: Lower."
    assert [text for _, text in page.evaluate("said")][-3:] == ["1", "1 rep.", "Lower."]


def test_a_computer_that_watches_somebody_else_is_asked_again(page: Any) -> None:
    page.click("#on")
    page.wait_for_selector("#hint >> text=Looking for you")
    page.watcher.absent = True
    page.watcher.say("refused", text="Somebody else is being watched right now.")
    page.watcher.lines[-1].close(code=4409)
    page.wait_for_selector("#hint >> text=Somebody else")
    mood(page, "lost")
    lines = page.watcher.lines
    for _ in range(100):
        if len(lines) == 2:
            break
        page.wait_for_timeout(50)
    page.watcher.hello()
    page.wait_for_selector("#hint >> text=Looking for you")


def test_settings_are_remembered_and_count_only_says_no_cue(page: Any, tmp_path: Path) -> None:
    page.click("#how")
    page.screenshot(path=str(Path(KEEP or tmp_path) / "coach-voice-phone-light.png"))
    assert inaccessible(page) == []
    page.select_option("#language", "de")
    page.click("#voice label:has-text('count only')")
    page.click("#voice >> text=Done")
    page.wait_for_selector("#how-words >> text=Deutsch · count only")
    page.reload()
    ready(page)
    assert "Deutsch · count only" in page.inner_text("#how-words")
    page.click("#on")
    page.wait_for_selector("#hint >> text=Looking for you")
    page.watcher.hints(("far", "Come closer."))
    mood(page, "hint")
    assert page.inner_text("#hint") == "Stell das Handy näher."
    page.watcher.hints()
    told(page, "begin")
    page.watcher.rep(1, 10.0)
    page.watcher.cue(1)
    page.watcher.rep(2, 13.0)
    page.wait_for_selector("#count >> text=2")
    assert [text for _, text in page.evaluate("said")][-2:] == ["1", "2"]
    assert {language for language, _ in page.evaluate("said")} == {"de"}
    mood(page, "set")
    page.watcher.last = {**page.watcher.last, "count": 2, "reps": [[7.0, 10.0], [10.0, 13.0]]}
    page.click("#done")
    page.wait_for_selector("#over-heading >> text=2 reps")
    assert not page.is_visible("#over-cues")
    page.click("#drop")
    page.click("#sure-yes")
    page.wait_for_selector("#on")
    assert page.problems == []


def test_without_a_voice_it_beeps(browser: Any, server: Server, owner: Any) -> None:
    page = opened(browser, server, owner, before="window.voiceless = true;")
    begun(page)
    before = page.evaluate("beeps.length")
    page.watcher.rep(1, 10.0)
    page.wait_for_selector("#count >> text=1")
    until(page, f"beeps.length === {before} + 1")
    page.watcher.cue(1)
    until(page, f"beeps.length === {before} + 3")
    assert page.evaluate("said") == []
    page.context.close()


REFUSED = """(name) => { navigator.mediaDevices.getUserMedia = async (asked) => {
  if (name !== 'sound' || asked.audio) throw new DOMException('no', name === 'sound' ? 'NotFoundError' : name);
  return window.real(asked);
}; }"""


def test_what_a_browser_refuses_is_said_in_a_sentence(page: Any) -> None:
    page.evaluate("() => { window.real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices); }")
    for name, sentence in (
        ("NotAllowedError", "The camera is not allowed for this page."),
        ("NotFoundError", "This device has no camera"),
        ("NotReadableError", "Another app is using the camera."),
    ):
        page.evaluate(REFUSED, name)
        page.click("#on")
        page.wait_for_selector(f"#problem >> text={sentence}")
        assert page.is_enabled("#on")
    assert inaccessible(page) == []
    page.evaluate(REFUSED, "sound")
    page.click("#on")
    page.wait_for_selector("#notice >> text=the set is filmed without sound")


def test_a_browser_that_cannot_film_says_so(browser: Any, server: Server, owner: Any) -> None:
    page = opened(browser, server, owner, before="delete window.MediaRecorder;")
    page.wait_for_selector("#problem >> text=This browser cannot film in a page.")
    assert not page.is_visible("#on")
    page.context.close()


def test_an_unencrypted_page_explains_the_certificate_in_a_picture(
    browser: Any, server: Server, owner: Any, tmp_path: Path
) -> None:
    for scheme in ("light", "dark"):
        page = opened(
            browser, server, owner, scheme=scheme, before="Object.defineProperty(window, 'isSecureContext', { value: false });"
        )
        assert "formcheck serve --lan --https" in page.inner_text("#unsafe")
        assert page.evaluate("document.querySelector('#unsafe img').naturalWidth") > 0
        assert not page.is_visible("#on")
        page.screenshot(path=str(Path(KEEP or tmp_path) / f"coach-https-{scheme}.png"), full_page=True)
        assert inaccessible(page) == []
        page.context.close()
