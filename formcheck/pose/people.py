"""The people of some pictures of a shot: who is who from picture to picture, and how each of them moves."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from formcheck.geometry import middle
from formcheck.pose.detection import Detection
from formcheck.skeleton import SIDES, joint

#: Points less visible than this do not count for a person's box.
BOX_VISIBILITY = 0.3
#: Two boxes of neighbouring pictures belong to one person when they overlap by this much (intersection over union).
SAME_PERSON_OVERLAP = 0.15
#: Two detections of one picture that overlap by this much are the same person, seen twice by the model.
SEEN_TWICE_OVERLAP = 0.6
#: With fewer sightings than this nobody can tell whether a movement repeats.
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


def once_each(detections: list[Detection]) -> list[Detection]:
    """The detections of one picture without those of people who are in it already, better seen."""
    kept: list[Detection] = []
    for detection in sorted(detections, key=lambda d: d.score, reverse=True):
        box = body_box(detection)
        if all(box.overlap(body_box(other)) < SEEN_TWICE_OVERLAP for other in kept):
            kept.append(detection)
    return kept


@dataclass
class Person:
    """Sightings of one person, in order of time."""

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
        """How much the movement repeats, 0-1 (NaN when too few sightings tell).

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
        for detection in once_each(detections):
            box = body_box(detection)
            overlaps = [max(box.overlap(old) for old in person.boxes[-4:]) for person in free]
            if overlaps and max(overlaps) >= SAME_PERSON_OVERLAP:
                person = free.pop(int(np.argmax(overlaps)))
            else:
                person = Person()
                people.append(person)
            person.add(time_s, detection)
    return people
