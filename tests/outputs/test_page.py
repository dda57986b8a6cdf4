from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from formcheck.lifts.registry import exercise_named
from formcheck.motion.bar.bar import Scale
from formcheck.outputs.page.page import MOST_POINTS, group_findings, page_data, write_page
from formcheck.outputs.page.shell import SHARED_FOLDER, json_for_script
from formcheck.outputs.words import filming_advice, lead_of
from formcheck.results.analysis import NotJudged, ReasonCode
from tests.lifters import motion_of
from tests.outputs.made_up import (
    HOSTILE,
    HOSTILE_REASON,
    edited_analysis,
    made_up_analysis,
    made_up_motion,
    shot_of,
    two_shots,
)


class Page(HTMLParser):
    """Elements and attributes of a page; contents of scripts are left out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style") and self._inside:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.text.append(data)


def write(folder: Path, **options: Any) -> str:
    motion, reps = made_up_motion()
    folder.mkdir(exist_ok=True)
    (folder / "annotated.mp4").touch()
    (folder / "angles.csv").touch()
    path = write_page(folder, made_up_analysis(reps, float(motion.times[-1])), [shot_of(motion, reps)], **options)
    return path.read_text(encoding="utf-8")


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    text = write(tmp_path / "out")
    page = Page(text)
    assert not [attributes for _, attributes in page.elements if "onerror" in attributes]
    assert [tag for tag, _ in page.elements].count("script") == 5, "a name opened a script of its own"
    assert HOSTILE in "".join(page.text)
    data = re.search(r'<script id="data" type="application/json">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    assert "</script><b>bold</b>" in json.loads(data[1])["findings"][0]["message"]


def test_json_in_a_script_element_cannot_end_it() -> None:
    text = json_for_script({"a": "</script><!--", "b": "&\u2028"})
    assert not set("<>&") & set(text)
    assert "\u2028" not in text
    assert json.loads(text) == {"a": "</script><!--", "b": "&\u2028"}


def test_the_page_loads_nothing_from_a_network(tmp_path: Path) -> None:
    for library in ("inline", "shared"):
        page = Page(write(tmp_path / library, library=library))
        for _, attributes in page.elements:
            for name in ("src", "href", "action", "poster"):
                link = attributes.get(name) or ""
                assert not re.match(r"(?:[a-z]+:)?//", link, re.IGNORECASE), link


def test_what_a_reader_needs_is_there_without_scripts(tmp_path: Path) -> None:
    text = " ".join("".join(Page(write(tmp_path / "out")).text).split())
    for wanted in (
        "Bulgarian split squat", "Let your chest travel over the front thigh.", "measured 8°", "20° or more is fine",
        "97 % sure",
        "Possible fault", "Bar drift (reps 1 and 2): the plate is hidden & <unknown>.",
        "Heels lift: the camera is not side-on.",
        "Next time",
        "angles.csv",
    ):  # fmt: skip
        assert wanted in text, wanted
    assert re.search(r"This page is \d+ KB and needs no network", text)


def test_a_batch_shares_one_copy_of_the_library(tmp_path: Path) -> None:
    one, two = write(tmp_path / "a", library="shared"), write(tmp_path / "b", library="shared")
    assert "var uPlot" not in one + two
    assert f"../{SHARED_FOLDER}/uPlot.iife.min.js" in one
    assert sorted(path.name for path in (tmp_path / SHARED_FOLDER).iterdir()) == [
        "uPlot.LICENSE.txt", "uPlot.iife.min.js", "uPlot.min.css"
    ]  # fmt: skip
    assert "var uPlot" in write(tmp_path / "c")


def test_the_shipped_library_and_fonts_are_what_their_checksums_say() -> None:
    for package, folder in (("formcheck.outputs.page", "vendor"), ("formcheck.outputs.overlay", "fonts")):
        root = files(package).joinpath(folder)
        sums = [line.split() for line in root.joinpath("SHA256SUMS").read_text(encoding="utf-8").splitlines()]
        assert sums
        for expected, name in sums:
            assert hashlib.sha256(root.joinpath(name).read_bytes()).hexdigest() == expected, name


def test_pictures_are_linked_by_a_relative_address(tmp_path: Path) -> None:
    folder = tmp_path / "my clip.formcheck"
    (folder / "snapshots").mkdir(parents=True)
    (folder / "snapshots" / "finding-01-rep1-torso_upright.png").touch()
    pictures = [a["src"] for tag, a in Page(write(folder)).elements if tag == "img"]
    assert pictures == 2 * ["snapshots/finding-01-rep1-torso_upright.png"], "once on the first screen, once with its finding"


def test_findings_of_a_rule_are_together_and_faults_lead(tmp_path: Path) -> None:
    _, reps = made_up_motion()
    findings = made_up_analysis(reps, 5.0).findings
    turned = (findings[2], findings[1], findings[0])
    groups = group_findings(tmp_path, tmp_path, turned)
    assert [[shown.number for shown in group] for group in groups] == [[2, 1], [0]]


def test_a_page_without_a_video_says_so(tmp_path: Path) -> None:
    motion, reps = made_up_motion()
    path = write_page(tmp_path, made_up_analysis(reps, 5.0), [shot_of(motion, reps)])
    text = path.read_text(encoding="utf-8")
    assert "<video" not in text
    assert "There is no video here." in text


def test_a_page_whose_video_is_not_drawn_plays_the_clip(tmp_path: Path) -> None:
    motion, reps = made_up_motion()
    clip, folder = tmp_path / "my set.mp4", tmp_path / "my set.formcheck"
    clip.touch()
    folder.mkdir()
    for follows in (False, True):
        path = write_page(folder, made_up_analysis(reps, 5.0), [shot_of(motion, reps)], clip=clip, video_follows=follows)
        text = path.read_text(encoding="utf-8")
        assert 'src="../my%20set.mp4"' in text
        assert ("still being drawn" in text) == follows


def test_series_of_a_long_clip_are_thinned_and_missing_values_null() -> None:
    motion, reps = made_up_motion()
    body = motion.body
    long = replace(
        body, times=np.arange(7000) / 60, points=np.resize(body.points, (7000, *body.points.shape[1:])),
        sd=np.resize(body.sd, (7000, body.sd.shape[1])),
        visibility=np.resize(body.visibility, (7000, body.visibility.shape[1])),
    )  # fmt: skip
    long.points[100:200] = np.nan
    data = page_data(made_up_analysis(reps, 117.0), [shot_of(motion_of(long), reps)], exercise_named("split_squat").focus, 0.0)
    assert len(data["times"]) <= MOST_POINTS
    assert None in data["angles"][0]["values"]
    json_for_script(data)


def test_the_bar_is_in_centimetres_when_the_scale_is_known() -> None:
    motion, reps = made_up_motion()
    analysis = made_up_analysis(reps, 5.0)
    with_scale = shot_of(replace(motion, scale=Scale(250.0, "plate")), reps)
    scaled = page_data(analysis, [with_scale], exercise_named("split_squat").focus, 0.0)["bar"]
    assert scaled["unit"] == "cm"
    travel_px = np.ptp(motion.bar.path[:, 1])
    assert max(scaled["y"]) - min(scaled["y"]) == pytest.approx(travel_px / 2.5, rel=0.01)
    plain = page_data(analysis, [shot_of(motion, reps)], exercise_named("split_squat").focus, 0.0)
    assert plain["bar"]["unit"] == "% of trunk"


def test_phases_cover_a_rep_without_gaps() -> None:
    motion, reps = made_up_motion()
    data = page_data(made_up_analysis(reps, 5.0), [shot_of(motion, reps)], exercise_named("split_squat").focus, 0.0)
    phases = data["reps"][0]["phases"]
    assert [phase["name"] for phase in phases] == ["eccentric", "hold", "concentric"]
    assert [phase["word"] for phase in phases] == ["lowering", "hold", "lifting"]
    assert [phase["end"] for phase in phases[:-1]] == [phase["start"] for phase in phases[1:]]


def test_advice_follows_from_what_was_missed() -> None:
    text = " ".join(advice_for())
    assert "22°" in text
    assert "80%" in text
    assert len(well_filmed()) == 1


def test_advice_follows_from_the_kind_of_a_reason_and_not_from_its_words() -> None:
    nothing_to_film_better = NotJudged(
        "back_rounding", 1, "you hardly lean in this rep, so the outline says nothing about your back", "nothing_to_compare"
    )
    assert well_filmed(nothing_to_film_better) == well_filmed()
    hoodie = well_filmed(NotJudged("back_rounding", None, "it cannot be told", "outline_hidden"))
    assert len(hoodie) == 1
    assert "close-fitting clothes" in hoodie[0]
    kinds = ("oblique_view", "exercise_unsure", "hidden", "outline_hidden", "too_unsure", "load_not_seen", "cut_off")
    assert len(well_filmed(*(NotJudged("bar_drift", 1, "x", kind) for kind in kinds))) == len(kinds)


def advice_for(**changes: Any) -> list[str]:
    _, reps = made_up_motion()
    return filming_advice(replace(made_up_analysis(reps, 5.0), **changes))


def well_filmed(*missed: NotJudged) -> list[str]:
    """The advice on a clip filmed from the side, with everything in the picture, in which some things were not judged."""
    _, reps = made_up_motion()
    analysis = made_up_analysis(reps, 5.0)
    view, clip = replace(analysis.view, yaw_deg=2.0), replace(analysis.clip, fps=30.0)
    return advice_for(coverage=1.0, not_judged=missed, view=view, clip=clip)


def test_the_first_advice_stands_beside_its_own_reason() -> None:
    _, reps = made_up_motion()
    analysis = made_up_analysis(reps, 5.0)
    cut, unsure = NotJudged("a", 1, "the clip ends", "cut_off"), NotJudged("b", None, "which lift it is", "exercise_unsure")
    unknown = tuple(replace(rep, verdict="not_judged") for rep in analysis.reps)
    view = replace(analysis.view, yaw_deg=None)
    lead = lead_of(replace(analysis, not_judged=(cut, unsure), findings=(), reps=unknown, view=view, coverage=1.0))
    assert lead.verdict == "Neither rep could be judged."
    assert lead.cue.startswith("Name the exercise")
    assert lead.why == "not judged: which lift it is"


def test_a_set_filmed_obliquely_is_told_so_once_at_the_top(tmp_path: Path) -> None:
    motion, reps = made_up_motion()
    analysis = made_up_analysis(reps, float(motion.times[-1]))
    gap = NotJudged("torso_upright", None, "film from the side (the camera is about 42 degrees off)", "oblique_view")
    unknown = tuple(replace(rep, verdict="not_judged") for rep in analysis.reps)
    view = replace(analysis.view, yaw_deg=42.0)
    oblique = replace(analysis, not_judged=(gap,), findings=analysis.findings[2:], reps=unknown, view=view)
    lead = lead_of(oblique)
    assert lead.cue == "Film again straight from the side, camera at hip height: this time it stood about 42° off."
    assert lead.why == ""
    source = write_page(tmp_path, oblique, [shot_of(motion, reps)]).read_text(encoding="utf-8")
    top = source[source.index('<section class="lead') : source.index('<section class="player')]
    assert top.count("42") == 1
    assert 'class="why"' not in top


def test_dots_are_explained_below_the_timeline(tmp_path: Path) -> None:
    motion, reps = made_up_motion()
    analysis = made_up_analysis(reps, float(motion.times[-1]))
    whole, few = (
        write_page(tmp_path, replace(analysis, findings=findings), [shot_of(motion, reps)]).read_text(encoding="utf-8")
        for findings in (analysis.findings, analysis.findings[:1])
    )
    assert re.findall(r'swatch dot \w+"></span>([a-z ]*[a-z])', whole) == ["fault", "possible fault", "note"]
    assert re.findall(r'swatch dot \w+"></span>([a-z ]*[a-z])', few) == ["fault"]


@pytest.mark.parametrize(
    ("code", "cue"),
    [
        ("no_keypoint", "Analyse the clip with formcheck's own pose model"), ("damaged_file", "Copy the clip again"),
        ("contradictory", ""),
    ],
)  # fmt: skip
def test_a_set_that_could_not_be_judged_is_never_called_well_filmed(code: ReasonCode, cue: str) -> None:
    _, reps = made_up_motion()
    analysis = made_up_analysis(reps, 5.0)
    unknown = tuple(replace(rep, verdict="not_judged") for rep in analysis.reps)
    view, clip = replace(analysis.view, yaw_deg=2.0), replace(analysis.clip, fps=30.0)
    gaps = (NotJudged("torso_upright", None, "why it is so", code),)
    lead = lead_of(replace(analysis, not_judged=gaps, findings=(), reps=unknown, view=view, clip=clip, coverage=1.0))
    assert lead.cue.startswith(cue) if cue else lead.cue == ""
    assert lead.why == "not judged: why it is so"


def test_the_page_of_an_edited_clip_says_what_it_speaks_about(tmp_path: Path) -> None:
    shots = two_shots()
    source = write_page(tmp_path, edited_analysis(shots), shots).read_text(encoding="utf-8")
    page = Page(source)
    text = " ".join("".join(page.text).split())
    for wanted in (
        "1 of 4 reps was clean; trunk too upright in 1 of 4 reps. Reps 3 and 4 could not be judged.",
        "exercise recognised, 62 % sure; it may also be a goblet squat (31 %) Correct it",
        "Shots 1 and 3 of 3 analysed (0:00.0–0:05.7, 0:06.8–0:12.5), lifter seen in 80 % of their frames.",
        f"Not judged {HOSTILE_REASON} is hidden",
        "Not counted", "Walking to the bench.", f"Setting up {HOSTILE_REASON}.",
        "Shots of the clip", "Not analysed: no repetition was found.",
    ):  # fmt: skip
        assert wanted in text, wanted
    assert "Shot" in page.text
    assert "<b>hip" not in source, "a reason became an element"
    rows = [attributes for tag, attributes in page.elements if tag == "tr"]
    assert [row["data-aside"] for row in rows if "data-aside" in row] == ["0", "1"]


def test_a_clip_of_one_shot_without_asides_has_none_of_it(tmp_path: Path) -> None:
    page = Page(write(tmp_path / "out"))
    assert "Not counted" not in page.text
    assert "Shot" not in page.text
    assert "not judged" not in page.text


def test_data_of_two_shots_have_a_gap_and_what_was_not_counted() -> None:
    shots = two_shots()
    analysis = edited_analysis(shots)
    data = page_data(analysis, shots, exercise_named("split_squat").focus, 0.0)
    assert [rep["index"] for rep in data["reps"]] == [1, 2, 3, 4]
    gap = len(shots[0].motion.times)
    assert [i for i, value in enumerate(data["angles"][0]["values"]) if value is None] == [gap]
    assert data["notCounted"][1]["reason"].startswith("setting up")
    assert data["gaps"] == [pytest.approx([shots[0].motion.times[-1], shots[1].motion.times[0]], abs=1e-3)]
    assert (data["first"], data["last"]) == (0.0, pytest.approx(shots[1].motion.times[-1], abs=1e-3))
    assert set(data["bar"]["y"][gap:]) == {None}, "the second shot shows no bar"
    assert len(data["bar"]["phases"]) == len(data["times"]) == len(data["bend"][0]["values"])
