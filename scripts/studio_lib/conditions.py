"""Under which conditions a set is filmed, and the names with which a caller can ask for some of them (`--only`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from numpy.random import Generator

from studio_lib.camera import CameraPlan
from studio_lib.film import FilmPlan


@dataclass(frozen=True)
class Choices:
    """Conditions of a set. `faulty` is the chance of a fault in it; load and plate None leave them to the exercise.

    A `brisk` set has three reps and nothing slow in it.
    """

    camera: CameraPlan
    film: FilmPlan
    top: str
    front: str = "none"
    mirror: bool = False
    second: bool = False
    clutter: float = 0.5
    dark: float = 1.0
    faulty: float = 0.78
    load: str | None = None
    plate: float | None = None
    around: bool = False
    brisk: bool = False


#: Sizes of pictures, the longer side first, and how often each is drawn.
_SIZES: dict[tuple[int, int], float] = {
    (426, 240): 0.1,
    (480, 360): 0.4,
    (640, 480): 0.25,
    (640, 360): 0.15,
    (854, 480): 0.07,
    (1280, 720): 0.025,
    (1920, 1080): 0.005,
}
_CAPTIONS = ("HIP THRUST 3x10", "keep your chin tucked!", "@gym.diary", "SET 2", "slow & controlled", "day 14")


def draw_choices(random: Generator, *, lying: bool) -> Choices:
    """The conditions of a set; `lying` bodies are filmed in landscape more often."""
    sizes = list(_SIZES)
    long, short = sizes[random.choice(len(sizes), p=list(_SIZES.values()))]
    portrait = random.random() < (0.15 if lying else 0.7)
    width, height = (short, long) if portrait else (long, short)
    far = random.random()
    yaw = random.uniform(-20, 20) if far < 0.6 else random.uniform(20, 60) * random.choice([-1, 1])
    handheld = random.random() < 0.25
    fps = float(random.choice([15, 24, 25, 30, 60], p=[0.35, 0.15, 0.15, 0.3, 0.05]))
    camera = CameraPlan(
        yaw=float(yaw),
        height=float(random.uniform(0.2, 1.8) if random.random() < 0.5 else random.uniform(0.6, 1.2)),
        distance=float(random.uniform(2.2, 5.0)),
        roll=float(random.normal(0, 1.5)),
        fill=float(random.uniform(0.7, 0.97)),
        width=width,
        height_px=height,
        shake=float(random.uniform(0.1, 0.7)) if handheld else 0.0,
        pan=float(random.uniform(-6, 6)) if handheld and random.random() < 0.3 else 0.0,
        off_centre=(float(random.uniform(-0.06, 0.06)), float(random.uniform(-0.04, 0.04))),
    )
    drawn = fps / {15: 1, 24: 2, 25: 2, 30: 2 if random.random() < 0.4 else 3, 60: 4}[int(fps)]
    film = FilmPlan(
        fps=fps,
        drawn_fps=drawn,
        noise=float(random.uniform(0.5, 7)),
        blur=float(random.choice([0, 0, 0.6, 1.0])) * height / 480,
        crf=int(random.integers(22, 33)),
        gain=float(random.uniform(0.75, 1.2)),
        gamma=float(random.uniform(0.8, 1.25)),
        tint=(float(random.uniform(0.9, 1.08)), 1.0, float(random.uniform(0.92, 1.08))),
        caption=str(random.choice(_CAPTIONS)) if random.random() < 0.1 else "",
    )
    return Choices(
        camera=camera,
        film=film,
        top=str(random.choice(["none", "tight", "loose", "hoodie"], p=[0.15, 0.4, 0.33, 0.12])),
        front=str(random.choice(["none", "rack"], p=[0.92, 0.08])),
        mirror=bool(random.random() < 0.1),
        second=bool(random.random() < 0.12),
        clutter=float(random.random()),
        around=bool(random.random() < 0.3),
    )


def apply_conditions(choices: Choices, only: Sequence[str], random: Generator) -> Choices:
    """The choices, with what was asked for by name put through in order."""
    for name in only:
        if name not in CONDITIONS:
            raise ValueError(f"--only {name} is not known; expected one of {', '.join(CONDITIONS)}.")
        choices = CONDITIONS[name](choices, random)
    return choices


def _camera(choices: Choices, **changes: float) -> Choices:
    return replace(choices, camera=replace(choices.camera, **changes))  # type: ignore[arg-type]


def _plain(choices: Choices, random: Generator) -> Choices:
    choices = _side(choices, random)
    choices = _camera(
        choices,
        height=float(random.uniform(0.5, 1.2)),
        shake=0.0,
        pan=0.0,
        roll=0.0,
        distance=max(choices.camera.distance, 3.0),
    )
    return replace(choices, front="none", mirror=False, second=False, around=False, film=replace(choices.film, caption=""))


def _cheap(choices: Choices, random: Generator) -> Choices:
    """A set that is quickly drawn and quickly analysed: short, 15 frames a second, at most 480 pixels long."""
    landscape = choices.camera.width > choices.camera.height_px
    size = sorted((480, 360) if random.random() < 0.75 else (426, 240), reverse=landscape)
    blur = choices.film.blur * size[1] / choices.camera.height_px
    film = replace(choices.film, fps=15.0, drawn_fps=15.0, blur=blur)
    return replace(_camera(choices, width=size[0], height_px=size[1]), film=film, brisk=True)


def _side(choices: Choices, random: Generator) -> Choices:
    return _camera(choices, yaw=float(random.uniform(-20, 20)))


CONDITIONS: dict[str, Callable[[Choices, Generator], Choices]] = {
    "plain": _plain,
    "side": _side,
    "oblique": lambda c, r: _camera(c, yaw=float(r.uniform(20, 35) * r.choice([-1, 1]))),
    "far-oblique": lambda c, r: _camera(c, yaw=float(r.uniform(35, 60) * r.choice([-1, 1]))),
    "cheap": _cheap,
    "handheld": lambda c, r: _camera(c, shake=float(r.uniform(0.3, 1.0))),
    "small": lambda c, r: _camera(
        c,
        width=360 if c.camera.width > c.camera.height_px else 240,
        height_px=240 if c.camera.width > c.camera.height_px else 360,
    ),
    "clean": lambda c, r: replace(c, faulty=0.0),
    "faulty": lambda c, r: replace(c, faulty=1.0),
    "no-plates": lambda c, r: replace(c, plate=0.0),
    "small-plates": lambda c, r: replace(c, load="barbell", plate=0.16),
    "big-plates": lambda c, r: replace(c, load="barbell", plate=0.225),
    "bare": lambda c, r: replace(c, top="none"),
    "tight": lambda c, r: replace(c, top="tight"),
    "loose": lambda c, r: replace(c, top="loose"),
    "hoodie": lambda c, r: replace(c, top="hoodie"),
    "rack": lambda c, r: replace(c, front="rack"),
    "mirror": lambda c, r: replace(c, mirror=True),
    "second-person": lambda c, r: replace(c, second=True),
    "around": lambda c, r: replace(c, around=True),
}
