"""Grouping detections into people, measuring how they move, and following the lifter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.pose.detection import Detection
from formcheck.pose.geometry import known_median, middle
from formcheck.pose.skeleton import SIDES, joint

#: Where colours are taken: shares of the way from the middle of the shoulders to that of the hips, and of both thighs.
ON_TRUNK, ON_THIGH = (0.3, 0.65), 0.5
PLACES = len(ON_TRUNK) + 1
#: Half the side of the square of which a colour is the mean, share of the trunk's length.
HALF_SIDE = 0.06
#: Light counts by this share: it changes with shadows and folds, hue hardly does.
LIGHT = 0.4


def clothes_of(picture: NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(PLACES, 3) colours (CIELAB, with little weight on the light) of a person with (J, 2) `points` in an RGB picture.

    NaN where the place is unknown or outside the picture.
    """
    shoulder, hip = (points[[joint(name, side) for side in SIDES]].mean(axis=0) for name in ("shoulder", "hip"))
    thighs = [points[joint("hip", side)] * (1 - ON_THIGH) + points[joint("knee", side)] * ON_THIGH for side in SIDES]
    half = max(1, round(HALF_SIDE * float(np.nan_to_num(np.linalg.norm(shoulder - hip)))))
    trunk = [_colour(picture, shoulder * (1 - share) + hip * share, half) for share in ON_TRUNK]
    return np.array([*trunk, np.mean([_colour(picture, place, half) for place in thighs], axis=0)])


def clothes_differ(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Mean distance of two (PLACES, 3) clothes at the two places that differ least, since arms and plates cover some.

    Equal colours have 0, red and green over 100; NaN if fewer than two places are known of both.
    """
    return float(np.sort(np.linalg.norm(one - other, axis=1))[:2].mean())


def _colour(picture: NDArray[np.uint8], place: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    if not np.isfinite(place).all():
        return np.full(3, np.nan)
    column, row = np.floor(place).astype(int)
    part = picture[max(0, row - half) : row + half + 1, max(0, column - half) : column + half + 1]
    if row + half < 0 or column + half < 0 or part.size == 0:
        return np.full(3, np.nan)
    mean = part.reshape(-1, 3).mean(axis=0).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(mean[None, None], cv2.COLOR_RGB2LAB)[0, 0] * [LIGHT, 1.0, 1.0], np.float64)


#: Points from this visibility on count for a person's box.
BOX_VISIBILITY = 0.3
#: Boxes in consecutive pictures with this overlap (intersection over union) are one person.
SAME_PERSON_OVERLAP = 0.15
#: Detections in one picture with this overlap are duplicates.
DUPLICATE_OVERLAP = 0.6
#: From this difference on two people are dressed differently (see `clothes_differ`).
OTHER_CLOTHES = 24.0
#: A detection whose clothes are this much nearer to somebody else's than to the lifter's is not the lifter.
ELSE_CLOTHES = 8.0
#: Fewest detections for judging whether a movement repeats.
FEWEST_TO_REPEAT = 16
#: Shortest and longest period of a lift, seconds.
QUICKEST_REPEAT_S, SLOWEST_REPEAT_S = 1.0, 8.0
#: Points whose left-right midpoints make up a posture, unaffected by left-right swaps.
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
    """(4, 2) left-right midpoints of the `POSTURE` points, pixels; the known side where the other is missing."""
    return middle(*(detection.points[[joint(name, side) for name in POSTURE]] for side in SIDES))


def without_duplicates(detections: list[Detection]) -> list[Detection]:
    """Detections of one picture without duplicates; of each person the one with the best score."""
    kept: list[Detection] = []
    for detection in sorted(detections, key=lambda d: d.score, reverse=True):
        box = body_box(detection)
        if all(box.overlap(body_box(other)) < DUPLICATE_OVERLAP for other in kept):
            kept.append(detection)
    return kept


@dataclass(eq=False)
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
        """(2,) typical position, pixels."""
        return np.asarray(np.median([box.center for box in self.boxes], axis=0))

    @property
    def visibility(self) -> float:
        return float(np.mean([detection.score for detection in self.detections]))

    @property
    def clothes(self) -> NDArray[np.float64]:
        """(3, 3) typical colours, see `Detection.clothes`."""
        return known_median(np.array([detection.clothes for detection in self.detections]))

    def movement(self) -> float:
        """Standard deviation of the person's points, in box sizes: lifters move, onlookers stand."""
        points = np.array([detection.points for detection in self.detections])
        known = np.isfinite(points).all(axis=2).any(axis=0)
        return float(np.median(np.nanstd(points[:, known], axis=0)) / self.size)

    def repetition(self) -> float:
        """How much the movement repeats, 0-1; NaN with too few detections.

        It is the first peak of the autocorrelation of the posture relative to the feet (first principal component).
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
    """Greatest autocorrelation of a signal, 0-1, at the periods of a lift, after it first turned negative."""
    lags = range(1, min(len(signal) - 4, round(SLOWEST_REPEAT_S / step_s)) + 1)
    values = np.array([_correlation(signal[:-lag], signal[lag:]) for lag in lags])
    negative = np.flatnonzero(values < 0)
    first = max(negative[0] if len(negative) else len(values), round(QUICKEST_REPEAT_S / step_s) - 1)
    return float(np.clip(values[first:].max(initial=0.0), 0.0, 1.0))


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norm if norm > 0 else 0.0


def group_people(times: list[float], pictures: list[list[Detection]]) -> list[Person]:
    """Group the detections in pictures at `times` seconds into persons, by the overlap of their boxes."""
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
    return separated_by_clothes(people)


def separated_by_clothes(people: list[Person]) -> list[Person]:
    """The same people, their detections sorted by clothes where two met.

    One passes behind the other, and the model finds now this one, now that one: their boxes alone do not tell them apart. Only
    of two who were seen in one picture is it known that they are two, and how they are dressed.
    """
    sorted_people = list(people)
    for one, other in combinations(people, 2):
        if one not in sorted_people or other not in sorted_people or not _meet(one, other):
            continue
        seeds = _dressed_differently(one, other)
        if seeds is not None:
            at = sorted_people.index(one)
            sorted_people.remove(other)
            sorted_people[at : at + 1] = _sorted_by_clothes([one, other], seeds)
    return sorted_people


def _meet(one: Person, other: Person) -> bool:
    return any(a.overlap(b) >= SAME_PERSON_OVERLAP for a in one.boxes for b in other.boxes)


def _dressed_differently(one: Person, other: Person) -> tuple[Detection, Detection] | None:
    """The detections of two people in one picture whose clothes differ most; None if they never differ clearly."""
    pairs = [
        (clothes_differ(a.clothes, b.clothes), a, b)
        for time_s, a in zip(one.times, one.detections, strict=True)
        for when_s, b in zip(other.times, other.detections, strict=True)
        if time_s == when_s
    ]
    apart, first, second = max(pairs, key=lambda pair: np.nan_to_num(pair[0]), default=(0.0, None, None))
    return (first, second) if first is not None and second is not None and apart >= OTHER_CLOTHES else None


def _sorted_by_clothes(mixed: list[Person], seeds: tuple[Detection, Detection]) -> list[Person]:
    found = [pair for person in mixed for pair in zip(person.times, person.detections, strict=True)]
    sorted_people = [Person(), Person()]
    for time_s in sorted({time_s for time_s, _ in found}):
        here = [detection for when_s, detection in found if when_s == time_s]
        apart = np.array([[clothes_differ(one.clothes, seed.clothes) for seed in seeds] for one in here])
        if len(here) == 1:
            order = [int(np.argmin(np.nan_to_num(apart[0], nan=np.inf)))]
        else:
            order = [0, 1] if np.nansum(apart[[0, 1], [0, 1]]) <= np.nansum(apart[[0, 1], [1, 0]]) else [1, 0]
        for detection, whose in zip(here, order, strict=True):
            sorted_people[whose].add(time_s, detection)
    return sorted_people


# Following the lifter: which detection in each picture is the lifter, if any.

#: A detection farther than this (lifter sizes) from the lifter's coarse path and last position is another person; so is one
#: whose size differs by more than this factor.
ELSEWHERE, OTHER_SIZE_RATIO = 0.8, 2.2
#: Costs per second: distance from the coarse path (per lifter size), size (per unit of the log ratio), low visibility, and no
#: lifter, which costs more than the others together.
PLACE_COST, SIZE_COST, BADLY_SEEN_COST = 1.5, 1.5, 0.75
MISSING_COST = 3.75
#: Longest time that a picture stands for, seconds.
LONGEST_PICTURE_S = 0.25
#: A lifter's midpoints move by at most this many sizes a second (shoulders in a quick squat: 0.6), plus noise, and by this
#: much over a gap. Movement beyond that is a jump to another person, with a cost per size.
FASTEST, NOISE, FARTHEST = 0.6, 0.04, 0.15
JUMP_COST = 16.0
#: If the lifter is alone, a jump is rather a poor detection, which later stages weigh by segment lengths: additional movement
#: allowed (sizes), and factors of the lifter's size between which the cost of a jump rises from nothing to full. In choppy
#: clips a quick lunge is one jump. Of 43 poor detections in labelled clips, 39 were smaller by more than the second factor.
ALONE_LEEWAY = 0.1
LIKE_SIZE, UNLIKE_SIZE = 1.2, 1.5
#: Hypotheses kept in parallel.
BEAM = 12
#: Number of looks over whose median the coarse path runs, since reps move the box to and fro.
PATH_LOOKS = 5


@dataclass(frozen=True)
class _Candidate:
    """Features of a detection in pixels: posture (4, 2), centre (2,) and size of the box; visibility 0-1."""

    posture: NDArray[np.float64]
    center: NDArray[np.float64]
    size: float
    visibility: float


@dataclass(frozen=True)
class _Hypothesis:
    """One explanation of the pictures so far: its cost, the last detection of the lifter, and the hypothesis it extends."""

    cost: float
    seen: _Candidate | None = None
    time_s: float = 0.0
    chosen: int | None = None
    before: _Hypothesis | None = None


class CoarsePath:
    """Position and size of the lifter in the sparse pass, interpolated between its looks."""

    def __init__(self, lifter: Person) -> None:
        self._times = np.array(lifter.times)
        self._centers = _running_median(np.array([box.center for box in lifter.boxes]))
        self._sizes = _running_median(np.array([[box.size] for box in lifter.boxes]))

    def at(self, time_s: float) -> tuple[NDArray[np.float64], float]:
        """(2,) centre and size of the box, pixels."""
        center = np.array([np.interp(time_s, self._times, column) for column in self._centers.T])
        return center, max(1.0, float(np.interp(time_s, self._times, self._sizes[:, 0])))


def follow(
    lifter: Person,
    times: NDArray[np.float64],
    repeated: NDArray[np.bool_],
    pictures: list[list[Detection]],
    *,
    alone: bool = False,
    others: Sequence[Person] = (),
) -> list[int | None]:
    """Index of the lifter's detection in each picture; None if the lifter is not among them.

    Args:
        lifter: as seen by the sparse pass.
        times: (N,) seconds of the pictures. repeated: (N,) whether a picture repeats the previous one.
        pictures: N lists of the people found.
        alone: nobody else was seen near the lifter.
        others: who else was seen near the lifter; who is dressed like them is not the lifter.

    A beam search over all pictures: jumping to a passer-by and back costs more than missing the lifter meanwhile. Left-right
    swaps cost nothing.
    """
    coarse_path = CoarsePath(lifter)
    own_clothes, all_clothes = lifter.clothes, [person.clothes for person in others]
    dressed = [clothes for clothes in all_clothes if clothes_differ(own_clothes, clothes) >= OTHER_CLOTHES]
    hypotheses = [_Hypothesis(0.0)]
    shown_at = times[np.maximum.accumulate(np.where(repeated, 0, np.arange(len(times))))]
    seconds = np.clip(np.gradient(times), 0.0, LONGEST_PICTURE_S) if len(times) > 1 else np.full(len(times), 0.1)
    for time_s, lasts_s, detections in zip(shown_at, seconds, pictures, strict=True):
        seen = [None if _is_other(one, own_clothes, dressed) else _candidate_of(one) for one in detections]
        hypotheses = _extended(hypotheses, float(time_s), float(lasts_s), seen, coarse_path, alone)
    last: _Hypothesis | None = min(hypotheses, key=lambda hypothesis: hypothesis.cost)
    chosen: list[int | None] = []
    while last is not None and last.before is not None:
        chosen.append(last.chosen)
        last = last.before
    return chosen[::-1]


def _is_other(one: Detection, lifter_clothes: NDArray[np.float64], dressed: list[NDArray[np.float64]]) -> bool:
    """Whether a detection is somebody else, by the clothes of others who are dressed differently from the lifter."""
    own = clothes_differ(one.clothes, lifter_clothes)
    return any(clothes_differ(one.clothes, clothes) < own - ELSE_CLOTHES for clothes in dressed)


def _candidate_of(detection: Detection) -> _Candidate:
    box = body_box(detection)
    return _Candidate(posture(detection), box.center, max(box.size, 1.0), detection.score)


def _extended(
    hypotheses: list[_Hypothesis],
    time_s: float,
    lasts_s: float,
    seen: list[_Candidate | None],
    coarse_path: CoarsePath,
    alone: bool,
) -> list[_Hypothesis]:
    """The hypotheses extended by one picture, which stands for `lasts_s` seconds; the cheapest for each detection."""
    center, size = coarse_path.at(time_s)
    longer = [_Hypothesis(h.cost + lasts_s * MISSING_COST, h.seen, h.time_s, None, h) for h in hypotheses]
    for number, one in enumerate(seen):
        if one is None:
            continue
        away = float(np.linalg.norm(one.center - center)) / size
        mismatch = lasts_s * _mismatch(one, away, size)
        jump_cost, leeway = (JUMP_COST * _doubt(one, size), ALONE_LEEWAY) if alone else (JUMP_COST, 0.0)
        # The coarse path may be out of date (the camera pans, the lifter steps aside): then the last detection counts.
        extended = [
            (hypothesis.cost + mismatch + jump_cost * _jump(hypothesis, one, time_s, size, leeway), hypothesis)
            for hypothesis in hypotheses
            if away <= ELSEWHERE or _near_last(hypothesis, one, size)
        ]
        cheapest, before = min(extended, key=lambda option: option[0], default=(float("inf"), hypotheses[0]))
        if np.isfinite(cheapest):
            longer.append(_Hypothesis(cheapest, one, time_s, number, before))
    return sorted(longer, key=lambda hypothesis: hypothesis.cost)[:BEAM]


def _mismatch(one: _Candidate, away: float, size: float) -> float:
    """Cost per second of a detection `away` sizes off the coarse path; infinite if it cannot be the lifter."""
    ratio = one.size / size
    if not 1 / OTHER_SIZE_RATIO < ratio < OTHER_SIZE_RATIO:
        return float("inf")
    place = PLACE_COST * min(away, ELSEWHERE)
    return place + SIZE_COST * abs(float(np.log(ratio))) + BADLY_SEEN_COST * (1 - one.visibility)


def _doubt(one: _Candidate, size: float) -> float:
    """How likely a detection is poor by its size, 0-1."""
    return float(np.interp(abs(np.log(one.size / size)), np.log([LIKE_SIZE, UNLIKE_SIZE]), [0.0, 1.0]))


def _near_last(hypothesis: _Hypothesis, one: _Candidate, size: float) -> bool:
    return hypothesis.seen is not None and float(np.linalg.norm(one.center - hypothesis.seen.center)) / size <= ELSEWHERE


def _jump(hypothesis: _Hypothesis, one: _Candidate, time_s: float, size: float, leeway: float) -> float:
    """Distance from the last detection beyond what a lifter moves, sizes."""
    if hypothesis.seen is None:
        return 0.0
    steps = np.linalg.norm(one.posture - hypothesis.seen.posture, axis=1)
    steps = steps[np.isfinite(steps)]
    moved = float(np.median(steps)) / size if len(steps) else 0.0
    return max(0.0, moved - min(FARTHEST, NOISE + FASTEST * (time_s - hypothesis.time_s)) - leeway)


def _running_median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    half = PATH_LOOKS // 2
    return np.array([np.median(values[max(0, i - half) : i + half + 1], axis=0) for i in range(len(values))])
