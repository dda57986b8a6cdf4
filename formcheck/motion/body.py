"""Types of the measured body: `Series`, `View`, `Body`, `LegAngles` and `Posture3D`, all on the clip's own frames."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.skeleton import Side, joint, other_side

Array = NDArray[np.float64]

#: Angles in the picture are judged from this view quality on (about 38 degrees off the side view); below it, their error
#: exceeds the rules' margins.
SIDE_VIEW_QUALITY = 0.5
#: A point or value counts as visible from this visibility on.
VISIBLE = 0.5
#: Visibility of a hidden point that segment lengths or the bar place well enough to count as visible.
PLACED = 0.7


@dataclass(frozen=True)
class Series:
    """A quantity over the clip's frames: (F,) `values` with their (F,) standard deviation `sd`; NaN is missing.

    `visibility` (F,) is that of the points it was measured from, 0-1: a finite value may still be a guess. By default every
    known value is visible.
    """

    values: Array
    sd: Array
    visibility: Array = None  # type: ignore[assignment]  # set in __post_init__

    def __post_init__(self) -> None:
        known = np.isfinite(self.values)
        visibility = known.astype(np.float64) if self.visibility is None else np.where(known, self.visibility, 0.0)
        object.__setattr__(self, "visibility", visibility)

    @property
    def known(self) -> NDArray[np.bool_]:
        """(F,) frames in which the value was seen, not guessed."""
        return np.asarray(self.visibility >= VISIBLE)


@dataclass(frozen=True)
class View:
    """How the camera sees the lifter.

    Attributes:
        side: the lifter's side nearest the camera.
        facing: the side of the picture that the lifter faces (in a hip thrust: where the feet are).
        yaw_deg: angle of the camera from side-on, positive towards the lifter's front; NaN if unknown.
        quality: 0-1, how well the view suits the rules.
        stretch: factor from horizontal distances in the picture to those in the lifter's sagittal plane; 1 when side-on.
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
        points: (F, J, 2) pixels, x right, y down; NaN where unknown.
        sd: (F, J) standard deviation of each point in pixels, the same for x and y; NaN where unknown.
        view: near side, facing, yaw.
        repaired: (F,) frames in which a left-right swap was corrected.
        coverage: share of frames in which the near side from shoulder to ankle is visible; joints hidden by the lifter's own
            plate do not lower it.
        visibility: (F, J) visibility of each point, 0-1, raised where segment lengths or the bar locate it as well; below
            `VISIBLE` the position is a guess. By default every known point is visible.
        legs_known: whether it is certain which leg is the left one.
        legs_swapped: left and right leg were swapped because the user named the working leg.
        foot_turn: share of a foot's turn that its points show, see `Calibration`.
    """

    times: Array
    points: Array
    sd: Array
    view: View
    repaired: NDArray[np.bool_]
    coverage: float
    visibility: Array = None  # type: ignore[assignment]  # set in __post_init__
    legs_known: bool = True
    legs_swapped: bool = False
    foot_turn: float = 1.0

    def __post_init__(self) -> None:
        if self.visibility is None:
            object.__setattr__(self, "visibility", np.isfinite(self.points).all(axis=2).astype(np.float64))

    def point(self, name: str, side: str) -> Array:
        """(F, 2) pixels of a paired point, e.g. ``body.point("hip", "left")``."""
        return np.asarray(self.points[:, joint(name, side)])

    def visible(self, side: str, *names: str) -> Array:
        """(F,) visibility of the least visible of the named points of a side, 0-1."""
        return np.asarray(self.visibility[:, [joint(name, side) for name in names]].min(axis=1))

    def near(self, name: str) -> Array:
        """(F, 2) pixels of a point of the side nearest the camera."""
        return self.point(name, self.view.side)

    def far(self, name: str) -> Array:
        """(F, 2) pixels of a point of the far side."""
        return self.point(name, other_side(self.view.side))

    @cached_property
    def leg_length(self) -> float:
        """Thigh plus shank of the near leg, pixels, NaN if never seen; a high percentile, as they foreshorten."""
        hip, knee, ankle = (self.near(name) for name in ("hip", "knee", "ankle"))
        total = np.linalg.norm(hip - knee, axis=1) + np.linalg.norm(knee - ankle, axis=1)
        return float(np.nanpercentile(total, 80)) if np.isfinite(total).any() else float("nan")


@dataclass(frozen=True)
class LegAngles:
    """Angles of one leg in degrees.

    `hip` shoulder-hip-knee (180 = straight), `hip_signed` the same but above 180 when the hip is extended beyond straight,
    `knee` hip-knee-ankle (180 = straight), `shin` ankle-knee line from vertical (positive = knee forward), `thigh` hip-knee
    line from vertical (0 standing, 90 horizontal with the knee in front).
    """

    hip: Series
    hip_signed: Series
    knee: Series
    shin: Series
    thigh: Series


@dataclass(frozen=True)
class Posture3D:
    """3D posture on the clip's frames, from the model's metric landmarks: (F,) arrays, NaN where unknown.

    Degrees: `lean` of the trunk from vertical, positive forward; `hip`, `knee` (180 straight) and `thigh` (0 standing, 90
    horizontal) of the "left" and "right" leg; `arm_lean` of the shoulder-wrist line from hanging straight down, 0-180.
    Leg lengths (thigh plus shank): `stride` between the ankles fore and aft; `hands_up` and `hip_up` above the lower ankle;
    `hands_to_shoulder` distance; `hands_above_shoulder` along the trunk; `hands_apart` between the wrists.
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
