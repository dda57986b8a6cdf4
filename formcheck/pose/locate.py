"""The sparse pass: a few pictures of each shot decide on the lifter, the crop, the rotation and the number of people."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.pose.detection import Detection
from formcheck.pose.lifter import MORE, PASSES_BY, choose_lifter, lifter_change
from formcheck.pose.model import MOST_PEOPLE
from formcheck.pose.people import POSTURE, Person, body_box, group_people, posture
from formcheck.pose.people import Box as BodyBox
from formcheck.pose.pool import PoseJob, PosePool
from formcheck.pose.skeleton import SIDES, Side, joint
from formcheck.pose.track import PoseShot
from formcheck.video.frame import Box, Cutout, Edges
from formcheck.video.reader import ClipReader
from formcheck.video.sampling import THUMBNAIL

#: Pictures sampled in a shot: a second, at least and at most.
LOOKS_PER_SECOND, FEWEST_LOOKS, MOST_LOOKS = 1.0, 8, 16
#: If several people may be the lifter, the middle of the shot is sampled at this rate for this many seconds, to see whose
#: movement repeats.
CLOSER_PER_SECOND, CLOSER_LOOK_S = 4.0, 15.0
#: Longest side of the pictures given to the model, pixels.
PICTURE_SIZE = 512
#: Longest side of the pictures of the sparse pass, from which the crop is cut.
LOOK_SIZE = 1280
#: Margin of the crop, share of its size.
CROP_MARGIN = 0.25
#: Rotated pictures are tried if the lifter lies or is found in a smaller share of the upright ones than this. Hidden joints
#: are no reason: on a rendered deadlift behind a large plate rotation did not help.
FOUND_ENOUGH = 0.5
#: A rotation must raise the quality by this much: on lying lifters the angle errors of upright and rotated pictures differ by
#: a degree or two either way.
TURN_GAIN = 0.06
#: A trunk farther than this from vertical (degrees) belongs to a lying lifter.
LYING_DEG = 60.0
#: Whoever moves less than this (box sizes, see `Person.movement`) may be an onlooker. Then the lifter is looked for where the
#: picture moves, if at least `ELSEWHERE` of what moves lies outside that person's box.
AT_REST, ELSEWHERE = 0.05, 0.5
#: A place moves from this standard deviation over the looks on (grey levels, in a picture of `SMALL` pixels). If the moving
#: part is larger than this share of the picture, the camera moves. It is searched with a margin, a share of its size.
MOVES, SMALL, LARGEST_PART, PART_MARGIN = 8.0, 120, 0.6, 0.08
#: Shots shorter than this contain no repetition, seconds.
SHORTEST_SHOT_S = 0.8


@dataclass(frozen=True)
class Located:
    """A shot and, if somebody was found in it, the lifter as seen by the sparse pass.

    Attributes:
        look_times: (L,) seconds of the sampled pictures, ascending.
        company: (L,) number of people in the crop in each, including the lifter.
        change: largest mean grey difference between consecutive pictures, which is large at a cut.
        others: who else was seen in the crop.
        lifter_change: time at which one lifter stops and another begins, seconds; None without turns.
    """

    shot: PoseShot
    lifter: Person | None
    look_times: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    company: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    change: float = 0.0
    lifter_change: float | None = None
    others: tuple[Person, ...] = ()

    def people_at(self, time_s: float) -> int:
        """Number of people to look for at a time: one, if the lifter was alone in the crop just before and after."""
        after = int(np.searchsorted(self.look_times, time_s))
        return 1 if self.company[max(0, after - 1) : after + 1].max(initial=1) <= 1 else MOST_PEOPLE


def locate_lifter(
    reader: ClipReader, times: NDArray[np.float64], pool: PosePool, place: Side | None = None, *, skip_nonref: bool = False
) -> Located:
    """Look at some pictures of one shot, whose sampled frames are at `times` seconds, and decide how to crop it.

    A shot in which nobody is found (a title card) gets no crop and is skipped by the pose pass.

    Args:
        place: where the lifter is among several people, if the user says so.
        skip_nonref: `times` are those of the frames that `ClipReader.frames(skip_nonref=True)` returns.
    """
    if times[-1] - times[0] < SHORTEST_SHOT_S and len(times) < 8:
        return Located(PoseShot(None, 0, 0), None)
    shot = _SparsePass(reader, pool, skip_nonref)
    count = int(np.clip((times[-1] - times[0]) * LOOKS_PER_SECOND, FEWEST_LOOKS, MOST_LOOKS))
    shot.sample(near_keyframes(_spread(times, count), reader.keyframe_times(), alone=skip_nonref))
    choice = choose_lifter(shot.people, len(shot.looks), shot.width, place)
    if place is None and shot.search_moving(None if choice is None else choice.lifter):
        busy = [] if choice is None else busier(shot.people, choice.lifter, len(shot.looks))
        choice = choose_lifter(busy or shot.people, len(shot.looks), shot.width)
    if choice is not None and choice.close:
        middle = times[np.abs(times - (times[0] + times[-1]) / 2) <= CLOSER_LOOK_S / 2]
        shot.sample_closer(_spread(middle, round((middle[-1] - middle[0]) * CLOSER_PER_SECOND) + 1))
        choice = choose_lifter(shot.people, len(shot.looks), shot.width, place)
    change = _largest_change(shot.pictures)
    if choice is None:
        return Located(PoseShot(None, 0, 0), None, change=change)
    lifter = choice.lifter
    turn = next((at for other in choice.close if (at := lifter_change(lifter, other)) is not None), None)
    crop = crop_around(lifter.boxes, shot.width, shot.height)
    turns = _best_turn(pool, shot.pictures, crop, lifter)
    inside = [person for person in shot.people if _inside(person, crop).any()]
    located = PoseShot(crop, turns, min(len(inside), MOST_PEOPLE - 1), len(choice.rivals))
    others = tuple(person for person in inside if person is not lifter)
    return Located(located, lifter, shot.looks, _company(inside, crop, shot.looks), change, turn, others)


class _SparsePass:
    """The looks at one shot: `looks` (L,) seconds of the pictures, ascending, and the `people` in them."""

    def __init__(self, reader: ClipReader, pool: PosePool, skip_nonref: bool) -> None:
        self._reader, self._pool, self._skip_nonref = reader, pool, skip_nonref
        self._found: list[list[Detection]] = []
        self.looks = np.zeros(0)
        self.people: list[Person] = []
        self.pictures: list[Cutout] = []  # of the first look only
        self.width = self.height = 0

    def sample(self, looks: NDArray[np.float64]) -> None:
        """Detect people in the pictures at `looks`, and keep the pictures."""

        def pictures() -> Iterator[Cutout]:
            for frame in self._reader.frames_near(list(looks), skip_nonref=self._skip_nonref):
                self.pictures.append(frame.whole(LOOK_SIZE))
                yield self.pictures[-1]

        found = detect_in(self._pool, pictures(), None, 0, MOST_PEOPLE)  # while the next ones are decoded
        _, _, right, bottom = self.pictures[0].box
        self.width, self.height = round(right), round(bottom)
        if sum(bool(people) for people in found) < len(self.pictures) / 2:
            found = _search_tiles(self._pool, self.pictures, found)
        self._add(looks[: len(self.pictures)], found)

    def search_moving(self, lifter: Person | None) -> bool:
        """Look closer where the picture moves if the `lifter` found so far stands by; whether that was done."""
        if lifter is not None and lifter.movement() >= AT_REST:
            return False
        at_rest = None if lifter is None else typical_box(lifter)
        change = changing(self.pictures)
        moving = moving_part(self.pictures[0], change, at_rest)
        if moving is not None:
            pictures = self.pictures if at_rest is None else [without(one, at_rest, change) for one in self.pictures]
            looks, found = self.looks, detect_in(self._pool, pictures, moving, 0, MOST_PEOPLE)
            self._found = [_with_more(known, more) for known, more in zip(self._found, found, strict=True)]
            self.people = group_people(list(looks), self._found)
        return moving is not None

    def sample_closer(self, looks: NDArray[np.float64]) -> None:
        """Detect people in further pictures, which are many and not kept."""
        looks = np.setdiff1d(looks, self.looks)
        frames = self._reader.frames_near(list(looks), skip_nonref=self._skip_nonref)
        self._add(looks, detect_in(self._pool, (frame.whole(PICTURE_SIZE) for frame in frames), None, 0, MOST_PEOPLE))

    def _add(self, looks: NDArray[np.float64], found: list[list[Detection]]) -> None:
        self._found += found
        looks = np.concatenate([self.looks, looks])
        order = np.argsort(looks)
        self.looks, self._found = looks[order], [self._found[row] for row in order]
        self.people = group_people(list(self.looks), self._found)


def near_keyframes(looks: NDArray[np.float64], keyframes: NDArray[np.float64], *, alone: bool = False) -> NDArray[np.float64]:
    """Move the looks to keyframes, which are cheap to decode, by at most a quarter of the time between looks.

    With `alone` by up to 1.25 of it, as long as `FEWEST_LOOKS` remain.
    """
    if not len(keyframes) or len(looks) < 2:
        return looks
    nearest = keyframes[np.argmin(np.abs(keyframes[:, None] - looks), axis=0)]
    away = np.where((nearest >= looks[0]) & (nearest <= looks[-1]), np.abs(nearest - looks), np.inf)
    far, near = (np.unique(np.where(away < share * np.median(np.diff(looks)), nearest, looks)) for share in (1.25, 0.25))
    return far if alone and len(far) >= FEWEST_LOOKS else near


def _largest_change(pictures: list[Cutout]) -> float:
    grey = [cv2.cvtColor(c.picture, cv2.COLOR_RGB2GRAY) for c in pictures]
    small = [cv2.resize(g, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA).astype(float) for g in grey]
    return max((float(np.abs(b - a).mean()) for a, b in itertools.pairwise(small)), default=0.0)


def _company(people: list[Person], crop: Box, looks: NDArray[np.float64]) -> NDArray[np.int64]:
    """(L,) number of people in the crop in each look."""
    there = np.zeros(len(looks), dtype=np.int64)
    for person in people:
        there += np.isin(looks, np.array(person.times)[_inside(person, crop)])
    return there


def _spread(times: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """About `count` of the times, evenly spread."""
    return np.asarray(times[np.unique(np.linspace(0, len(times) - 1, count).round().astype(int))])


def detect_in(
    pool: PosePool, pictures: Iterable[Cutout], box: Edges | None, turns: int, people: int
) -> list[list[Detection]]:
    """Detect people in one part of several pictures (None: all of each), in pixels of the whole picture."""

    def jobs() -> Iterator[PoseJob[Cutout]]:
        for picture in pictures:
            part = picture.part(picture.box if box is None else box, PICTURE_SIZE)
            yield PoseJob(part, part.picture, turns, people, outline=False)

    return [[placed(d, part) for d in found] for part, found in pool.map(jobs())]


def placed(detection: Detection, part: Cutout) -> Detection:
    """Map a detection in a part of a picture back to the whole."""
    origin, scale = part.origin, part.scale
    return replace(
        detection,
        points=detection.points / scale + origin,
        depth=detection.depth / float(scale[0]),
        outline=tuple((curve / scale + origin).astype(np.float32) for curve in detection.outline),
    )


def crop_around(boxes: list[BodyBox], width: int, height: int, margin_share: float = CROP_MARGIN) -> Box:
    """The lifter's boxes from the 2nd to the 98th percentile with a margin, within the picture."""
    low = np.percentile([(b.left, b.top) for b in boxes], 2, axis=0)
    high = np.percentile([(b.right, b.bottom) for b in boxes], 98, axis=0)
    margin = margin_share * float((high - low).max())
    left, top = np.floor(np.maximum(low - margin, 0)).astype(int)
    right, bottom = np.ceil(np.minimum(high + margin, (width, height))).astype(int)
    return int(left), int(top), max(int(right), int(left) + 8), max(int(bottom), int(top) + 8)


def _search_tiles(
    pool: PosePool, pictures: list[Cutout], wholes: list[list[Detection]]
) -> list[list[Detection]]:
    """Search overlapping squares along the longer side for people too small in the whole picture."""
    width, height = round(pictures[0].box[2]), round(pictures[0].box[3])
    side = min(height, width)
    merged = [list(found) for found in wholes]
    steps = np.unique(np.linspace(0, max(height, width) - side, 3).round().astype(int))
    tiles = [
        (int(s), 0, int(s) + side, side) if width >= height else (0, int(s), side, int(s) + side) for s in steps
    ]
    for tile in tiles:
        more = detect_in(pool, pictures, tile, 0, MOST_PEOPLE)
        merged = [_with_more(known, found) for known, found in zip(merged, more, strict=True)]
    return merged


def _with_more(known: list[Detection], more: list[Detection]) -> list[Detection]:
    """The people in a picture with those of a closer look who were not known yet."""
    boxes = [body_box(detection) for detection in known]
    return known + [detection for detection in more if all(body_box(detection).overlap(box) < 0.3 for box in boxes)]


def typical_box(person: Person) -> BodyBox:
    """The median of a person's boxes."""
    return BodyBox(*np.median([(box.left, box.top, box.right, box.bottom) for box in person.boxes], axis=0))


def changing(pictures: list[Cutout]) -> NDArray[np.float64]:
    """(h, w) how much each place changes over the looks, grey levels, 0 below `MOVES`; scaled to at most `SMALL` pixels."""
    height, width = pictures[0].picture.shape[:2]
    shrink = SMALL / max(height, width)
    grey = [cv2.cvtColor(one.picture, cv2.COLOR_RGB2GRAY) for one in pictures]
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    change = np.std([cv2.resize(one, size, interpolation=cv2.INTER_AREA).astype(float) for one in grey], axis=0)
    return np.where(change < MOVES, 0.0, change)


def without(picture: Cutout, at_rest: BodyBox, change: NDArray[np.float64]) -> Cutout:
    """The picture with the person at rest painted over, wherever nothing changes, so that the model looks for another."""
    height, width = picture.picture.shape[:2]
    corners = np.array([[at_rest.left, at_rest.top], [at_rest.right, at_rest.bottom]])
    inside = np.clip(np.round((corners - picture.origin) * picture.scale), 0, (width, height))
    (left, top), (right, bottom) = inside.astype(int)
    still = cv2.resize((change == 0).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST).astype(bool)
    painted = picture.picture.copy()
    painted[top:bottom, left:right][still[top:bottom, left:right]] = np.median(picture.picture, axis=(0, 1))
    return Cutout(painted, picture.box)


def busier(people: list[Person], at_rest: Person, looks: int) -> list[Person]:
    """Those who move far more than the one at rest, without passers-by: the picture moves elsewhere, so one of them lifts."""
    much = MORE * at_rest.movement()
    return [person for person in people if len(person.times) >= PASSES_BY * looks and person.movement() > much]


def moving_part(picture: Cutout, change: NDArray[np.float64], at_rest: BodyBox | None) -> Box | None:
    """The part of the picture in which most moves (see `changing`), with a margin; None if nothing does, or nearly everything.

    Also None if what moves lies largely in the box of a person `at_rest`.
    """
    joined = cv2.dilate((change > 0).astype(np.uint8), np.ones((5, 5), np.uint8))
    count, labels = cv2.connectedComponents(joined)
    if count < 2:
        return None
    part = (labels == 1 + int(np.argmax([change[labels == one].sum() for one in range(1, count)]))) & (change > 0)
    rows, columns = np.nonzero(part)
    left, top, right, bottom = picture.box
    scale = np.array([(right - left) / change.shape[1], (bottom - top) / change.shape[0]])
    low, high = np.array([columns.min(), rows.min()]) * scale, np.array([columns.max() + 1, rows.max() + 1]) * scale
    if float(np.prod(high - low)) > LARGEST_PART * (right - left) * (bottom - top):
        return None
    if at_rest is not None:
        places = (np.stack([columns, rows], axis=1) + 0.5) * scale
        inside = ((places >= (at_rest.left, at_rest.top)) & (places <= (at_rest.right, at_rest.bottom))).all(axis=1)
        weight = change[part]
        if weight[~inside].sum() < ELSEWHERE * weight.sum():
            return None
    return crop_around([BodyBox(*low, *high)], round(right), round(bottom), PART_MARGIN)


def _best_turn(
    pool: PosePool, pictures: list[Cutout], crop: Box, lifter: Person
) -> int:
    """Number of quarter turns with which the model finds the lifter best."""
    some = [pictures[i] for i in np.unique(np.linspace(0, len(pictures) - 1, 6).round().astype(int))]
    seen = detect_in(pool, some, crop, 0, 1)
    upright = quality(seen)
    if not _lies(lifter) and sum(bool(found) for found in seen) >= FOUND_ENOUGH * len(seen):
        return 0
    scores = {turns: quality(detect_in(pool, some, crop, turns, 1)) for turns in (1, 3)}
    best = max(scores, key=lambda turns: scores[turns])
    return best if scores[best] > upright + TURN_GAIN else 0


def quality(pictures: list[list[Detection]]) -> float:
    """Reliability of a series of detections, 0-1: found, visible, with constant segment lengths."""
    found = [detections[0] for detections in pictures if detections]
    if len(found) < 2:
        return 0.0
    scores = []
    for side in SIDES:
        seen = np.mean([[d.visibility[joint(name, side)] for name in ("hip", "knee", "ankle")] for d in found])
        lengths = [
            [
                float(np.linalg.norm(d.points[joint(a, side)] - d.points[joint(b, side)]))
                for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "hip"))
            ]
            for d in found
        ]
        known = np.array(lengths)[:, np.isfinite(lengths).any(axis=0)]
        if not known.size:
            continue
        spread = float(np.mean(np.nanstd(known, axis=0) / (np.nanmean(known, axis=0) + 1e-9)))
        scores.append(float(seen) * max(0.0, 1.0 - spread))
    return max(scores, default=0.0) * len(found) / len(pictures)


def _lies(lifter: Person) -> bool:
    postures = np.array([posture(detection) for detection in lifter.detections])
    trunks = postures[:, POSTURE.index("shoulder")] - postures[:, POSTURE.index("hip")]
    trunks = trunks[np.isfinite(trunks).all(axis=1)]
    leans = np.degrees(np.arctan2(np.abs(trunks[:, 0]), -trunks[:, 1]))
    return len(leans) > 0 and float(np.median(leans)) > LYING_DEG


def _inside(person: Person, crop: Box) -> NDArray[np.bool_]:
    """(N,) whether the centre of each of a person's boxes is inside the crop."""
    left, top, right, bottom = crop
    centers = np.array([box.center for box in person.boxes])
    return np.asarray(
        (centers[:, 0] > left) & (centers[:, 0] < right) & (centers[:, 1] > top) & (centers[:, 1] < bottom)
    )
