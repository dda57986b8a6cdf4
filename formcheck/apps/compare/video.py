"""`render_comparison`: both clips side by side in phase, one pair of reps after the other, with pictures of their turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.apps.compare.differences import Comparison
from formcheck.apps.compare.frame import Backdrop, Ghost, Panel, Plan, Sheet, Stage, plan_for, stage_for
from formcheck.apps.compare.pairing import PairClock
from formcheck.errors import ClipError
from formcheck.motion.body import Array
from formcheck.outputs.overlay.lettering import Lettering
from formcheck.outputs.overlay.render import save_snapshot
from formcheck.pipeline import AnalysedClip
from formcheck.video.colours import written_tags
from formcheck.video.frame import Frame
from formcheck.video.reader import ClipReader
from formcheck.video.writer import VideoWriter

Picture = NDArray[np.uint8]

#: Frame rate of the video.
FPS = 30.0
#: Greatest size of a panel, pixels.
MOST_PANEL = (900, 760)


def opened(one: AnalysedClip) -> ClipReader:
    """Open the analysed part of the clip of a set.

    Raises:
        UsageError: it does not exist, or is another clip of that name.
    """
    name = "--clip-a or --clip-b, or leave the video out with --no-video"
    return one.open(
        missing=f"the clip {one.path.name} is not beside {one.folder.name}; put it there, say where it is with {name}.",
        other=f"{one.path.name} is not the clip that {one.folder.name} was made from; name the right one with {name}.",
    )


def stage_of(clocks: Sequence[PairClock]) -> Stage:
    """The stage for all reps of the clocks, facing the way of the first lifter."""
    performed = [one for clock in clocks for one in (clock.pair.a, clock.pair.b)]
    return stage_for(performed, performed[0].shot.motion.body.view.facing, most=MOST_PANEL)


def common_times(clocks: Sequence[PairClock]) -> Array:
    """(F,) times of the pictures on the common clock, seconds."""
    return np.asarray(np.arange(0.0, clocks[-1].end_s, 1 / FPS))


def turn_picture(number: int) -> str:
    """File name of the picture of a pair's turn; `number` counts from 1."""
    return f"turn-{number}.png"


def render_comparison(
    clocks: Sequence[PairClock],
    comparison: Comparison,
    out: Path,
    *,
    pictures: Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write the comparison's video to `out`, without sound, and a picture of each pair's turn into `pictures`.

    Raises:
        UsageError: a clip is missing, or `out` cannot be written.
        ClipError: a clip ends before the compared reps.
    """
    stage = stage_of(clocks)
    plan, letters = plan_for(stage), Lettering()
    times = common_times(clocks)
    first = clocks[0].pair
    with ExitStack() as stack:
        readers = [stack.enter_context(opened(one.of)) for one in (first.a, first.b)]
        backdrops = [Backdrop(stage, (reader.info.width, reader.info.height)) for reader in readers]
        tags = written_tags(next(readers[0].frames()).source)
        writer = stack.enter_context(VideoWriter(out, plan.width, plan.height, FPS, tags=tags))
        picture = np.empty((plan.height, plan.width, 3), dtype=np.uint8)
        for number, clock in enumerate(clocks, 1):
            own = times[(times >= clock.start_s) & (times < clock.end_s)]
            wanted = int(np.argmin(np.abs(own - clock.turn_s)))
            scene = _Scene(plan, stage, clock, comparison, letters)
            shown = zip(*(_frames_at(reader, at) for reader, at in zip(readers, clock.times(own), strict=True)), strict=True)
            for place, frames in enumerate(shown):
                scene.paint(picture, float(own[place]), backdrops, frames)
                if place == wanted and pictures is not None:
                    pictures.mkdir(parents=True, exist_ok=True)
                    save_snapshot(picture[: plan.head + stage.height], pictures / turn_picture(number))
                writer.write(picture, float(own[place]))
                if progress is not None:
                    progress(float(own[place]) / float(times[-1]))


class _Scene:
    """Draws one pair."""

    def __init__(
        self, plan: Plan, stage: Stage, clock: PairClock, comparison: Comparison, letters: Lettering
    ) -> None:
        a, b = clock.pair.a, clock.pair.b
        facing = a.shot.motion.body.view.facing
        self._clock = clock
        self._fits = (stage.fit(a, facing), stage.fit(b, facing))
        self._sheet = Sheet(plan, clock, comparison, letters)
        ghost = Ghost(a, b, *self._fits)
        self._panels = (
            Panel(a, self._fits[0], stage, plan.unit, letters),
            Panel(b, self._fits[1], stage, plan.unit, letters, ghost),
        )

    def paint(
        self, picture: Picture, common_s: float, backdrops: Sequence[Backdrop], frames: tuple[Frame, ...]
    ) -> None:
        """Draw the picture at a time of the common clock, with the clips' frames at that time."""
        a_s, b_s = (float(at[0]) for at in self._clock.times(np.asarray([common_s])))
        places = self._sheet.paint(picture, common_s, (a_s, b_s))
        for i, (place, other_s) in enumerate(zip(places, (b_s, a_s), strict=True)):
            place[:] = backdrops[i].picture(frames[i], self._fits[i])
            # The skeleton belongs to the visible frame, not to the time between two frames.
            self._panels[i].draw(place, frames[i].time_s, other_s)


def _frames_at(reader: ClipReader, times_s: Array) -> Iterator[Frame]:
    """The frame nearest to each of the ascending times.

    Raises:
        ClipError: the clip has no frame there.
    """
    frames = reader.frames(float(times_s[0]) - 0.5, float(times_s[-1]) + 0.5)
    shown = next(frames, None)
    if shown is None:
        raise ClipError(f"{reader.info.path.name} has no frame at {times_s[0]:.1f} s; is it the whole clip that was analysed?")
    following = next(frames, None)
    for wanted in times_s:
        while following is not None and abs(following.time_s - wanted) <= abs(shown.time_s - wanted):
            shown, following = following, next(frames, None)
        yield shown
