from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from formcheck.report.focus import focus_of, shown_bar
from formcheck.report.overlay import Painter, render_video
from formcheck.report.overlay.bend import bend_from_start
from formcheck.report.overlay.palette import BAD, bend_colour
from formcheck.report.overlay.panel import _parts
from formcheck.video import Canvas, ClipReader, Paintable
from tests.report.made_up import (
    BREAK_S,
    FPS,
    SIZE,
    edited_analysis,
    made_up_analysis,
    made_up_motion,
    take_of,
    two_takes,
    write_clip,
)


class Wall(Painter):
    """A painter over a clip that shows a plain wall; `after` is the whole written picture in RGB, `area` the clip's part."""

    wall = 190

    def after(self, time_s: float) -> np.ndarray:
        canvas = Canvas(self.layout.width, self.layout.height)
        whole = np.full((self.layout.height, self.layout.width, 3), self.wall, dtype=np.uint8)
        Paintable().to_planes(whole, canvas.planes)
        self.paint(canvas.planes, time_s)
        Paintable().to_rgb(canvas.planes, whole)
        self.area = whole[: self.layout.picture.height, : self.layout.picture.width]
        return whole


def painted(time_s: float, style: str = "full") -> tuple[Wall, np.ndarray]:
    motion, reps = made_up_motion()
    analysis = made_up_analysis(reps, float(motion.times[-1]))
    painter = Wall(SIZE, [take_of(motion, reps)], analysis, focus_of("split_squat"), style)  # type: ignore[arg-type]
    return painter, painter.after(time_s)


def share_of(picture: np.ndarray, colour: tuple[int, int, int]) -> float:
    return float((np.abs(picture.astype(int) - colour).max(axis=2) < 12).mean())


@pytest.mark.parametrize("style", ["full", "minimal"])
def test_the_lifter_is_drawn_and_the_finding_marked_at_its_moment(style: str) -> None:
    painter, picture = painted(0.2, style)
    assert (painter.area != 190).mean() > 0.005
    assert share_of(picture, BAD) == 0
    painter, picture = painted(1.7, style)
    assert share_of(painter.area, BAD) > 0.001, "the trunk is not marked"
    panel = picture[painter.layout.panel.y :, painter.layout.panel.x :]
    assert share_of(panel, BAD) > 0.001, "the card is not shown"


def test_outside_the_analysed_shot_the_clip_stays_as_it_is() -> None:
    painter, _ = painted(60.0)
    assert (painter.area == 190).all()


def test_missing_points_are_left_out() -> None:
    motion, reps = made_up_motion()
    motion.body.points[:] = np.nan
    analysis = made_up_analysis(reps, float(motion.times[-1]))
    painter = Wall(SIZE, [take_of(motion, reps)], analysis, focus_of("split_squat"), "full")
    painter.after(1.0)
    assert 0.9 < (painter.area == 190).mean() < 1, "only the back and the bar are known"


@pytest.mark.parametrize("slow_motion", [1.0, 2.0])
def test_the_video_keeps_the_clips_timing_and_freezes_nowhere(tmp_path: Path, slow_motion: float) -> None:
    motion, reps = made_up_motion(1)
    analysis = made_up_analysis(reps, float(motion.times[-1]), slow_motion=slow_motion)
    clip = write_clip(tmp_path / "clip.mp4", [take_of(motion, reps)], slow_motion=slow_motion)
    out, snapshots = tmp_path / "annotated.mp4", tmp_path / "snapshots"
    with ClipReader(clip, slow_motion=slow_motion) as reader:
        render_video(reader, [take_of(motion, reps)], analysis, out, snapshots=snapshots)
    with av.open(str(out)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    expected = motion.times * slow_motion
    assert len(times) == len(expected)
    assert np.abs(np.asarray(times) - expected).max() < 1e-3
    written = sorted(snapshots.glob("*.png"))
    assert len(written) == len(analysis.findings)
    assert all(max(cv2.imread(str(path)).shape[:2]) <= 1280 for path in written)


def test_slow_faults_come_after_the_clip(tmp_path: Path) -> None:
    motion, reps = made_up_motion(1)
    analysis = made_up_analysis(reps, float(motion.times[-1]))
    clip = write_clip(tmp_path / "clip.mp4", [take_of(motion, reps)])
    lengths = []
    for slow in (False, True):
        with ClipReader(clip) as reader:
            render_video(reader, [take_of(motion, reps)], analysis, tmp_path / "a.mp4", slow_faults=slow, style="minimal")
        with av.open(str(tmp_path / "a.mp4")) as container:
            lengths.append([frame.time for frame in container.decode(video=0)][-1])
    assert lengths[1] - lengths[0] == pytest.approx(4 * 1.4, abs=0.8)


def test_the_back_goes_from_green_to_red() -> None:
    straight, bent = bend_colour(0), bend_colour(-40)
    assert straight[1] > straight[0]
    assert bent[0] > bent[1]
    assert bend_colour(40) == bent


def test_the_back_is_no_redder_than_the_verdict() -> None:
    motion, reps = made_up_motion()
    bend = bend_from_start(motion, reps)
    assert np.nanmax(bend) == pytest.approx(12 - 2, abs=0.5), "the back's own error is not taken off"
    assert np.isnan(bend[0]), "outside reps nothing is known"
    assert bend_colour(60, most=0.3)[1] > bend_colour(60)[1], "an unaccused back turns red"
    assert bend_colour(0, least=0.5)[0] > bend_colour(0)[0], "an accused back stays green"


def test_idle_hands_leave_no_trail() -> None:
    motion, _ = made_up_motion()
    assert motion.bar is not None
    hands = replace(motion, bar=replace(motion.bar, source="wrist"))
    assert shown_bar(hands, focus_of("goblet_squat")) is None
    assert shown_bar(hands, focus_of("romanian_deadlift")) is hands.bar
    assert shown_bar(motion, focus_of("goblet_squat")) is motion.bar


def test_each_take_is_drawn_with_its_own_body_and_nothing_between_them() -> None:
    takes = two_takes()
    painter = Wall(SIZE, takes, edited_analysis(takes), focus_of("split_squat"), "full")
    for take, mirrored in zip(takes, (False, True), strict=True):
        painter.after(float(take.reps[0].turn_s))
        columns = np.flatnonzero((painter.area != 190).any(axis=(0, 2)))
        knee = take.motion.body.near("knee")[:, 0].mean() * painter.layout.scale
        assert columns.min() < knee < columns.max()
        assert (columns.mean() > painter.area.shape[1] / 2) == mirrored
    painter.after(float(takes[0].motion.times[-1]) + BREAK_S / 2)
    assert (painter.area == 190).all()


def test_a_close_up_shows_the_take_of_its_moment() -> None:
    takes = two_takes()
    painter = Painter(SIZE, takes, edited_analysis(takes), focus_of("split_squat"), "full")
    area = np.zeros((painter.layout.picture.height, painter.layout.picture.width, 3), dtype=np.uint8)
    area[:] = np.arange(area.shape[1], dtype=np.uint16)[None, :, None] // 4
    first, second = (painter.close_up(area, float(take.reps[0].turn_s)) for take in takes)
    assert second.mean() > first.mean() + 20, "the second take stands further to the right"


def test_what_is_not_counted_is_hatched_in_the_strip() -> None:
    takes = two_takes()
    analysis = edited_analysis(takes)
    strips = []
    for said in (analysis, replace(analysis, not_counted=())):
        painter = Wall(SIZE, takes, said, focus_of("split_squat"), "full")
        panel, strip = painter.layout.panel, _parts(painter.layout)["strip"]
        picture = painter.after(float(takes[0].reps[1].end_s))
        strips.append(picture[panel.y + strip.y : panel.y + strip.bottom, panel.x + strip.x : panel.x + strip.right].copy())
    seconds = float(takes[-1].motion.times[-1]) / strips[0].shape[1]
    changed = np.flatnonzero((strips[0] != strips[1]).any(axis=(0, 2))) * seconds
    part = analysis.not_counted[1]
    assert ((changed < 0.5) | ((changed > part.start_s - 0.05) & (changed < part.end_s + 0.05))).all()
    assert (changed < 0.5).sum() > 10
    assert (changed > 0.5).sum() > 10


def test_a_video_of_two_takes_keeps_every_frame(tmp_path: Path) -> None:
    takes = two_takes(1)
    clip = write_clip(tmp_path / "clip.mp4", takes)
    with ClipReader(clip) as reader:
        render_video(reader, takes, edited_analysis(takes), tmp_path / "a.mp4", snapshots=tmp_path / "snapshots")
    with av.open(str(tmp_path / "a.mp4")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert len(times) == round(takes[-1].motion.times[-1] * FPS) + 1
    assert len(list((tmp_path / "snapshots").glob("*.png"))) == 1


def test_the_end_card_tells_reps_that_are_not_judged() -> None:
    takes = two_takes()
    analysis = edited_analysis(takes)
    lenient = replace(analysis, reps=tuple(
        replace(rep, verdict="borderline") if rep.verdict == "not_judged" else rep for rep in analysis.reps
    ))  # fmt: skip
    cards = []
    for said in (analysis, lenient):
        painter = Wall(SIZE, takes, said, focus_of("split_squat"), "full")
        panel, card = painter.layout.panel, _parts(painter.layout)["card"]
        picture = painter.after(float(takes[1].motion.times[-1]))
        cards.append(picture[panel.y + card.y : panel.y + card.bottom, panel.x + card.x : panel.x + card.right].copy())
    assert (cards[0] != cards[1]).any()
