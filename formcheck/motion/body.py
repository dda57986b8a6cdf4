"""The lifter's body from the pose alone: cleaned landmarks, angles and view, on the clip's own frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.skeleton import Side, joint, other_side

Array = NDArray[np.float64]

#: Least view quality (about 38 degrees off side-on) at which angles in the picture are judged; below it their error exceeds
#: the rules' margins.
SIDE_VIEW_QUALITY = 0.5
#: Visibility below which a point or value counts as hidden.
SEEN = 0.5


@dataclass(frozen=True)
class Series:
    """A quantity over the clip's frames: (F,) `values` with their (F,) standard deviation `sd`; NaN is missing.

    `seen` (F,) is the visibility of the points it is measured from, 0-1: a finite value may still be a guess. Without it every
    value counts as seen.
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
    hip thrust: where the feet are), `yaw_deg` the angle of the camera from exactly side-on (NaN when unknown, positive =
    towards the lifter's front), `quality` 0-1 how well the view suits the rules. `stretch` converts level distances in the
    picture to those of the lifter's sagittal plane (1 from the side).
    """

    side: Side
    facing: Side
    yaw_deg: float
    quality: float
    stretch: float = 1.0

    @property
    def side_on(self) -> bool:
        """Whether angles in the picture can be judged."""
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
        repaired: (F,) frames in which a left-right swap was corrected.
        coverage: share of frames in which the near side from shoulder to ankle was in the picture and visible, or is known as
            well by other means; joints hidden by the lifter's own plate do not lower it.
        seen: (F, J) visibility of each point, 0-1, raised where it is known as well by other means (segment lengths, the bar
            in the crease of the hip). Below `SEEN` the position is a guess. Without it every known point counts as seen.
        legs_told: whether it is known which leg is the left one and which the right.
        other_legs: the legs have the names that the user says, not those that the pose would give them.
    """

    times: Array
    points: Array
    sd: Array
    view: View
    repaired: NDArray[np.bool_]
    coverage: float
    seen: Array = None  # type: ignore[assignment]  # given or worked out below, never None afterwards
    legs_told: bool = True
    other_legs: bool = False

    def __post_init__(self) -> None:
        if self.seen is None:
            object.__setattr__(self, "seen", np.isfinite(self.points).all(axis=2).astype(np.float64))

    def point(self, name: str, side: str) -> Array:
        """(F, 2) pixels of a paired point, e.g. ``body.point("hip", "left")``."""
        return np.asarray(self.points[:, joint(name, side)])

    def visible(self, side: str, *names: str) -> Array:
        """(F,) visibility of the least visible of the named points of a side, 0-1."""
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
class Posture3D:
    """Posture in space over the clip's frames, from the model's metric landmarks: (F,) arrays, NaN where unknown.

    Degrees: `lean` of the trunk from vertical, positive towards the side the knees bend to; `hip`, `knee` (180 straight)
    and `thigh` (0 standing, 90 level and forward) of the "left" and "right" leg; `arm_lean` of the line from shoulders to
    wrists from hanging straight down, 0-180. Leg lengths (thigh plus shank): `stride` between the ankles
    fore and aft; `hands_up` and `hip_up` height over the lower ankle; `hands_to_shoulder` distance;
    `hands_above_shoulder` along the trunk; `hands_apart` between the wrists.
    """

    lean: Array
    hip: dict[str, Array]
    knee: dict[str, Array]
    thigh: dict[str, Array]
    stride: Array
    hands_up: Array
    hands_to_shoulder: Array
    hands_above_shoulder: Array
    arm_lean: Array
    hands_apart: Array
    hip_up: Array
