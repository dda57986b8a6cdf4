"""The comparison's video: both panels, the ghost over the right one, the clip's own pictures behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.apps.compare.differences import compared
from formcheck.apps.compare.page import write_comparison_page
from formcheck.apps.compare.pairing import clocks_of, pairs_of_set, pairs_of_two
from formcheck.apps.compare.video import FPS, GHOST, common_times, opened, render_comparison, stage_of, turn_picture
from formcheck.errors import UsageError
from tests.apps.compare.sets import filmed, of_clip


def share_of(picture: np.ndarray, colour: tuple[int, int, int]) -> float:
    return float((np.abs(picture.astype(int) - colour).max(axis=2) < 60).mean())


def test_the_video_shows_both_in_phase_with_a_ghost(tmp_path: Path) -> None:
    a, b = filmed(tmp_path, "a"), filmed(tmp_path, "b")
    pairs = pairs_of_two(a, b)
    clocks, comparison, out = clocks_of(pairs), compared(pairs), tmp_path / "compare.mp4"
    render_comparison(clocks, comparison, out, pictures=tmp_path / "pictures")
    with av.open(str(out)) as video:
        frames = list(video.decode(video=0))
    times = [float(frame.pts * frame.time_base) for frame in frames]
    assert len(frames) == len(common_times(clocks))
    assert np.diff(times) == pytest.approx(1 / FPS, abs=1e-3)
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {turn_picture(1), turn_picture(2)}
    stage = stage_of(clocks)
    picture = frames[round(clocks[0].turn_s * FPS)].to_ndarray(format="rgb24")
    head = picture.shape[0] - stage.height
    panels = picture[head // 4 : head // 4 + stage.height]
    left, right = panels[:, : stage.width], panels[:, -stage.width :]
    assert share_of(right, GHOST) > 0.001
    assert share_of(right, GHOST) > 20 * share_of(left, GHOST)
    assert share_of(left, (190, 190, 190)) > 0.3, "the clip's picture is not behind the lifter"


def test_two_reps_of_one_clip_need_it_only_once(tmp_path: Path) -> None:
    pairs = pairs_of_set(filmed(tmp_path, "a"))
    clocks, out = clocks_of(pairs), tmp_path / "compare.mp4"
    render_comparison(clocks, compared(pairs), out)
    assert out.stat().st_size > 1000


def test_a_missing_or_foreign_clip_is_one_sentence(tmp_path: Path) -> None:
    a = filmed(tmp_path, "a")
    gone = replace(a, path=tmp_path / "gone.mp4")
    with pytest.raises(UsageError, match=r"gone.mp4 is not beside a.formcheck; .* --no-video"), opened(gone):
        pass
    other = of_clip(a, "1" * 64)
    with pytest.raises(UsageError, match=r"is not the clip that a\.formcheck was made from"), opened(other):
        pass


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    a = filmed(tmp_path, "a")
    name = "<img src=x onerror=alert(1)></script>.mp4"
    b = replace(a, analysis=replace(a.analysis, clip=replace(a.analysis.clip, path=name)))
    pairs = pairs_of_two(a, b)
    text = write_comparison_page(tmp_path, compared(pairs), clocks_of(pairs), video="none.mp4").read_text(encoding="utf-8")
    assert "<img src=x" not in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
