"""The report page in a real browser: it opens from disk, plays, and video, charts and findings move together."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from formcheck.lifts.exercise import Shot
from formcheck.outputs.overlay.render import render_video
from formcheck.outputs.page.page import write_page
from formcheck.results.analysis import Analysis
from formcheck.video.reader import ClipReader
from tests.browser.opening import DESKTOP, KEEP, PHONE, fits, inaccessible, open_page, unnamed_controls
from tests.outputs.made_up import edited_analysis, made_up_analysis, made_up_motion, shot_of, two_shots, write_clip


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("my clip & more") / "set #1.formcheck"
    folder.mkdir()
    motion, reps = made_up_motion()
    analysis = made_up_analysis(reps, float(motion.times[-1]))
    return drawn(folder, [shot_of(motion, reps)], analysis)


def drawn(folder: Path, shots: Sequence[Shot], analysis: Analysis) -> Path:
    """The page of a made-up set with its video."""
    clip = write_clip(folder / "clip.mp4", shots)
    with ClipReader(clip) as reader:
        render_video(reader, shots, analysis, folder / "annotated.mp4", snapshots=folder / "snapshots")
    (folder / "angles.csv").write_text("time_s\n")
    return write_page(folder, analysis, shots)


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a clip of two shots with a second of something else between them."""
    folder = tmp_path_factory.mktemp("edited") / "edited.formcheck"
    folder.mkdir()
    shots = two_shots()
    return drawn(folder, shots, edited_analysis(shots))


@pytest.fixture
def page(browser: Any, report: Path) -> Iterator[Any]:
    opened = open_page(browser, report)
    yield opened
    assert opened.problems == [], "the console is not clean"
    opened.context.close()


def test_a_page_that_was_there_before_its_video_picks_it_up(browser: Any, tmp_path: Path) -> None:
    motion, reps = made_up_motion(1)
    shots, analysis = [shot_of(motion, reps)], made_up_analysis(reps, float(motion.times[-1]))
    clip = write_clip(tmp_path / "clip.mp4", shots)
    early = write_page(tmp_path, analysis, shots, clip=clip, video_follows=True)
    opened = browser.new_context().new_page()
    opened.clock.install()
    opened.goto(early.as_uri())
    opened.wait_for_function("document.documentElement.dataset.ready === '1'")
    assert opened.get_attribute("#video", "src") == "clip.mp4"
    opened.clock.fast_forward(6000)
    assert "still being drawn" in opened.inner_text("#drawing")
    clip.rename(tmp_path / "annotated.mp4")
    write_page(tmp_path, analysis, shots)
    opened.clock.fast_forward(6000)
    opened.click("#drawing button")
    opened.wait_for_function("document.getElementById('video').getAttribute('src') === 'annotated.mp4'")
    opened.context.close()


def shown_s(page: Any) -> float:
    return float(page.inner_text("#now").split(" ")[0])


def playhead_s(page: Any) -> float:
    """The time at which the line in the first chart stands."""
    return float(
        page.evaluate(
            """() => {
              const over = document.querySelector('#chart-angles .u-over').getBoundingClientRect();
              const head = document.querySelector('#chart-angles .playhead').getBoundingClientRect();
              const box = document.getElementById('chart-angles');
              const [low, high] = [Number(box.getAttribute('aria-valuemin')), Number(box.getAttribute('aria-valuemax'))];
              return low + (head.left + 1 - over.left) / over.width * (high - low);
            }"""
        )
    )


def video_s(page: Any) -> float:
    page.wait_for_function("!document.getElementById('video').seeking")
    return float(page.evaluate("document.getElementById('video').currentTime"))


def together(page: Any, expected: float, within: float = 0.1) -> None:
    assert video_s(page) == pytest.approx(expected, abs=within)
    assert shown_s(page) == pytest.approx(expected, abs=within)
    assert playhead_s(page) == pytest.approx(expected, abs=within)


def test_playing_moves_the_charts(page: Any) -> None:
    before = playhead_s(page)
    page.click("[data-do=play]")
    page.wait_for_function("document.getElementById('video').currentTime > 0.5")
    page.click("[data-do=play]")
    page.wait_for_timeout(150)
    assert playhead_s(page) > before + 0.4
    together(page, video_s(page))


def test_clicking_a_finding_seeks_everything(page: Any) -> None:
    for i in (1, 0):
        target = float(page.get_attribute(f"[data-finding='{i}']", "data-time"))
        page.click(f"[data-finding='{i}']")
        page.wait_for_timeout(150)
        together(page, target)
        assert "current" in page.get_attribute(f"[data-finding='{i}']", "class")
        assert page.is_visible(f"[data-panel='{i}']")
        assert not page.is_visible(f"[data-panel='{1 - i}']"), "both reps of one fault are shown at once"
    assert "rep 1" in page.inner_text("#now")
    assert "current" in (page.get_attribute("tr[data-rep='1']", "class") or "")


def test_clicking_and_dragging_a_chart_seeks_the_video(page: Any) -> None:
    page.locator("#chart-angles").scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = page.locator("#chart-angles .u-over").bounding_box()
    last = float(page.get_attribute("#chart-angles", "aria-valuemax"))
    y = box["y"] + box["height"] / 2
    page.mouse.click(box["x"] + box["width"] * 0.5, y)
    page.wait_for_timeout(150)
    together(page, last * 0.5)
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, y, steps=4)
    page.mouse.up()
    page.wait_for_timeout(150)
    together(page, last * 0.25)


def test_clicking_the_bars_path_seeks(page: Any) -> None:
    page.click("[data-finding='1']")
    page.wait_for_timeout(100)
    before = shown_s(page)
    page.locator("#path svg").click(position={"x": 5, "y": 5})
    page.wait_for_timeout(150)
    assert shown_s(page) != before
    together(page, shown_s(page))


def test_everything_works_by_keyboard(page: Any) -> None:
    page.focus("#chart-angles")
    page.keyboard.press("End")
    page.wait_for_timeout(150)
    end = shown_s(page)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(150)
    assert end > 1
    assert shown_s(page) == pytest.approx(1 / 15, abs=0.02)
    assert "rep" in page.get_attribute("#chart-angles", "aria-valuetext")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    page.wait_for_timeout(150)
    together(page, float(page.get_attribute("[data-finding='0']", "data-time")))
    page.keyboard.press(" ")
    page.wait_for_function("!document.getElementById('video').paused")
    page.keyboard.press(" ")
    page.wait_for_function("document.getElementById('video').paused")
    page.focus("[data-finding='1']")
    page.keyboard.press("Enter")
    page.wait_for_timeout(150)
    together(page, float(page.get_attribute("[data-finding='1']", "data-time")))


def test_every_control_has_a_name_and_a_role(page: Any) -> None:
    assert unnamed_controls(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width", "height"), [PHONE, DESKTOP])
def test_it_fits_and_can_be_looked_at(
    browser: Any, report: Path, tmp_path: Path, name: str, width: int, height: int, scheme: str
) -> None:
    page = open_page(browser, report, width, height, scheme)
    page.click("[data-finding='0']")
    page.wait_for_timeout(300)
    fits(page, width, scheme, Path(KEEP or tmp_path) / f"report-{name}-{scheme}.png")
    page.context.close()


def test_a_fault_is_drawn_over_a_note_on_the_timeline(page: Any) -> None:
    marks = page.eval_on_selector_all("#ribbon .mark", "marks => marks.map((mark) => mark.style.background)")
    assert marks == ["var(--info)", "var(--warn)", "var(--bad)"]


def test_an_edited_clip_moves_through_all_its_shots(browser: Any, edited: Path) -> None:
    page = open_page(browser, edited)
    last = float(page.get_attribute("#chart-angles", "aria-valuemax"))
    assert last > 12
    expected = {  # seconds -> what is said there
        0.2: "not counted: walking to the bench",
        1.7: "rep 1",
        6.3: "not analysed",
        7.0: "not counted: setting up the <b>hip</b> & more",
        8.0: "rep 3, lowering",
        12.4: "after the last rep",
    }
    page.locator("#chart-angles").scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    over = page.locator("#chart-angles .u-over").bounding_box()
    for second, words in expected.items():
        page.mouse.click(over["x"] + over["width"] * second / last, over["y"] + over["height"] / 2)
        page.wait_for_timeout(150)
        together(page, second)
        assert words in page.inner_text("#now")
        knee = page.inner_text("#legend-angles button b >> nth=0")
        assert (knee == "–") == (second == 6.3), "an angle is told where nothing was analysed"
    assert page.problems == []
    page.context.close()


def test_what_was_not_counted_can_be_looked_at(browser: Any, edited: Path) -> None:
    page = open_page(browser, edited)
    page.click("tr[data-aside='1'] .seek")
    page.wait_for_timeout(150)
    assert "not counted: setting up" in page.inner_text("#now")
    assert "current" in (page.get_attribute("tr[data-aside='1']", "class") or "")
    assert page.locator("tr.current").count() == 1
    ribbon = page.locator("#ribbon").bounding_box()
    aside = page.locator("#ribbon .aside >> nth=1").bounding_box()
    head = page.locator("#ribbon .head").bounding_box()
    assert aside["width"] > 4
    assert ribbon["x"] < aside["x"]
    assert abs(head["x"] - aside["x"]) < 3
    assert page.problems == []
    page.context.close()


def test_the_chart_hatches_what_was_not_counted(browser: Any, edited: Path) -> None:
    """Drawn with and without it, the chart differs there and nowhere else."""
    bare = edited.with_name("bare.html")
    text = edited.read_text(encoding="utf-8")
    start = text.index('"notCounted":') + len('"notCounted":')
    bare.write_text(text[:start] + "[]" + text[text.index("]", start) + 1 :], encoding="utf-8")
    columns = []
    for file in (edited, bare):
        page = open_page(browser, file)
        columns.append(
            page.evaluate(
                """() => {
                  const canvas = document.querySelector('#chart-angles canvas');
                  const box = document.querySelector('#chart-angles .u-over').getBoundingClientRect();
                  const all = canvas.getBoundingClientRect(), ratio = canvas.width / canvas.clientWidth;
                  const at = [box.left - all.left, box.top - all.top, box.width, box.height].map((x) => Math.round(x * ratio));
                  const data = canvas.getContext('2d').getImageData(...at).data, sums = new Array(at[2]).fill(0);
                  for (let i = 0; i < data.length; i += 4) sums[(i / 4) % at[2]] += data[i] + 256 * data[i + 3];
                  return sums;
                }"""
            )
        )
        page.context.close()
    wide = len(columns[0])
    seconds = [12.5 * x / wide for x in range(wide) if columns[0][x] != columns[1][x]]
    assert len(seconds) > 0.9 * wide / 12.5
    assert all(-0.1 < s < 0.6 or 6.7 < s < 7.4 for s in seconds)


@pytest.mark.parametrize(("name", "width", "height", "scheme"), [(*PHONE, "dark"), (*DESKTOP, "light")])
def test_an_edited_clip_fits_and_can_be_looked_at(
    browser: Any, edited: Path, tmp_path: Path, name: str, width: int, height: int, scheme: str
) -> None:
    page = open_page(browser, edited, width, height, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
    assert page.inner_text(".lead .sum").endswith(" Reps 3 and 4 could not be judged.")
    colour = "kind => getComputedStyle(document.querySelector(`.verdict.${kind}`)).color"
    ribbon = page.locator("#ribbon").bounding_box()
    page.click("tr[data-rep='2'] .seek")
    page.wait_for_timeout(100)
    page.evaluate("scrollTo(0, 0)")
    assert page.locator("#ribbon").bounding_box() == ribbon, "the page jumps with the words about the moment"
    page.click("tr[data-aside='0'] .seek")
    page.evaluate("scrollTo(0, 0)")
    clean, muted = page.evaluate(colour, "clean"), page.evaluate(colour, "not_judged")
    assert clean != muted, "not judged looks like clean"
    page.screenshot(path=str(Path(KEEP or tmp_path) / f"edited-{name}-{scheme}.png"), full_page=True)
    assert inaccessible(page) == []
    assert page.problems == []
    page.context.close()


@pytest.mark.parametrize(("name", "width", "height"), [PHONE, DESKTOP])
def test_the_first_screen_says_the_verdict_the_cue_and_shows_the_worst_moment(
    browser: Any, report: Path, name: str, width: int, height: int
) -> None:
    """Without scrolling: one sentence, one cue, the picture with the figure in it; beside the video where there is room."""
    page = open_page(browser, report, width, height)
    assert page.inner_text(".lead .sum").startswith("Neither rep was clean: trunk too upright in 1 of 2 reps; possible fault:")
    assert page.inner_text(".lead .cue") == "Let your chest travel over the front thigh."
    assert page.inner_text(".worst .figure b") == "8°"
    for seen in (".sum", ".cue", ".worst", ".figure"):
        box = page.locator(f".lead {seen}" if seen != ".figure" else ".worst .figure").bounding_box()
        assert box["y"] + box["height"] <= height, f"{seen} is below the first screen"
    lead, player = page.locator(".lead").bounding_box(), page.locator(".player").bounding_box()
    assert player["x"] > lead["x"] + lead["width"] if name == DESKTOP[0] else player["y"] > lead["y"]
    page.context.close()


def test_a_phone_reads_from_the_verdict_to_the_charts_and_shows_the_moment_of_a_finding(browser: Any, report: Path) -> None:
    page = open_page(browser, report, *PHONE[1:])
    tops = page.evaluate(
        """() => ['.lead', '.player', '#change', '#reps-heading', '.charts'].map((name) => document.querySelector(name))
          .map((e) => e.getBoundingClientRect().top)"""
    )
    assert tops == sorted(tops)
    page.click("[data-finding='0']")
    page.wait_for_timeout(600)
    ribbon = page.locator("#ribbon").bounding_box()
    assert 0 < ribbon["y"] < PHONE[2] - 40, "the moment of a finding is not brought into view"
    assert page.problems == []
    page.context.close()


@pytest.mark.parametrize(("name", "width", "height"), [PHONE, DESKTOP])
def test_a_click_on_a_rep_keeps_the_video_in_view(browser: Any, report: Path, name: str, width: int, height: int) -> None:
    page = open_page(browser, report, width, height)
    page.click("tr[data-rep='2'] .seek")
    page.wait_for_timeout(600)
    video = page.locator("#video").bounding_box()
    assert video["y"] < height * 0.6
    assert video["y"] + video["height"] > height * 0.4
    page.context.close()


def test_dots_of_findings_do_not_cover_the_numbers_of_reps(page: Any) -> None:
    marks = page.evaluate("() => [...document.querySelectorAll('.mark')].map((m) => m.getBoundingClientRect().bottom)")
    numbers = page.evaluate(
        """() => [...document.querySelectorAll('.ribbon button b')].map((b) => {
          const range = document.createRange(); range.selectNodeContents(b); return range.getBoundingClientRect().top; })"""
    )
    assert max(marks) <= min(numbers) + 1


def test_what_is_wrong_is_said_with_a_command_that_keeps_it(page: Any, report: Path) -> None:
    finding = page.locator("[data-doubt]:visible").first
    rep, rule = finding.get_attribute("data-of-rep"), finding.get_attribute("data-doubt")
    assert not page.is_visible("#wrong-command")
    finding.click()
    page.check("[data-not-rep='2']")
    page.fill("#wrong-because", "the camera's low")
    page.select_option("#wrong-exercise", "lunge")
    words = shlex.split(page.inner_text("#wrong-command code"))
    assert words == [
        "formcheck", "log", "correct", str(report.parent), "--not-a-rep", "2", "--not-a-fault", f"{rep}:{rule}",
        "--exercise", "lunge", "--because", "the camera's low",
    ]  # fmt: skip
    assert not page.is_visible("#wrong-send")


def test_the_theme_can_be_switched(page: Any) -> None:
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 25)"


def test_it_prints(page: Any, tmp_path: Path) -> None:
    page.emulate_media(media="print")
    assert not page.is_visible("#video")
    assert page.is_visible(".findings .cue >> nth=0")


def test_it_opens_with_less_than_a_second_of_work(browser: Any, report: Path) -> None:
    """Processor time of the page's main thread: a busy machine makes it wait, but gives it no more to do."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(report.as_uri(), wait_until="domcontentloaded")
    page.wait_for_function("document.documentElement.dataset.ready === '1'")
    spent = {entry["name"]: entry["value"] for entry in devtools.send("Performance.getMetrics")["metrics"]}
    context.close()
    assert 0.0 < spent["TaskDuration"] < 1.0


def test_a_page_of_five_hundred_reps_shows_itself_within_two_seconds_of_work(browser: Any, tmp_path: Path) -> None:
    motion, reps = made_up_motion(500)
    shots, analysis = [shot_of(motion, reps)], made_up_analysis(reps, float(motion.times[-1]))
    context = browser.new_context(viewport={"width": PHONE[1], "height": PHONE[2]})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(write_page(tmp_path, analysis, shots).as_uri(), wait_until="domcontentloaded")
    page.wait_for_function("document.documentElement.dataset.ready === '1'")
    spent = {entry["name"]: entry["value"] for entry in devtools.send("Performance.getMetrics")["metrics"]}
    assert page.locator("tr[data-rep]").count() == 500
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[1], "the page scrolls sideways"
    page.screenshot(path=str(Path(KEEP or tmp_path) / "long-phone-light.png"))
    context.close()
    assert 0.0 < spent["TaskDuration"] < 2.0
