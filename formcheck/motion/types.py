"""What the motion stage hands on: the cleaned body, its angles, its spine and the bar, on the clip's own frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.skeleton import joint, other_side

Array = NDArray[np.float64]
Side = Literal["left", "right"]

#: From this view quality on (about 38 degrees off side-on) the picture's angles are those of the lifter; below it their
#: error exceeds the rules' margins.
SIDE_VIEW_QUALITY = 0.5
#: What is seen less than this (0-1) counts as hidden.
SEEN = 0.5


@dataclass(frozen=True)
class Series:
    """A quantity over the clip's frames: (F,) `values` with their (F,) standard deviation `sd`; NaN is missing.

    `seen` (F,) is how far what it is measured from was seen, 0-1; a value that is not NaN may still be a guess. Without
    it every value counts as seen.
    """

    values: Array
    sd: Array
    seen: Array = None  # type: ignore[assignment]  # given or worked out below, never None afterwards

    def __post_init__(self) -> None:
        known = np.isfinite(self.values)
        seen = known.astype(np.float64) if self.seen is None else np.where(known, self.seen, 0.0)
        object.__setattr__(self, "seen", seen)

    @property
    def known(self) -> NDArray[np.bool_]:
        """(F,) the frames a verdict may rest on."""
        return np.asarray(self.seen >= SEEN)


@dataclass(frozen=True)
class View:
    """How the camera sees the lifter.

    `side` is the lifter's side nearest the camera, `facing` the side of the picture the lifter's front points to (in a
    hip thrust: where the feet are), `yaw_deg` how far the camera is from exactly side-on (NaN when unknown, positive =
    towards the lifter's front), `quality` 0-1 how well the view suits the rules. `stretch` is what level distances in the
    picture are multiplied with to become those of the lifter's sagittal plane (1 from the side).
    """

    side: Side
    facing: Side
    yaw_deg: float
    quality: float
    stretch: float = 1.0

    @property
    def side_on(self) -> bool:
        """Whether the picture's angles can be judged."""
        return self.quality >= SIDE_VIEW_QUALITY

    @property
    def forward(self) -> int:
        """Sign of the picture's x axis that points to the lifter's front: +1 facing right, -1 facing left."""
        return 1 if self.facing == "right" else -1


@dataclass(frozen=True)
class Body:
    """The lifter's cleaned landmarks on every frame of the analysed shot; F frames, J joints.

    Attributes:
        times: (F,) seconds from the clip's first frame.
        points: (F, J, 2) pixels, x right, y down; NaN where a point is not known.
        sd: (F, J) standard deviation of a point in pixels, both axes alike; NaN where it is not known.
        view: near side, facing, yaw.
        repaired: (F,) frames in which left and right were exchanged back.
        coverage: share of frames in which the near side from shoulder to ankle was in the picture and seen, or is known as
            surely by other means; what the lifter's own plate hides does not lower it.
        seen: (F, J) how far each point was seen, or is known as surely by other means (lengths of the body, the bar in
            the crease of the hip), 0-1. Below `SEEN` the place is a guess. Without it every point that is known counts
            as seen.
    """

    times: Array
    points: Array
    sd: Array
    view: View
    repaired: NDArray[np.bool_]
    coverage: float
    seen: Array = None  # type: ignore[assignment]  # given or worked out below, never None afterwards

    def __post_init__(self) -> None:
        if self.seen is None:
            object.__setattr__(self, "seen", np.isfinite(self.points).all(axis=2).astype(np.float64))

    def point(self, name: str, side: str) -> Array:
        """(F, 2) pixels of a paired point, e.g. ``body.point("hip", "left")``."""
        return np.asarray(self.points[:, joint(name, side)])

    def visible(self, side: str, *names: str) -> Array:
        """(F,) how far all the named points of a side were seen, 0-1: the least of them."""
        return np.asarray(self.seen[:, [joint(name, side) for name in names]].min(axis=1))

    def near(self, name: str) -> Array:
        """(F, 2) pixels of a point of the side nearest the camera."""
        return self.point(name, self.view.side)

    def far(self, name: str) -> Array:
        """(F, 2) pixels of a point of the far side."""
        return self.point(name, other_side(self.view.side))


@dataclass(frozen=True)
class LegAngles:
    """Angles of one leg in degrees.

    `hip` shoulder-hip-knee (180 = straight), `hip_signed` the same counted on past 180 when the hip is extended beyond
    the line shoulder-knee, `knee` hip-knee-ankle (180 = straight), `shin` ankle-knee line from vertical (positive =
    knee forward), `thigh` hip-knee line from vertical (0 standing, 90 horizontal with the knee in front).
    """

    hip: Series
    hip_signed: Series
    knee: Series
    shin: Series
    thigh: Series


@dataclass(frozen=True)
class Spine:
    """Bend of the back from the body's outline, degrees; positive = flexion (rounding), negative = extension (arch).

    `visible` (F,) is the share of the trunk's back edge that could be seen, 0-1. `dorsal` (F, K, 2) are K points of the
    back line in pixels from buttock to neck, NaN where it is hidden: what the overlay draws. `hip_line` is the angle of
    the chest's line against the thigh's of a lying lifter, degrees, above 180 = beyond straight: `hip_signed` without
    the hip point, which a plate hides (None where it was not measured). `front_bow` is how far the trunk's front edge turns
    outwards between the crease of the hip and the chest, degrees (positive = bowed outwards).
    """

    thoracic: Series
    lumbar: Series
    visible: Array
    dorsal: Array
    hip_line: Series | None = None
    front_bow: Series | None = None


@dataclass(frozen=True)
class Bar:
    """The load over the clip's frames.

    `source` is what the position comes from: the near "plate", a "dumbbell" or the near "wrist" standing in.
    `center` (F, 2) pixels of the near plate's or hand's centre as it appears; `radius` (F,) pixels (NaN without a plate);
    `quality` (F,) 0-1; `path` (F, 2) the bar in the lifter's sagittal plane in pixels (perspective corrected), with its
    standard deviation `path_sd` (F,).
    """

    source: Literal["plate", "dumbbell", "wrist"]
    center: Array
    radius: Array
    quality: Array
    path: Array
    path_sd: Array


@dataclass(frozen=True)
class Scale:
    """Pixels a metre in the lifter's sagittal plane; `source` is None (and the value NaN) when it is not known."""

    px_per_m: float
    source: Literal["plate", "height"] | None


@dataclass(frozen=True)
class Spatial:
    """Posture in space over the clip's frames, from the model's metric landmarks: (F,) arrays, NaN where unknown.

    Degrees: `lean` of the trunk from vertical, positive towards the side the knees bend to; `hip`, `knee` (180 straight)
    and `thigh` (0 standing, 90 level and forward) of the "left" and "right" leg; `arm_lean` of the line from shoulders to
    wrists from hanging straight down, 0-180. Leg lengths (thigh plus shank): `stride` and `width` between the ankles fore
    and aft and sideways; `hands_up` and `hip_up` height over the lower ankle; `hands_to_shoulder` distance;
    `hands_above_shoulder` along the trunk; `hands_apart` between the wrists.
    """

    lean: Array
    hip: dict[str, Array]
    knee: dict[str, Array]
    thigh: dict[str, Array]
    stride: Array
    width: Array
    hands_up: Array
    hands_to_shoulder: Array
    hands_above_shoulder: Array
    arm_lean: Array
    hands_apart: Array
    hip_up: Array


@dataclass(frozen=True)
class Motion:
    """Everything later stages know about the movement, on the frames of the analysed shot.

    `legs` has the angles of the "left" and the "right" leg. `trunk` is the shoulder-hip line from vertical, positive
    leaning forward (about -90 at the top of a hip thrust). `head` is the shoulder-ear line against the trunk line,
    positive = head forward (chin tucked). `trunk_px` is the median length of the trunk, the unit of lengths without a scale.
    `spatial` is None for a motion that has no pose track behind it.
    """

    body: Body
    legs: dict[str, LegAngles]
    trunk: Series
    head: Series
    trunk_px: float
    scale: Scale
    spine: Spine | None = None
    bar: Bar | None = None
    spatial: Spatial | None = None

    @property
    def times(self) -> Array:
        """(F,) seconds."""
        return self.body.times

    @property
    def near(self) -> LegAngles:
        return self.legs[self.body.view.side]

    @property
    def far(self) -> LegAngles:
        return self.legs[other_side(self.body.view.side)]
