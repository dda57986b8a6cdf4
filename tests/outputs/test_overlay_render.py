from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from formcheck.errors import OutputError
from formcheck.lifts.exercise import Region
from formcheck.lifts.posture import arms_hang
from formcheck.lifts.registry import exercise_named
from formcheck.outputs.overlay import render
from formcheck.outputs.overlay.draw import BAD, BONE, PHASE_COLOURS, bend_colour
from formcheck.outputs.overlay.figure import Figure, bend_from_start
from formcheck.outputs.overlay.layout import Box
from formcheck.outputs.overlay.lettering import Lettering
from formcheck.outputs.overlay.panel import Line, Strip, _parts
from formcheck.outputs.overlay.render import Painter, render_video, snapshot_name
from formcheck.outputs.overlay.scene import Scene, moment_of
from formcheck.outputs.shown import regions_of, shown_bar
from formcheck.results.analysis import RejectedMovement
from formcheck.results.rep import Rep
from formcheck.video.reader import ClipReader
from formcheck.video.writer import Canvas, Paintable, even_aligned
from tests.outputs.made_up import (
    BREAK_S,
    FPS,
    SIZE,
    edited_analysis,
    made_up_analysis,
    made_up_motion,
    shot_of,
    two_shots,
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
    painter = Wall(SIZE, [shot_of(motion, reps)], analysis, exercise_named("split_squat").focus, style)  # type: ignore[arg-type]
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
    painter = Wall(SIZE, [shot_of(motion, reps)], analysis, exercise_named("split_squat").focus, "full")
    painter.after(1.0)
    assert 0.9 < (painter.area == 190).mean() < 1, "only the back and the bar are known"


@pytest.mark.parametrize("slow_motion", [1.0, 2.0])
def test_the_video_keeps_the_clips_timing_and_freezes_nowhere(tmp_path: Path, slow_motion: float) -> None:
    motion, reps = made_up_motion(1)
    analysis = made_up_analysis(reps, float(motion.times[-1]), slow_motion=slow_motion)
    clip = write_clip(tmp_path / "clip.mp4", [shot_of(motion, reps)], slow_motion=slow_motion)
    out, snapshots = tmp_path / "annotated.mp4", tmp_path / "snapshots"
    with ClipReader(clip, slow_motion=slow_motion) as reader:
        render_video(reader, [shot_of(motion, reps)], analysis, out, snapshots=snapshots)
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
    clip = write_clip(tmp_path / "clip.mp4", [shot_of(motion, reps)])
    lengths = []
    for slow in (False, True):
        with ClipReader(clip) as reader:
            render_video(reader, [shot_of(motion, reps)], analysis, tmp_path / "a.mp4", slow_faults=slow, style="minimal")
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


@pytest.mark.parametrize("outline", [True, False])
def test_an_arch_is_red_at_the_lower_back_and_nowhere_else(outline: bool) -> None:
    motion, reps = made_up_motion()
    shown = shot_of(motion if outline else replace(motion, spine=None), reps)
    painter = Wall(SIZE, [shown], made_up_analysis(reps, 5.0), exercise_named("hip_thrust").focus, "full")
    picture = np.full_like(painter._area, 190)
    figure, frame = painter._figures[0], int(np.searchsorted(motion.times, reps[0].turn_s))
    moment = painter.scene.moment(reps[0].turn_s)
    figure.draw(picture, frame, moment, regions_of("hip_thrust", "lumbar_arch"), BAD)
    rows = np.flatnonzero((np.abs(picture.astype(int) - BAD).max(axis=2) < 30).any(axis=1)) / painter.layout.scale
    shoulder, hip = (motion.body.near(name)[frame, 1] for name in ("shoulder", "hip"))
    assert len(rows)
    assert rows.min() > shoulder + 0.35 * (hip - shoulder)
    assert rows.max() < hip + 0.15 * (hip - shoulder)


def test_idle_hands_leave_no_trail() -> None:
    motion, reps = made_up_motion()
    assert motion.bar is not None
    shot = shot_of(motion, reps)
    hands = shot_of(replace(motion, bar=replace(motion.bar, source="wrist")), reps)
    assert shown_bar(hands, exercise_named("goblet_squat").focus) is None
    assert (shown_bar(hands, exercise_named("romanian_deadlift").focus) is not None) == arms_hang(motion, reps[0])
    assert shown_bar(shot, exercise_named("goblet_squat").focus) is motion.bar


def test_each_shot_is_drawn_with_its_own_body_and_nothing_between_them() -> None:
    shots = two_shots()
    painter = Wall(SIZE, shots, edited_analysis(shots), exercise_named("split_squat").focus, "full")
    for shot, mirrored in zip(shots, (False, True), strict=True):
        painter.after(float(shot.reps[0].turn_s))
        columns = np.flatnonzero((painter.area != 190).any(axis=(0, 2)))
        knee = shot.motion.body.near("knee")[:, 0].mean() * painter.layout.scale
        assert columns.min() < knee < columns.max()
        bones = np.flatnonzero((np.abs(painter.area.astype(int) - BONE).max(axis=2) < 12).any(axis=0))  # labels stand beside
        assert (bones.mean() > painter.area.shape[1] / 2) == mirrored
    painter.after(float(shots[0].motion.times[-1]) + BREAK_S / 2)
    assert (painter.area == 190).all()


def test_a_close_up_shows_the_shot_of_its_moment() -> None:
    shots = two_shots()
    painter = Painter(SIZE, shots, edited_analysis(shots), exercise_named("split_squat").focus, "full")
    first, second = (painter.close_up(float(shot.reps[0].turn_s)) for shot in shots)
    assert second[0] + second[2] > first[0] + first[2] + 160, "the second shot stands further to the right"


@pytest.mark.parametrize("region", ["head", "trunk", "hip", "thigh", "shin"])
def test_the_figure_of_a_finding_stands_whole_within_a_close_up(region: Region) -> None:
    motion, reps = made_up_motion()
    shot = shot_of(motion, reps)
    analysis = made_up_analysis(reps, float(motion.times[-1]) + 1)
    figure = Figure(shot, analysis, exercise_named("split_squat").focus, 1.0, 16, Lettering())
    frame = int(np.argmin(np.abs(motion.times - reps[0].turn_s)))
    points = motion.body.points[frame]
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    (left, top), (right, bottom) = low - 0.2 * max(high - low), high + 0.2 * max(high - low)
    moment = moment_of(reps[0], float(reps[0].turn_s))
    inked = []
    for within in (None, (left, top, right, bottom)):
        picture = np.zeros((720, 1280, 3), dtype=np.uint8)
        figure.draw(picture, frame, moment, (region,), (250, 10, 10), "46° (70° or more is fine)", within)
        inked.append(np.abs(picture.astype(int) - (250, 10, 10)).max(axis=2) < 12)
    rows, columns = np.nonzero(inked[1])
    assert left <= columns.min() <= columns.max() <= right
    assert top <= rows.min() <= rows.max() <= bottom
    assert inked[1].sum() == pytest.approx(inked[0].sum(), rel=0.1), "all of it"


def test_what_is_not_counted_is_hatched_in_the_strip() -> None:
    shots = two_shots()
    analysis = edited_analysis(shots)
    strips = []
    for said in (analysis, replace(analysis, not_counted=())):
        painter = Wall(SIZE, shots, said, exercise_named("split_squat").focus, "full")
        panel, strip = painter.layout.panel, _parts(painter.layout)["strip"]
        picture = painter.after(float(shots[0].reps[1].end_s))
        strips.append(picture[panel.y + strip.y : panel.y + strip.bottom, panel.x + strip.x : panel.x + strip.right].copy())
    seconds = float(shots[-1].motion.times[-1]) / strips[0].shape[1]
    changed = np.flatnonzero((strips[0] != strips[1]).any(axis=(0, 2))) * seconds
    part = analysis.not_counted[1]
    assert ((changed < 0.5) | ((changed > part.start_s - 0.05) & (changed < part.end_s + 0.05))).all()
    assert (changed < 0.5).sum() > 10
    assert (changed > 0.5).sum() > 10


def test_a_video_of_two_shots_keeps_every_frame(tmp_path: Path) -> None:
    shots = two_shots(1)
    clip = write_clip(tmp_path / "clip.mp4", shots)
    with ClipReader(clip) as reader:
        render_video(reader, shots, edited_analysis(shots), tmp_path / "a.mp4", snapshots=tmp_path / "snapshots")
    with av.open(str(tmp_path / "a.mp4")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert len(times) == round(shots[-1].motion.times[-1] * FPS) + 1
    assert len(list((tmp_path / "snapshots").glob("*.png"))) == 1


def test_the_end_card_tells_reps_that_are_not_judged() -> None:
    shots = two_shots()
    analysis = edited_analysis(shots)
    lenient = replace(analysis, reps=tuple(
        replace(rep, verdict="borderline") if rep.verdict == "not_judged" else rep for rep in analysis.reps
    ))  # fmt: skip
    cards = []
    for said in (analysis, lenient):
        painter = Wall(SIZE, shots, said, exercise_named("split_squat").focus, "full")
        panel, card = painter.layout.panel, _parts(painter.layout)["card"]
        picture = painter.after(float(shots[1].motion.times[-1]))
        cards.append(picture[panel.y + card.y : panel.y + card.bottom, panel.x + card.x : panel.x + card.right].copy())
    assert (cards[0] != cards[1]).any()


def test_everything_is_drawn_inside_the_part_that_is_blended() -> None:
    """What the figure draws on the whole picture differs from it nowhere outside `reach`."""
    for shots in ((shot_of(*made_up_motion()),), two_shots()):
        for exercise in ("split_squat", "hip_thrust", "romanian_deadlift", "goblet_squat"):
            for number, shot in enumerate(shots):
                analysis = edited_analysis(shots) if len(shots) > 1 else made_up_analysis(list(shot.reps), 6.0)
                figure = Figure(shot, analysis, exercise_named(exercise).focus, 1.5, 26, Lettering())
                scene = Scene(analysis, shot.reps)
                for frame in range(0, len(shot.motion.times), 5):
                    picture = np.full((1080, 960, 3), 190, dtype=np.uint8)
                    moment = scene.moment(float(shot.motion.times[frame]))
                    figure.draw(picture, frame, moment, ("trunk", "shin", "bar"))
                    reach = figure.reach(frame, moment)
                    assert reach is not None
                    left, top, right, bottom = even_aligned(*reach, (960, 1080))
                    picture[top:bottom, left:right] = 190
                    assert (picture == 190).all(), (exercise, number, frame)


def strip_of(minutes: float) -> Strip:
    """A strip, 760 pixels wide, of a set with a rep every ten seconds and something that is not counted between them."""
    times = np.arange(0.0, minutes * 60, 0.1)
    angles = 10 + 60 * np.clip(1 - np.abs((times % 10) - 5) / 3, 0, 1)
    count = int(minutes * 6)
    reps = [Rep(i + 1, 10 * i + 2.0, 10 * i + 5.0, 10 * i + 5.0, 10 * i + 8.0, 60.0, "eccentric") for i in range(count)]
    asides = tuple(RejectedMovement(10 * i + 8.5, 10 * i + 11.5, "a pause") for i in range(count))
    analysis = replace(made_up_analysis(reps, minutes * 60), not_counted=asides)
    line = Line(times, angles, 0.0, float(times[-1]))
    return Strip(Box(0, 0, 760, 110), 29, line, Scene(analysis, reps), Lettering())


def test_the_strip_of_twenty_minutes_shows_the_last_reps_like_the_first() -> None:
    strip = strip_of(20)
    shown = []
    for time_s in (300.0, 1150.0):  # 65,000 pixels in all; OpenCV stops at 32,767
        picture = np.zeros((110, 760, 3), dtype=np.uint8)
        strip.show(picture, time_s)
        shown.append(picture)
    lines = [(np.abs(picture.astype(int) - PHASE_COLOURS["eccentric"]).max(axis=2) < 40).sum() for picture in shown]
    assert lines[0] > 200
    assert lines[1] == pytest.approx(lines[0], rel=0.1)
    assert (np.abs(shown[0].astype(int) - shown[1]).max(axis=2) > 60).mean() < 0.02, "only the numbers differ"
    assert len(strip._pages) <= 3


@pytest.mark.parametrize("shift", [150, 380, 610])
def test_pages_of_the_strip_join_without_a_seam(shift: int) -> None:
    strip = strip_of(2)
    for number in range(5):
        first, second = (strip._page(n)[0] for n in (number, number + 1))
        joined = np.concatenate([first[:, shift:], second[:, :shift]], axis=1)
        assert np.abs(joined.astype(int) - strip._paint(number * 760 + shift, 1.0)).max() <= 2


def test_the_strip_shows_the_time_that_is_asked_for() -> None:
    strip = strip_of(2)
    for time_s in (3.0, 30.0, 61.3, 119.0):
        picture = np.zeros((110, 760, 3), dtype=np.uint8)
        strip.show(picture, time_s)
        left = round(float(np.clip(time_s * strip._rate - 0.66 * 760, 0, strip._width - 760)))
        past = round(time_s * strip._rate) - left - 14
        wanted = strip._paint(left, 1.0)
        assert np.abs(picture[:, :past].astype(int) - wanted[:, :past]).max(initial=0) <= 2
        assert np.abs(picture[:, past + 28 :].astype(int) - strip._paint(left, 0.3)[:, past + 28 :]).max(initial=0) <= 2


class Tagged:
    """The parts of a written file that players read colours from."""

    def __init__(self, path: Path) -> None:
        with av.open(str(path)) as container:
            context = container.streams.video[0].codec_context
            self.colours = (
                int(context.colorspace), int(context.color_range), int(context.color_primaries), int(context.color_trc)
            )  # fmt: skip
            self.size = (context.width, context.height)
            self.times = [float(frame.time) for frame in container.decode(video=0)]


def write_clip_of(path: Path, size: tuple[int, int], times: np.ndarray, tags: tuple[int, int, int, int], form: str) -> Path:
    """A grey clip with these times, in seconds, and (matrix, range, primaries, transfer)."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = *size, form, Fraction(1, 90_000)
        stream.codec_context.time_base = Fraction(1, 90_000)
        stream.options = {"preset": "ultrafast"}
        context = stream.codec_context
        context.colorspace, context.color_range, context.color_primaries, context.color_trc = tags
        for time_s in times:
            frame = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), 120, np.uint8), format="rgb24")
            frame = frame.reformat(format=form)
            frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc = tags
            frame.pts, frame.time_base = round(time_s * 90_000), Fraction(1, 90_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("form", "tags", "wanted"),
    [
        ("yuv420p", (5, 1, 5, 6), (5, 1, 5, 6)),
        ("yuv420p", (1, 1, 1, 1), (1, 1, 1, 1)),
        ("yuv420p10le", (9, 1, 9, 14), (9, 1, 9, 14)),
        ("yuv420p10le", (9, 1, 9, 18), (1, 1, 1, 1)),
        ("yuv420p10le", (9, 1, 9, 16), (1, 1, 1, 1)),
    ],
)
def test_the_video_says_what_its_colours_are_and_keeps_every_frame(
    tmp_path: Path, form: str, tags: tuple[int, int, int, int], wanted: tuple[int, int, int, int]
) -> None:
    shots = [shot_of(*made_up_motion(1))]
    rng = np.random.default_rng(4)
    times = np.concatenate([[0.0], np.cumsum(rng.uniform(0.01, 0.08, 39))])
    clip = write_clip_of(tmp_path / "clip.mp4", (1080, 1440), times, tags, form)
    analysis = made_up_analysis(list(shots[0].reps), float(times[-1]))
    for full_size in (False, True):
        with ClipReader(clip) as reader:
            render_video(reader, shots, analysis, tmp_path / "a.mp4", full_size=full_size, full_rate=True)
        written = Tagged(tmp_path / "a.mp4")
        assert written.colours == wanted
        assert np.asarray(written.times) == pytest.approx(times, abs=1e-3)
        if full_size:
            assert written.size[0] == 1080
            assert written.size[1] > 1440
        else:
            assert max(written.size) <= 1920


def test_few_pictures_are_held_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Counted(Canvas):
        def __init__(self, width: int, height: int) -> None:
            made.append((width, height))
            super().__init__(width, height)

    monkeypatch.setattr(render, "Canvas", Counted)
    shots = [shot_of(*made_up_motion(2))]
    clip = write_clip(tmp_path / "clip.mp4", shots)
    with ClipReader(clip) as reader:
        render_video(reader, shots, made_up_analysis(list(shots[0].reps), 6.0), tmp_path / "a.mp4", slow_faults=True)
    assert len(made) <= 12


def test_snapshots_that_cannot_be_written_are_one_sentence_and_leave_nothing(tmp_path: Path) -> None:
    motion, reps = made_up_motion(1)
    analysis = made_up_analysis(reps, float(motion.times[-1]))
    shots = [shot_of(motion, reps)]
    clip = write_clip(tmp_path / "clip.mp4", shots)
    out = tmp_path / "out"
    out.mkdir()
    (out / "snapshots").write_text("a file where a folder is wanted")
    with ClipReader(clip) as reader, pytest.raises(OutputError, match="snapshots was not written"):
        render_video(reader, shots, analysis, out / "annotated.mp4", snapshots=out / "snapshots")
    (out / "snapshots").unlink()
    (out / "snapshots").mkdir()
    for index, finding in enumerate(analysis.findings, start=1):  # which cannot be replaced by files
        (out / "snapshots" / snapshot_name(index, finding)).mkdir()
    with ClipReader(clip) as reader, pytest.raises(OutputError, match=r"finding-01.*png was not written"):
        render_video(reader, shots, analysis, out / "annotated.mp4", snapshots=out / "snapshots")
    assert [path.name for path in out.iterdir()] == ["snapshots"], "half a video is left"
    assert not [path for path in (out / "snapshots").iterdir() if path.is_file()]


def test_opencv_gets_its_threads_back_after_drawing() -> None:
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        with render.single_threaded():
            assert cv2.getNumThreads() == 1
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)
