"""Unannounced slow motion is noticed, and tempo is then not judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from formcheck.lifts.analysis import speed_doubt
from formcheck.lifts.judge import judge_set
from formcheck.lifts.limits import load_limits
from formcheck.lifts.registry import exercise_named
from formcheck.outputs.words import file_in_words
from formcheck.results.rep import Rep
from formcheck.video.reader import ClipInfo, ClipReader
from tests.made_up_clip import film
from tests.outputs.made_up import made_up_analysis, made_up_motion, shot_of


def clip_info(**facts: Any) -> ClipInfo:
    return replace(ClipInfo(Path("a.mp4"), "0" * 64, 640, 480, 30.0, 10.0), **facts)


def reps(*tempos: tuple[float, float]) -> list[Rep]:
    found, now = [], 0.0
    for number, (down, up) in enumerate(tempos, 1):
        found.append(Rep(number, now, now + down, now + down, now + down + up, 80.0, "eccentric"))
        now += down + up + 1
    return found


def test_a_clip_filmed_faster_than_it_plays_is_slow_motion_unless_the_user_said_so() -> None:
    even = reps((2.0, 1.0), (2.2, 1.1))
    said = speed_doubt(clip_info(captured_fps=240.0), even)
    assert said is not None
    assert "--slow-motion 8" in said
    assert speed_doubt(clip_info(captured_fps=240.0, slow_motion=8.0, fps=240.0), even) is None
    assert speed_doubt(clip_info(captured_fps=30.0), even) is None
    assert speed_doubt(clip_info(), even) is None


def test_a_speed_ramp_is_noticed_and_a_slow_descent_or_a_tired_lift_is_none() -> None:
    assert "speed seems to change" in str(speed_doubt(clip_info(), reps((1.4, 1.0), (3.0, 2.0), (6.0, 4.0))))
    assert speed_doubt(clip_info(), reps((1.0, 1.0), (1.2, 2.0), (1.2, 4.5))) is None
    assert speed_doubt(clip_info(), reps((1.5, 1.6), (2.8, 3.1), (6.2, 1.5))) is not None, "half a rep is slowed"
    assert speed_doubt(clip_info(), reps((1.0, 1.0), (4.0, 1.0))) is None
    assert speed_doubt(clip_info(), reps((2.0, float("nan")))) is None


def test_a_set_that_is_slow_all_through_is_asked_about_unless_the_user_said_so() -> None:
    asked = speed_doubt(clip_info(), reps((12.0, 9.0), (13.0, 8.0)))
    assert asked is not None
    assert "12 s down and 9 s up; if it is slow motion, give --slow-motion" in asked
    assert speed_doubt(clip_info(slow_motion=2.0), reps((12.0, 9.0), (13.0, 8.0))) is None
    assert speed_doubt(clip_info(), reps((8.0, 2.0), (2.0, 9.0))) is None, "a slow descent, and a lift that nearly fails"
    begun, whole = reps((12.0, 9.0), (12.0, 9.0))
    begun = replace(begun, cut_start=True)
    assert speed_doubt(clip_info(), [begun]) is None
    assert speed_doubt(clip_info(), [begun, whole]) is not None


def test_the_rate_that_android_writes_is_read(tmp_path: Path) -> None:
    clip = film(tmp_path / "set.mp4")
    with av.open(str(clip)) as source, av.open(
        str(tmp_path / "slow.mp4"), "w", options={"movflags": "use_metadata_tags"}
    ) as copy:
        copy.metadata["com.android.capture.fps"] = "240.0"
        stream = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    with ClipReader(clip) as plain, ClipReader(tmp_path / "slow.mp4") as slow:
        assert plain.info.captured_fps is None
        assert slow.info.captured_fps == 240.0


@pytest.mark.parametrize("name", ["hip_thrust", "romanian_deadlift"])
def test_rules_of_tempo_are_not_judged_then_and_the_others_are(name: str) -> None:
    motion, own = made_up_motion()
    exercise, limits = exercise_named(name), load_limits()[name]
    tempo = {rule.id for rule in exercise.rules if any(limits[limit].unit == "s" for limit in rule.limit_names)}
    assert tempo
    judged = judge_set(exercise, [shot_of(motion, own)], limits, lambda time_s: 0, None, "it is slow motion")
    assert {entry.rule for entry in judged.not_judged if entry.code == "unknown_speed"} == tempo
    assert not tempo & {finding.rule for finding in judged.findings}


def test_terminal_and_page_say_it() -> None:
    analysis = made_up_analysis(made_up_motion()[1], 10.0)
    doubtful = replace(analysis, clip=replace(analysis.clip, speed_doubt="its speed seems to change"))
    assert any("tempo is not judged" in sentence.lower() for sentence in file_in_words(doubtful))
    assert not any("tempo" in sentence.lower() for sentence in file_in_words(analysis))
