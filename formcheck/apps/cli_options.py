"""The options that `analyze`, `render` and `batch` share: their names, help, defaults and checks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import typer

from formcheck.apps.logbook.entry import Load, parse_load
from formcheck.errors import HEIGHT, LEG, LIFTER, PLATE_DIAMETER, SIDE, UsageError
from formcheck.lifts.registry import AUTO, typed_names
from formcheck.options import AnalyzeOptions, one_side
from formcheck.outputs.outputs import OutputOptions, checked_style
from formcheck.pose.estimate import PoseOptions
from formcheck.pose.registry import DEFAULT, model_names

_INPUT, _JUDGING, _OUTPUT = "Reading the clip", "Judging", "Outputs"

ExerciseOption = Annotated[
    str,
    typer.Option(
        "--exercise", "-e", rich_help_panel=_JUDGING,
        help=f"{AUTO}, or one of {', '.join(typed_names())}; or what you call it: rdl, bss.",
    ),
]  # fmt: skip
OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", rich_help_panel=_OUTPUT, help="Output folder. Default: CLIP.formcheck beside the clip."),
]
BatchOutOption = Annotated[
    Path | None, typer.Option("--out", "-o", rich_help_panel=_OUTPUT, help="Output folder. Default: FOLDER.formcheck.")
]
ModelOption = Annotated[
    str,
    typer.Option(
        rich_help_panel=_INPUT,
        help=f"Pose model: {', '.join(model_names())}, or a .task file. full is faster, and worse behind plates.",
    ),
]
LimitsOption = Annotated[
    Path | None, typer.Option(rich_help_panel=_JUDGING, help="TOML file that changes single limits; see `formcheck rules`.")
]
NoVideoOption = Annotated[bool, typer.Option("--no-video", rich_help_panel=_OUTPUT, help="Do not draw annotated.mp4.")]
NoReportOption = Annotated[bool, typer.Option("--no-report", rich_help_panel=_OUTPUT, help="Do not write report.html.")]
LoadOption = Annotated[
    str | None, typer.Option("--load", rich_help_panel=_JUDGING, help="Load, for the record: 60kg, 135lb, body weight.")
]
#: What --load was called before.
WeightOption = Annotated[str | None, typer.Option("--weight", hidden=True)]
SlowMotionOption = Annotated[
    float, typer.Option(rich_help_panel=_INPUT, help="How many times slower than life the clip plays.")
]
StartOption = Annotated[float | None, typer.Option(rich_help_panel=_INPUT, help="Seconds to start at.")]
EndOption = Annotated[float | None, typer.Option(rich_help_panel=_INPUT, help="Seconds to end at.")]
SideOption = Annotated[
    str | None, typer.Option(rich_help_panel=_INPUT, help="The lifter's side nearest the camera: left or right.")
]
LegOption = Annotated[
    str | None, typer.Option(rich_help_panel=_INPUT, help="The working (front) leg of a split squat: left or right.")
]
LifterOption = Annotated[
    str | None,
    typer.Option(rich_help_panel=_INPUT, help="Where the lifter is among several people in the picture: left or right."),
]
HeightOption = Annotated[
    str | None, typer.Option(rich_help_panel=_INPUT, help="The lifter's height, for metres without a plate: 172cm.")
]
PlateOption = Annotated[
    str, typer.Option(rich_help_panel=_INPUT, help="Diameter of the plates, for metres: 45cm.")
]
RateOption = Annotated[
    float | None,
    typer.Option(
        rich_help_panel=_INPUT,
        help="Pictures a second that the pose model looks at, at most. Default: 15 in quick movement, else half as many.",
    ),
]
TrackOption = Annotated[
    Path | None,
    typer.Option(
        rich_help_panel=_INPUT,
        help="Judge the keypoints that another tool found in the clip, in pixels: .trc, COCO .json, movement .nc, DeepLabCut"
        " or SLEAP.",
    ),
]
StyleOption = Annotated[str, typer.Option(rich_help_panel=_OUTPUT, help="Annotated video: full or minimal.")]
FullSizeOption = Annotated[
    bool,
    typer.Option("--full-size", rich_help_panel=_OUTPUT, help="Keep the clip's size in the video; else 1920 pixels at most."),
]
SlowFaultsOption = Annotated[
    bool, typer.Option("--slow-faults", rich_help_panel=_OUTPUT, help="Replay each fault at quarter speed at the end.")
]
SnapshotsOption = Annotated[
    bool, typer.Option("--snapshots", rich_help_panel=_OUTPUT, help="Save a picture of every finding.")
]
FailOption = Annotated[
    bool, typer.Option("--fail-on-fault", rich_help_panel=_OUTPUT, help="Exit with code 1 when a fault was found.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", rich_help_panel=_OUTPUT, help="Print errors only.")]
JsonOption = Annotated[bool, typer.Option("--json", rich_help_panel=_OUTPUT, help="Print the result as JSON.")]

#: Metres in one of each unit that people write.
_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254, '"': 0.0254, "ft": 0.3048}


@dataclass(frozen=True)
class CommonOptions:
    """The options that the commands share, as they were typed; `with_common_options` makes them a command's own."""

    exercise: ExerciseOption = "auto"
    model: ModelOption = DEFAULT
    limits: LimitsOption = None
    no_video: NoVideoOption = False
    no_report: NoReportOption = False
    load: LoadOption = None
    weight: WeightOption = None
    slow_motion: SlowMotionOption = 1.0
    start: StartOption = None
    end: EndOption = None
    side: SideOption = None
    leg: LegOption = None
    lifter: LifterOption = None
    height: HeightOption = None
    plate_diameter: PlateOption = "45cm"
    pose_rate: RateOption = None
    track: TrackOption = None
    style: StyleOption = "full"
    full_size: FullSizeOption = False
    slow_faults: SlowFaultsOption = False
    snapshots: SnapshotsOption = False
    #: Names of the options that were typed, whatever their value; no option itself.
    given: frozenset[str] = frozenset()

    @property
    def judging_given(self) -> tuple[str, ...]:
        """The fields of `AnalyzeOptions` that decide the judging and were typed."""
        return tuple(dict.fromkeys(field for option, field in _JUDGING_FIELDS.items() if option in self.given))

    def analyze_options(self) -> AnalyzeOptions:
        """The checked options of the analysis.

        Raises:
            UsageError: one of them cannot be used.
        """
        load = self.given_load()
        return AnalyzeOptions(
            exercise=self.exercise,
            model=self.model,
            limits=self.limits,
            side=one_side(SIDE, self.side),
            leg=one_side(LEG, self.leg),
            load_kg=None if load is None else load.kg,
            height_m=None if self.height is None else quantity(self.height, _METRES, HEIGHT.option, "172cm"),
            plate_diameter_m=quantity(self.plate_diameter, _METRES, PLATE_DIAMETER.option, "45cm"),
            track=self.track,
            pose=PoseOptions(self.pose_rate, self.slow_motion, self.start, self.end, one_side(LIFTER, self.lifter)),
        )

    def given_load(self) -> Load | None:
        """The load as its owner counts it; None where nobody said it.

        Raises:
            UsageError: it is no load.
        """
        text = self.load if self.load is not None else self.weight
        return None if text is None else parse_load(text)

    def output_options(self, library: Literal["inline", "shared"] = "inline") -> OutputOptions:
        """The checked options of the outputs.

        Raises:
            UsageError: the style is unknown.
        """
        return OutputOptions(
            video=not self.no_video,
            report=not self.no_report,
            style=checked_style(self.style),
            full_size=self.full_size,
            slow_faults=self.slow_faults,
            snapshots=self.snapshots,
            library=library,
        )


#: Which options decide what of `AnalyzeOptions`, once a clip has been read.
_JUDGING_FIELDS = {
    "exercise": "exercise", "limits": "limits", "side": "side", "leg": "leg", "height": "height_m",
    "plate_diameter": "plate_diameter_m", "load": "load_kg", "weight": "load_kg",
}  # fmt: skip
#: What decides how the clip is read: fixed once it has been read.
READING = frozenset({"model", "slow_motion", "start", "end", "lifter", "pose_rate", "track"})


def with_common_options(*, without: frozenset[str] = frozenset()) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option for each of `CommonOptions` in place of its parameter `common`.

    Options named in `without` are not offered and keep their defaults.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(CommonOptions, include_extras=True)
        shared = [
            Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name])
            for field in fields(CommonOptions)
            if field.name not in {*without, "given"}
        ]
        own_hints = get_type_hints(command, include_extras=True)
        own = [
            parameter.replace(annotation=own_hints[parameter.name])
            for parameter in signature(command).parameters.values()
            if parameter.name != "common"
        ]

        def called(context: typer.Context, **typed: Any) -> None:
            given = {name for name in typed if (source := context.get_parameter_source(name)) and source.name == "COMMANDLINE"}
            common = CommonOptions(**{option.name: typed.pop(option.name) for option in shared}, given=frozenset(given))
            command(**typed, common=common)

        called.__name__, called.__doc__ = command.__name__, command.__doc__
        parameters = [Parameter("context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context), *own, *shared]
        called.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # what typer makes the options from
        called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return called

    return decorate


def quantity(text: str, units: dict[str, float], option: str, example: str) -> float:
    """Read a number with its unit, e.g. "45cm", in the base unit.

    Raises:
        UsageError: it is no number with one of the `units`.
    """
    match = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?)\s*([a-zA-Z\"]+)\s*", text)
    factor = units.get(match.group(2).lower()) if match else None
    if match is None or factor is None:
        names = ", ".join(unit for unit in units if unit.isalpha())
        raise UsageError(f"{option} expects a number with a unit ({names}) but got {text!r}; write for example {example}.")
    value = float(match.group(1).replace(",", ".")) * factor
    if value <= 0:
        raise UsageError(f"{option} expects a value above zero but got {text!r}.")
    return value
