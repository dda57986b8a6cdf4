"""The people of some pictures of a shot: who is who from picture to picture, and how each of them moves."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.detection import Detection
from formcheck.pose.geometry import middle
from formcheck.pose.skeleton import SIDES, joint

#: Points less visible than this do not count for a person's box.
BOX_VISIBILITY = 0.3
#: Two boxes of neighbouring pictures belong to one person when they overlap by this much (intersection over union).
SAME_PERSON_OVERLAP = 0.15
#: Two detections of one picture that overlap by this much are the same person, seen twice by the model.
SEEN_TWICE_OVERLAP = 0.6
#: With fewer detections than this nobody can tell whether a movement repeats.
FEWEST_TO_REPEAT = 16
#: A repetition of a lift takes this long, seconds.
QUICKEST_REPEAT_S, SLOWEST_REPEAT_S = 1.0, 8.0
#: Points whose middles (of left and right) say how somebody stands; a confusion of the sides does not change them.
POSTURE = ("shoulder", "hip", "knee", "ankle")


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def size(self) -> float:
        """Length of the diagonal."""
        return float(np.hypot(self.right - self.left, self.bottom - self.top))

    @property
    def center(self) -> NDArray[np.float64]:
        return np.array([(self.left + self.right) / 2, (self.top + self.bottom) / 2])

    def overlap(self, other: Box) -> float:
        """Intersection over union."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        if width <= 0 or height <= 0:
            return 0.0
        both = width * height
        return both / (self._area() + other._area() - both)

    def _area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)


def body_box(detection: Detection) -> Box:
    """The rectangle around the visible points of a person."""
    known = detection.known
    seen = known & (detection.visibility >= BOX_VISIBILITY)
    points = detection.points[seen if seen.sum() >= 4 else known]
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    return Box(left, top, right, bottom)


def posture(detection: Detection) -> NDArray[np.float64]:
    """(4, 2) pixels: the middles of left and right of the `POSTURE` points, of a single one where the other is not known."""
    return middle(*(detection.points[[joint(name, side) for name in POSTURE]] for side in SIDES))


def without_duplicates(detections: list[Detection]) -> list[Detection]:
    """The detections of one picture without those of people who are in it already, better seen."""
    kept: list[Detection] = []
    for detection in sorted(detections, key=lambda d: d.score, reverse=True):
        box = body_box(detection)
        if all(box.overlap(body_box(other)) < SEEN_TWICE_OVERLAP for other in kept):
            kept.append(detection)
    return kept


@dataclass
class Person:
    """Detections of one person, in order of time."""

    times: list[float] = field(default_factory=list)
    detections: list[Detection] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)

    def add(self, time_s: float, detection: Detection) -> None:
        self.times.append(time_s)
        self.detections.append(detection)
        self.boxes.append(body_box(detection))

    @property
    def size(self) -> float:
        """Typical diagonal of the box, pixels."""
        return max(1.0, float(np.median([box.size for box in self.boxes])))

    @property
    def center(self) -> NDArray[np.float64]:
        """(2,) typical place, pixels."""
        return np.asarray(np.median([box.center for box in self.boxes], axis=0))

    @property
    def visibility(self) -> float:
        return float(np.mean([detection.score for detection in self.detections]))

    def movement(self) -> float:
        """How much the person's points move, in box sizes: lifters move, onlookers stand."""
        points = np.array([detection.points for detection in self.detections])
        known = np.isfinite(points).all(axis=2).any(axis=0)
        return float(np.median(np.nanstd(points[:, known], axis=0)) / self.size)

    def repetition(self) -> float:
        """How much the movement repeats, 0-1 (NaN when too few detections tell).

        The height of the first peak of the autocorrelation of the posture (its first principal component, over the feet).
        """
        if len(self.times) < FEWEST_TO_REPEAT:
            return float("nan")
        points = np.array([posture(detection) for detection in self.detections])
        over_feet = (points[:, :-1] - points[:, -1:]).reshape(len(points), -1) / self.size
        step = float(np.median(np.diff(self.times)))
        grid = np.arange(self.times[0], self.times[-1] + step / 2, step)
        known = [np.isfinite(column) for column in over_feet.T]
        times = np.array(self.times)
        columns = [(times[k], c[k]) for k, c in zip(known, over_feet.T, strict=True) if k.sum() >= FEWEST_TO_REPEAT]
        if not columns:
            return float("nan")
        even = np.stack([np.interp(grid, at, values) for at, values in columns], axis=1)
        even -= even.mean(axis=0)
        main = even @ np.linalg.svd(even, full_matrices=False)[2][0]
        return _first_peak(main, step)


def _first_peak(signal: NDArray[np.float64], step_s: float) -> float:
    """Greatest autocorrelation of a signal, 0-1, at the lags a repetition may take, after it has first turned negative."""
    lags = range(1, min(len(signal) - 4, round(SLOWEST_REPEAT_S / step_s)) + 1)
    values = np.array([_correlation(signal[:-lag], signal[lag:]) for lag in lags])
    negative = np.flatnonzero(values < 0)
    first = max(negative[0] if len(negative) else len(values), round(QUICKEST_REPEAT_S / step_s) - 1)
    return float(np.clip(values[first:].max(initial=0.0), 0.0, 1.0))


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norm if norm > 0 else 0.0


def group_people(times: list[float], pictures: list[list[Detection]]) -> list[Person]:
    """Sort the detections of pictures, taken at `times` seconds, into persons by the overlap of their boxes."""
    people: list[Person] = []
    for time_s, detections in zip(times, pictures, strict=True):
        free = list(people)
        for detection in without_duplicates(detections):
            box = body_box(detection)
            overlaps = [max(box.overlap(old) for old in person.boxes[-4:]) for person in free]
            if overlaps and max(overlaps) >= SAME_PERSON_OVERLAP:
                person = free.pop(int(np.argmax(overlaps)))
            else:
                person = Person()
                people.append(person)
            person.add(time_s, detection)
    return people


# Staying on the lifter: which detection of each picture of a shot is that person, and in which it is nobody's.

#: A detection farther than this (in lifter sizes) from the lifter's place, and from where the lifter was seen last, is
#: somebody else; so is one whose size differs by more than this factor.
ELSEWHERE, OTHER_SIZE_RATIO = 0.8, 2.2
#: Costs of a second: being off the place (for each lifter size), larger or smaller (for each unit of the size ratio's
#: logarithm), badly seen; and going without the lifter. All of the first together cost less than to go without.
PLACE_COST, SIZE_COST, BADLY_SEEN_COST = 1.5, 1.5, 0.75
MISSING_COST = 3.75
#: A picture stands for this long at most.
LONGEST_PICTURE_S = 0.25
#: A lifter's middle joints move by at most this many sizes a second (the shoulders of a quick squat: 0.6), the model's
#: idea of them wavers by this many, and over a gap they move this far in all; what goes beyond is a jump to somebody
#: else and costs this much for each size. Where nobody else was seen a leap is more likely a poor detection, and only a
#: gross one (by so many sizes more) is left out: how far the others are believed is decided later, where the lengths of
#: the body are known.
FASTEST, WAVERING, FARTHEST = 0.6, 0.04, 0.15
JUMP_COST = 16.0
ALONE_LEEWAY = 0.1
#: Nor does a leap count against a detection of the lifter's own size, within the first factor (from the second on in full):
#: in a choppy clip a quick lunge is one leap down and one up. Of 43 poor detections of lifters that were alone in labelled
#: clips (on plates, of people half out of the picture) 39 were smaller by more than the second factor.
LIKE_SIZE, UNLIKE_SIZE = 1.2, 1.5
#: Hypotheses that are kept at the same time.
BEAM = 12
#: The lifter's place is the median over this many looks: repetitions move the box to and fro.
PLACE_LOOKS = 5


@dataclass(frozen=True)
class _Candidate:
    """What is compared of a detection: middles of the posture (4, 2) and of the box (2,) and its size in pixels."""

    posture: NDArray[np.float64]
    center: NDArray[np.float64]
    size: float
    visibility: float


@dataclass(frozen=True)
class _Hypothesis:
    """One explanation of the pictures so far: its cost, where and when the lifter was last seen, and what came before."""

    cost: float
    seen: _Candidate | None = None
    time_s: float = 0.0
    chosen: int | None = None
    before: _Hypothesis | None = None


class CoarsePath:
    """Where the lifter was seen by the sparse pass, and how large; between its looks by interpolation."""

    def __init__(self, lifter: Person) -> None:
        self._times = np.array(lifter.times)
        self._centers = _running_median(np.array([box.center for box in lifter.boxes]))
        self._sizes = _running_median(np.array([[box.size] for box in lifter.boxes]))

    def at(self, time_s: float) -> tuple[NDArray[np.float64], float]:
        """(2,) middle and size of the box, pixels."""
        center = np.array([np.interp(time_s, self._times, column) for column in self._centers.T])
        return center, max(1.0, float(np.interp(time_s, self._times, self._sizes[:, 0])))


def follow(
    lifter: Person,
    times: NDArray[np.float64],
    repeated: NDArray[np.bool_],
    pictures: list[list[Detection]],
    *,
    alone: bool = False,
) -> list[int | None]:
    """Pick the lifter's detection in each picture; None where none of them is the lifter's.

    Args:
        lifter: as seen by the sparse pass.
        times: (N,) seconds of the pictures. repeated: (N,) it shows what the one before showed.
        pictures: N lists of the people found.
        alone: nobody else was seen near the lifter.

    All pictures are weighed together: whoever walks in front of the lifter would have to be jumped to and back from,
    which costs more than to miss the lifter for that long. Confusing left and right costs nothing here.
    """
    coarse_path = CoarsePath(lifter)
    hypotheses = [_Hypothesis(0.0)]
    shown_at = times[np.maximum.accumulate(np.where(repeated, 0, np.arange(len(times))))]
    seconds = np.clip(np.gradient(times), 0.0, LONGEST_PICTURE_S) if len(times) > 1 else np.full(len(times), 0.1)
    for time_s, lasts_s, detections in zip(shown_at, seconds, pictures, strict=True):
        seen = [_candidate_of(detection) for detection in detections]
        hypotheses = _extended(hypotheses, float(time_s), float(lasts_s), seen, coarse_path, alone)
    last: _Hypothesis | None = min(hypotheses, key=lambda hypothesis: hypothesis.cost)
    chosen: list[int | None] = []
    while last is not None and last.before is not None:
        chosen.append(last.chosen)
        last = last.before
    return chosen[::-1]


def _candidate_of(detection: Detection) -> _Candidate:
    box = body_box(detection)
    return _Candidate(posture(detection), box.center, max(box.size, 1.0), detection.score)


def _extended(
    hypotheses: list[_Hypothesis], time_s: float, lasts_s: float, seen: list[_Candidate], coarse_path: CoarsePath, alone: bool
) -> list[_Hypothesis]:
    """Every hypothesis with one more picture, which stands for `lasts_s` seconds.

    Of those that end with the same detection only the cheapest goes on.
    """
    center, size = coarse_path.at(time_s)
    longer = [_Hypothesis(h.cost + lasts_s * MISSING_COST, h.seen, h.time_s, None, h) for h in hypotheses]
    for number, one in enumerate(seen):
        away = float(np.linalg.norm(one.center - center)) / size
        strange = lasts_s * _strangeness(one, away, size)
        jump_cost, leeway = (JUMP_COST * _doubt(one, size), ALONE_LEEWAY) if alone else (JUMP_COST, 0.0)
        # The place may be out of date (the camera pans, the lifter steps aside): then the last detection decides.
        ways = [
            (hypothesis.cost + strange + jump_cost * _jump(hypothesis, one, time_s, size, leeway), hypothesis)
            for hypothesis in hypotheses
            if away <= ELSEWHERE or _near_last(hypothesis, one, size)
        ]
        cheapest, before = min(ways, key=lambda way: way[0], default=(float("inf"), hypotheses[0]))
        if np.isfinite(cheapest):
            longer.append(_Hypothesis(cheapest, one, time_s, number, before))
    return sorted(longer, key=lambda hypothesis: hypothesis.cost)[:BEAM]


def _strangeness(one: _Candidate, away: float, size: float) -> float:
    """Cost of a second of a detection `away` sizes off the lifter's place, whatever came before.

    Infinite when it cannot be the lifter.
    """
    ratio = one.size / size
    if not 1 / OTHER_SIZE_RATIO < ratio < OTHER_SIZE_RATIO:
        return float("inf")
    place = PLACE_COST * min(away, ELSEWHERE)
    return place + SIZE_COST * abs(float(np.log(ratio))) + BADLY_SEEN_COST * (1 - one.visibility)


def _doubt(one: _Candidate, size: float) -> float:
    """0-1 how much the size of a detection says that it is a poor one."""
    return float(np.interp(abs(np.log(one.size / size)), np.log([LIKE_SIZE, UNLIKE_SIZE]), [0.0, 1.0]))


def _near_last(hypothesis: _Hypothesis, one: _Candidate, size: float) -> bool:
    return hypothesis.seen is not None and float(np.linalg.norm(one.center - hypothesis.seen.center)) / size <= ELSEWHERE


def _jump(hypothesis: _Hypothesis, one: _Candidate, time_s: float, size: float, leeway: float) -> float:
    """How much farther the detection is from the last one than a lifter moves, sizes."""
    if hypothesis.seen is None:
        return 0.0
    steps = np.linalg.norm(one.posture - hypothesis.seen.posture, axis=1)
    steps = steps[np.isfinite(steps)]
    moved = float(np.median(steps)) / size if len(steps) else 0.0
    return max(0.0, moved - min(FARTHEST, WAVERING + FASTEST * (time_s - hypothesis.time_s)) - leeway)


def _running_median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    half = PLACE_LOOKS // 2
    return np.array([np.median(values[max(0, i - half) : i + half + 1], axis=0) for i in range(len(values))])
