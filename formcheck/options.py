"""All options of an analysis: name, type, unit, default, help, and group.

Each is a field of a group below. Command line, Python arguments, keys of `formcheck.toml`, the phone's form and what a folder
remembers are loops over `OPTIONS`. A stage gets its own group, never all options.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from math import inf, nan
from numbers import Real
from pathlib import Path
from typing import Any, Literal, get_args

from formcheck.errors import OptionName, UsageError
from formcheck.units import MOST_KG, parse_load, parse_metres, parse_seconds

Group = Literal["reading", "judging", "drawing", "logging"]
Side = Literal["left", "right"]
Style = Literal["full", "minimal"]
Goal = Literal["glutes", "quads"]
PanelPlace = Literal["auto", "side", "below"]
Hardware = Literal["off", "auto"]
Encoder = Literal["x264", "hardware"]

#: Value of `--exercise` for recognition.
AUTO = "auto"
#: Default pose model.
DEFAULT_MODEL = "heavy"
#: Least frame rate of a clip (`video.sampling.SLOWEST_HZ` adds a tolerance).
LEAST_RATE_HZ = 5.0
#: Environment variables for `--logbook` and `--who`.
LOGBOOK_VARIABLE, WHO_VARIABLE = "FORMCHECK_LOGBOOK", "FORMCHECK_WHO"
#: Longest name of a person, characters.
LONGEST_WHO = 60


@dataclass(frozen=True)
class Text:
    """Text form of a value: `read(text, option)` parses it, `show` formats it."""

    read: Callable[[str, str], Any]
    show: Callable[[Any], str]


def parse_who(text: str, option: str = "--who") -> str:
    """A person's name without blanks around it.

    Raises:
        UsageError: it is empty, too long, or has characters that cannot be seen.
    """
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_WHO or not name.isprintable():
        raise UsageError(f"{option} expects a name of at most {LONGEST_WHO} characters but got {text!r}.")
    return name


def _length(example: str, digits: str) -> Text:
    return Text(lambda text, option: parse_metres(text, option, example), lambda metres: f"{100 * metres:{digits}} cm")


_SECONDS = Text(parse_seconds, str)
_WHO = Text(parse_who, str)
_LOAD = Text(lambda text, option: parse_load(text, option).kg, lambda kg: f"{kg:.4g} kg")


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        name: on the command line and in Python.
        field: its field in the group's dataclass.
        group: the part of the work that it belongs to.
        kind: its type on the command line, unless `text` parses it.
        help: the command line fills in `{exercises}` and `{models}`.
        unit, low, high: of a number.
        choices: allowed values.
        short: one-letter option.
        formerly: earlier name.
        panel: heading on the command line, if not that of its group.
        remembered: kept in the folder of an analysis, for judging again.
        in_folder: key in `formcheck.toml`.
        on_phone: available on the phone.
        called: name in comparisons of two analyses.
    """

    name: OptionName
    field: str
    group: Group
    default: Any
    help: str
    kind: type = str
    unit: str = ""
    low: float = -inf
    high: float = inf
    choices: tuple[str, ...] = ()
    text: Text | None = None
    short: str = ""
    formerly: str = ""
    panel: str = ""
    variable: str = ""
    metavar: str | None = None
    remembered: bool = False
    in_folder: str = ""
    on_phone: bool = False
    called: str = ""

    @property
    def negated(self) -> bool:
        """Whether the option switches something off: `--no-video`."""
        return self.default is True

    def check(self, value: Any) -> None:
        """Check a value.

        Raises:
            UsageError: its type or range is wrong.
        """
        if value is None and self.default is None:
            return
        if self.choices and value not in self.choices:
            raise UsageError(f"{self.name} expects {' or '.join(self.choices)} but got {value!r}.", self.name)
        if self.unit:
            bounds = "" if self.low == -inf else f" from {self.low:g} to {self.high:g}"
            number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else nan
            if not self.low <= number <= self.high:  # NaN is in no range
                raise UsageError(f"{self.name} expects a number{bounds} ({self.unit}) but got {value!r}.", self.name)

    def in_words(self, value: Any) -> str:
        """A value as text."""
        if value is None:
            return "not given"
        return self.text.show(value) if self.text else str(value)


def option(
    typed: str, default: Any, help: str, *, group: Group | None = None, argument: str = "", compare: bool = True, **more: Any
) -> Any:  # fmt: skip
    """A field of a group that is an option; see `Option`. Without `compare`, groups that differ in it only are equal."""
    known = {"typed": typed, "argument": argument, "help": help, "group": group, **more}
    return field(default=default, compare=compare, metadata=known)


def check_group(group: Any) -> None:
    """Check every option of a group.

    Raises:
        UsageError: the type or range of one is wrong.
    """
    for known in fields(group):
        if known.name in OPTIONS:
            OPTIONS[known.name].check(getattr(group, known.name))


@dataclass(frozen=True)
class ReadingOptions:
    """How a clip is read: which part, at what speed, which person. Fixed by the track.

    Times are the lifter's seconds from the clip's first frame.
    """

    slow_motion: float = option(
        "--slow-motion", 1.0, "How many times slower than life the clip plays.",
        kind=float, unit="times slower than life", remembered=True,
    )  # fmt: skip
    start_s: float | None = option(
        "--start", None, "Seconds to start at, or 1:05.", kind=float, unit="seconds", text=_SECONDS, remembered=True
    )
    end_s: float | None = option(
        "--end", None, "Seconds to end at, or 1:05.", kind=float, unit="seconds", text=_SECONDS, remembered=True
    )
    lifter: Side | None = option(
        "--lifter", None, "Where the lifter is among several people in the picture: left or right.",
        choices=get_args(Side), remembered=True,
    )  # fmt: skip
    #: Default: `pose.worker.DENSE_HZ` in quick movement, else half of it.
    pose_rate_hz: float | None = option(
        "--pose-rate", None,
        "Pictures a second that the pose model looks at, at most. Default: 15 in quick movement, else half as many.",
        kind=float, unit="frames a second", low=LEAST_RATE_HZ, high=240.0, remembered=True,
    )  # fmt: skip
    #: Changes no picture, so that a track made without it is as good.
    hwaccel: Hardware = option(
        "--hwaccel", "off", "auto: decode on the graphics hardware where it can, else in software.",
        choices=get_args(Hardware), compare=False,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_group(self)
        check_part(self.slow_motion, self.start_s, self.end_s)


@dataclass(frozen=True)
class JudgingOptions:
    """What is judged, and by which limits; can be changed for a saved track.

    `limits` is a TOML file with changes, or the changes by exercise and name of the limit (see `lifts.limits.load_limits`).
    """

    exercise: str = option(
        "--exercise", AUTO, "auto, or one of {exercises}; short names work too: rdl, bss.",
        short="-e", remembered=True, in_folder="exercise", on_phone=True,
    )  # fmt: skip
    limits: Path | Mapping[str, Any] | None = option(
        "--limits", None, "TOML file that changes limits; see `formcheck rules`.", kind=Path
    )
    goal: Goal = option(
        "--goal", "glutes", "What you train with split squats: glutes, or quads (an upright trunk is then fine).",
        choices=get_args(Goal), remembered=True, in_folder="goal", called="goal",
    )  # fmt: skip
    skip: str = option(
        "--skip", "", "Rules to leave out, separated by commas: torso_upright,no_hold.",
        metavar="RULES", remembered=True, in_folder="skip", called="rules left out",
    )  # fmt: skip
    side: Side | None = option(
        "--side", None, "The lifter's side nearest the camera: left or right.",
        choices=get_args(Side), panel="Reading the clip", remembered=True, on_phone=True, called="side",
    )  # fmt: skip
    leg: Side | None = option(
        "--leg", None, "The working (front) leg of a split squat: left or right.",
        choices=get_args(Side), panel="Reading the clip", remembered=True, called="working leg",
    )  # fmt: skip
    height_m: float | None = option(
        "--height", None, "The lifter's height, for metres without a plate: 172cm.",
        unit="m, the lifter's height", low=1.0, high=2.5, text=_length("172cm", ".0f"), panel="Reading the clip",
        remembered=True, called="height",
    )  # fmt: skip
    plate_diameter_m: float = option(
        "--plate-diameter", 0.45, "Diameter of the plates, for metres: 45cm.",
        unit="m", low=0.1, high=0.7, text=_length("45cm", ".4g"), panel="Reading the clip", remembered=True, called="plates",
    )  # fmt: skip
    load_kg: float | None = option(
        "--load", None, "Load, for the record: 60kg, 135lb, body weight.",
        unit="kg", low=0.0, high=MOST_KG, text=_LOAD, formerly="--weight", remembered=True, in_folder="load", on_phone=True,
        called="weight",
    )  # fmt: skip
    who: str | None = option(
        "--who", None, "Who lifts, for the record and the logbook: a name.", text=_WHO, metavar="NAME", panel="Logbook",
        variable=WHO_VARIABLE, remembered=True, in_folder="who", on_phone=True, called="lifter's name",
    )  # fmt: skip

    def __post_init__(self) -> None:
        if not isinstance(self.exercise, str):
            raise UsageError(f"{EXERCISE} expects a name but got {self.exercise!r}.", EXERCISE)
        if not isinstance(self.limits, Path | Mapping | None):
            raise UsageError(f"{LIMITS} expects a TOML file or a table of limits but got {self.limits!r}.", LIMITS)
        if not isinstance(self.who, str | None):
            raise UsageError(f"{WHO} expects a name but got {self.who!r}.", WHO)
        check_group(self)


@dataclass(frozen=True)
class DrawingOptions:
    """Which outputs are wanted, and how the video is drawn."""

    video: bool = option("--no-video", True, "Do not draw annotated.mp4.", kind=bool)
    report: bool = option("--no-report", True, "Do not write report.html.", kind=bool)
    style: Style = option("--style", "full", "Annotated video: full or minimal.", choices=get_args(Style))
    full_size: bool = option(
        "--full-size", False, "Keep the clip's size in the video; else 1920 pixels at most.", kind=bool
    )
    panel: PanelPlace = option(
        "--panel", "auto",
        "Where the video's text goes: side or below. Below, it can be read on a phone held upright; auto goes by the clip's"
        " shape.",
        choices=get_args(PanelPlace),
    )  # fmt: skip
    full_rate: bool = option(
        "--full-rate", False, "Keep all of the clip's pictures in the video; else 30 a second at most.", kind=bool
    )
    encoder: Encoder = option(
        "--encoder", "x264", "x264, or hardware: the graphics hardware's encoder where there is one (larger files).",
        choices=get_args(Encoder),
    )  # fmt: skip
    slow_faults: bool = option(
        "--slow-faults", False, "Replay the worst moment of each fault at quarter speed at the end.", kind=bool
    )
    single_file: bool = option(
        "--single-file", False, "Also write to-send.html: the report with pictures and a small video inside.", kind=bool
    )
    snapshots: bool = option("--snapshots", False, "Save a picture of every finding.", kind=bool)
    #: Chart library of the page: inline, or shared by the pages of a batch, so many folders up. Set by batch, not an option.
    library: Literal["inline", "shared"] = "inline"
    library_levels: int = 1

    def __post_init__(self) -> None:
        check_group(self)


@dataclass(frozen=True)
class LoggingOptions:
    """Whether to log the set, in which logbook (None: the user's own), and whether to copy the video."""

    log: bool = option("--log", False, "Write the set into the logbook; see `formcheck log`.", kind=bool)
    keep: bool = option("--keep", False, "With --log: copy the video beside the logbook.", kind=bool)
    logbook: Path | None = option(
        "--logbook", None, "The logbook. Default: your own.", kind=Path, metavar="FILE", variable=LOGBOOK_VARIABLE
    )

    def __post_init__(self) -> None:
        if self.keep and not self.log:
            raise UsageError("--keep copies the video of a logged set; add --log, or leave out --keep.")


@dataclass(frozen=True)
class Options:
    """What the user can say about an analysis."""

    #: What `formcheck.pose.find_model` finds by its name, or the model itself.
    model: Any = option(
        "--model", DEFAULT_MODEL,
        "Pose model: {models}, or a .task file. full is faster, and worse behind plates.", group="reading",
    )  # fmt: skip
    #: Keypoints that another tool found in the clip: they are judged, and no pose is estimated.
    track: Path | None = option(
        "--track", None,
        "Judge the keypoints that another tool found in the clip, in pixels: .trc, COCO .json, movement .nc, DeepLabCut"
        " or SLEAP.",
        argument="pose", kind=Path, group="reading",
    )  # fmt: skip
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    judging: JudgingOptions = field(default_factory=JudgingOptions)

    @classmethod
    def of(cls, **values: Any) -> Options:
        """Options by their fields' names, whatever the group: `Options.of(height_m=1.8, start_s=5)`.

        Raises:
            UsageError: a value is of the wrong kind or out of its range.
        """
        return changed(cls(), values)

    def values(self) -> dict[str, Any]:
        """Every option by its field's name."""
        return {name: value for group in (self, self.reading, self.judging) for name, value in _own(group).items()}


def changed(options: Options, values: Mapping[str, Any]) -> Options:
    """The options with new values, by their fields' names.

    Raises:
        UsageError: a value is of the wrong kind or out of its range.
    """
    reading, judging, own = (
        {name: value for name, value in values.items() if name in _own(group)}
        for group in (options.reading, options.judging, options)
    )
    unknown = set(values) - {*reading, *judging, *own}
    if unknown:
        raise TypeError(f"there is no option {sorted(unknown)[0]!r}")
    return replace(options, reading=replace(options.reading, **reading), judging=replace(options.judging, **judging), **own)


def _own(group: Any) -> dict[str, Any]:
    """The options that a group holds itself."""
    return {known.name: getattr(group, known.name) for known in fields(group) if known.metadata}


def _listed() -> dict[str, Option]:
    """Every option by its field's name, in the order in which they are offered."""
    groups: list[tuple[Group, type]] = [
        ("judging", JudgingOptions), ("reading", Options), ("reading", ReadingOptions), ("drawing", DrawingOptions),
        ("logging", LoggingOptions),
    ]  # fmt: skip
    found = {}
    for group, kind in groups:
        for known in fields(kind):
            if known.metadata:
                facts: dict[str, Any] = {**known.metadata, "group": known.metadata["group"] or group}
                name = OptionName(facts.pop("typed"), facts.pop("argument") or known.name)
                found[known.name] = Option(name, known.name, default=known.default, **facts)
    return found


OPTIONS = _listed()


def options_in(*groups: Group) -> list[Option]:
    """The options of some parts of the work."""
    return [known for known in OPTIONS.values() if known.group in groups]


#: Options that sentences name.
EXERCISE, LIMITS, LEG, START, END, SLOW_MOTION, LIFTER, MODEL, WHO = (
    OPTIONS[known].name for known in ("exercise", "limits", "leg", "start_s", "end_s", "slow_motion", "lifter", "model", "who")
)


def check_part(slow_motion: float, start_s: float | None, end_s: float | None) -> None:
    """Check what is said of a clip's speed and of the part of it that is wanted.

    Raises:
        UsageError: the factor is not between 0 and 100, or the part ends before it begins.
    """
    if not 0 < slow_motion <= 100:
        raise UsageError(
            f"{SLOW_MOTION} expects a factor between 0 and 100 but got {slow_motion:g}; use 4 for a clip that"
            " plays four times slower than life.",
            SLOW_MOTION,
        )
    if start_s is not None and end_s is not None and end_s <= start_s:
        raise UsageError(f"{END} ({end_s:g} s) must be later than {START} ({start_s:g} s).", START, END)


def check_workers(count: int | None) -> None:
    """Check a number of worker processes; None is one for each core.

    Raises:
        UsageError: it is less than one.
    """
    if count is not None and count < 1:
        raise UsageError(f"--workers expects at least 1 but got {count}.")
