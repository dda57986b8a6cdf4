"""Which of the people in a shot is the lifter, and which detection of each picture is that person."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.detector import Detection

#: Points less visible than this do not count for a person's box.
BOX_VISIBILITY = 0.3
#: Two boxes of neighbouring pictures belong to one person when they overlap by this much (intersection over union).
SAME_PERSON_OVERLAP = 0.15
#: A detection farther than this from where the lifter was last seen (in lifter sizes) is somebody else.
LOST_DISTANCE = 0.8
#: ... and one whose size differs by more than this factor too.
LOST_SIZE_RATIO = 2.2


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
    """The rectangle around a person: the outline where there is one, else the visible points."""
    seen = detection.visibility >= BOX_VISIBILITY
    points = detection.points[seen] if seen.sum() >= 4 else detection.points
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    return Box(left, top, right, bottom)


@dataclass
class Person:
    """Detections of the sparse pass that belong to one person."""

    detections: list[Detection] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)

    def add(self, picture: int, detection: Detection) -> None:
        self.pictures.append(picture)
        self.detections.append(detection)
        self.boxes.append(body_box(detection))

    def movement(self) -> float:
        """How much the person's shoulders, hips and knees move, in box sizes: lifters move, onlookers stand."""
        points = np.array([d.points for d in self.detections])
        return float(np.median(points.std(axis=0)) / max(1.0, np.median([box.size for box in self.boxes])))

    def score(self, pictures: int) -> float:
        """Size x presence x movement x visibility: the person the clip is about."""
        size = float(np.median([box.size for box in self.boxes]))
        presence = len(self.pictures) / pictures
        seen = float(np.mean([d.visibility.mean() for d in self.detections]))
        return size * presence * seen * (0.35 + min(1.0, 10 * self.movement()))


def group_people(pictures: list[list[Detection]]) -> list[Person]:
    """Sort the detections of sparse pictures into persons by the overlap of their boxes, the most likely lifter first."""
    people: list[Person] = []
    for number, detections in enumerate(pictures):
        free = list(people)
        for detection in detections:
            box = body_box(detection)
            overlaps = [max(box.overlap(old) for old in person.boxes[-4:]) for person in free]
            if overlaps and max(overlaps) >= SAME_PERSON_OVERLAP:
                person = free.pop(int(np.argmax(overlaps)))
            else:
                person = Person()
                people.append(person)
            person.add(number, detection)
    return sorted(people, key=lambda person: person.score(len(pictures)), reverse=True)


class Follower:
    """Picks the lifter's detection in picture after picture of a shot."""

    def __init__(self, lifter: Person) -> None:
        self._center = np.median([box.center for box in lifter.boxes], axis=0)
        self._size = float(np.median([box.size for box in lifter.boxes]))

    def pick(self, detections: list[Detection]) -> Detection | None:
        """The detection nearest to where the lifter was, or None when none of them can be the lifter."""
        best, best_distance = None, LOST_DISTANCE
        for detection in detections:
            box = body_box(detection)
            ratio = max(box.size, 1.0) / self._size
            if not 1 / LOST_SIZE_RATIO < ratio < LOST_SIZE_RATIO:
                continue
            distance = float(np.linalg.norm(box.center - self._center)) / self._size
            if distance < best_distance:
                best, best_distance = detection, distance
        if best is not None:
            box = body_box(best)
            self._center = 0.6 * self._center + 0.4 * box.center
            self._size = 0.9 * self._size + 0.1 * box.size
        return best
