"""The pose pass over a clip: unexpected frames, queue length and results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from formcheck.pose.estimate import RUN, pose_pass
from formcheck.pose.locate import Located
from formcheck.pose.model import MOST_PEOPLE
from formcheck.pose.pool import PoseRun
from formcheck.pose.track import PoseShot
from formcheck.video.reader import ClipReader
from formcheck.video.sampling import Changes, Plan, plan_clip, survey_clip
from tests.pose.people import seen
from tests.video.test_reader import film

SHOT = PoseShot((0, 0, 256, 64), 0, 1)


class Pool:
    """Answers with how bright a picture is, in place of a person; `most` is how many pictures waited at once."""

    workers = 2

    def __init__(self) -> None:
        self.runs: list[PoseRun[Any]] = []
        self.most = 0

    def map_runs(self, runs: Any) -> Iterator[tuple[Any, Any]]:
        waiting: list[PoseRun[Any]] = []

        def answer() -> Iterator[tuple[Any, Any]]:
            run = waiting.pop(0)
            for tag, picture in zip(run.tags, run.pictures, strict=True):
                yield tag, [seen(np.full((23, 2), float(picture[:, :, 1].mean(axis=0).sum() / 255)))]

        for run in runs:
            self.runs.append(run)
            waiting.append(run)
            self.most = max(self.most, sum(len(one.pictures) for one in waiting))
            if len(waiting) > self.workers + 1:
                yield from answer()
        while waiting:
            yield from answer()


def passed(reader: ClipReader, plan: Plan, located: Located, pool: Pool, *, expect_one_shot: bool = True) -> Any:
    changes = Changes(plan) if expect_one_shot else None
    shot = np.zeros(len(plan.samples), dtype=np.int64)
    return pose_pass(reader, pool, plan, shot, [located], None, lambda what, share: None, changes), changes  # type: ignore[arg-type]


def test_every_sample_is_answered_with_its_own_picture_and_few_wait(tmp_path: Path) -> None:
    times = np.arange(200) / 30
    with ClipReader(film(tmp_path / "a.mp4", times)) as reader:
        plan, pool = plan_clip(reader, 15.0), Pool()
        people, changes = passed(reader, plan, Located(SHOT, None), pool)
        survey = survey_clip(reader, plan)
    assert [round(found[0].points[0, 0]) - 1 for found in people] == plan.samples.tolist()
    assert pool.most <= RUN * (pool.workers + 2)
    # What the pass says of the pictures is what looking at all of them first says.
    one = changes.survey(reader.info)
    assert one.shot.tolist() == survey.shot.tolist()
    assert one.repeated.tolist() == survey.repeated.tolist()


def test_a_cut_ends_a_pass_that_expects_none_early(tmp_path: Path) -> None:
    import av

    clip = tmp_path / "cut.mp4"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 256, 64, "yuv420p"
        for number in range(150):
            picture = np.full((64, 256, 3), 60 if number < 40 else 180, np.uint8)
            picture[:, number : number + 8] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    with ClipReader(clip) as reader:
        plan, pool = plan_clip(reader, 15.0), Pool()
        _, changes = passed(reader, plan, Located(SHOT, None), pool)
        assert changes.unexpected
        assert sum(len(run.pictures) for run in pool.runs) < 40
        survey = survey_clip(reader, plan)
        assert survey is not None
        assert survey.shot.max() == 1
        passed(reader, plan, Located(SHOT, None), Pool(), expect_one_shot=False)


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: np.append(t, t[-1] + 0.5), lambda t: np.delete(t, 7)])
def test_frames_other_than_the_packets_promised_are_noticed(tmp_path: Path, change: Any) -> None:
    with ClipReader(film(tmp_path / "a.mp4", np.arange(40) / 30)) as reader:
        said = plan_clip(reader, 15.0)
        times = change(said.times)
        other = replace(said, times=times, samples=said.samples[:5], looks=said.looks[:5], passed=np.arange(len(times)))
        _, changes = passed(reader, other, Located(SHOT, None), Pool())
        assert changes.unexpected
        assert survey_clip(reader, other) is None


def test_a_few_missing_frames_at_the_end_are_no_surprise(tmp_path: Path) -> None:
    """Clips that were cut without encoding them again lose what could only be decoded from a later picture."""
    with ClipReader(film(tmp_path / "a.mp4", np.arange(40) / 30)) as reader:
        said = plan_clip(reader, 15.0)
        times = np.append(said.times, said.times[-1] + [1 / 30, 2 / 30])
        longer = replace(said, times=times, samples=np.append(said.samples, 41), passed=np.arange(42))
        _, changes = passed(reader, longer, Located(SHOT, None), Pool())
        assert not changes.unexpected
        assert len(changes.survey(reader.info).frame_times) == 40
        assert len(changes.survey(reader.info).samples) == len(said.samples)


def test_others_are_searched_only_while_present(tmp_path: Path) -> None:
    """Somebody was in the crop in the look at 3 s."""
    located = Located(SHOT, None, np.arange(7.0), np.array([1, 1, 1, 2, 1, 1, 1]))
    with ClipReader(film(tmp_path / "a.mp4", np.arange(180) / 30)) as reader:
        pool = Pool()
        passed(reader, plan_clip(reader, 15.0), located, pool)
    many = [tag.time_s for run in pool.runs for tag in run.tags if run.people > 1]
    assert min(many) == pytest.approx(2.0, abs=0.15)
    assert max(many) == pytest.approx(4.0, abs=0.15)
    assert {run.people for run in pool.runs} == {1, MOST_PEOPLE}


def test_a_shot_without_a_lifter_is_skipped(tmp_path: Path) -> None:
    with ClipReader(film(tmp_path / "a.mp4", np.arange(40) / 30)) as reader:
        pool = Pool()
        people, _ = passed(reader, plan_clip(reader, 15.0), Located(PoseShot(None, 0, 0), None), pool)
    assert pool.runs == []
    assert all(found == [] for found in people)
