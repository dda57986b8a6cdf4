"""Options of the command line, made from `formcheck.options`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from formcheck.lifts.registry import option_names
from formcheck.options import (
    OPTIONS,
    WHO_VARIABLE,
    DrawingOptions,
    Group,
    LoggingOptions,
    Option,
    Options,
    changed,
    options_in,
)
from formcheck.pose.registry import model_names
from formcheck.runtime.files import home_expanded
from formcheck.units import Load, parse_load

_Command = Callable[..., None]
_PANELS: dict[Group, str] = {
    "reading": "Reading the clip", "judging": "Judging", "drawing": "Outputs", "logging": "Logbook",
}  # fmt: skip


def typer_option(name: str) -> Any:
    """The typer option of a field, without its type."""
    option = OPTIONS[name]
    typed = [option.name.option, *([option.short] if option.short else [])]
    names = {"exercises": ", ".join(option_names()), "models": ", ".join(model_names())}
    return typer.Option(
        *typed, rich_help_panel=option.panel or _PANELS[option.group], help=option.help.format(**names),
        metavar=option.metavar, envvar=option.variable or None,
    )  # fmt: skip


ModelOption = Annotated[str, typer_option("model")]
LimitsOption = Annotated[Path | None, typer_option("limits")]
LogbookOption = Annotated[Path | None, typer_option("logbook")]
WhoFilter = Annotated[
    str | None, typer.Option("--who", metavar="NAME", envvar=WHO_VARIABLE, help="Only this person's sets.")
]
ExerciseFilter = Annotated[str | None, typer.Option("--exercise", "-e", help="Only this exercise.")]
NoVideoOption = Annotated[bool, typer_option("video")]

# Options of the command line only.

_OUTPUT = _PANELS["drawing"]

OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", rich_help_panel=_OUTPUT, help="Output folder. Default: CLIP.formcheck beside the clip."),
]
BatchOutOption = Annotated[
    Path | None, typer.Option("--out", "-o", rich_help_panel=_OUTPUT, help="Output folder. Default: FOLDER.formcheck.")
]
OpenOption = Annotated[bool, typer.Option("--open", rich_help_panel=_OUTPUT, help="Open the page in the browser.")]
FailOption = Annotated[
    bool, typer.Option("--fail-on-fault", rich_help_panel=_OUTPUT, help="Exit with code 1 when a fault was found.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", rich_help_panel=_OUTPUT, help="Print errors only.")]
WorkersOption = Annotated[int | None, typer.Option(help="Worker processes. Default: one for each core.")]
JsonOption = Annotated[bool, typer.Option("--json", rich_help_panel=_OUTPUT, help="Print the result as JSON.")]


@dataclass(frozen=True)
class Given:
    """The validated options of a command.

    Attributes:
        typed: values of the typed options by field name.
        load: the load in the owner's unit; None if not given.
    """

    options: Options
    drawing: DrawingOptions
    logging: LoggingOptions
    typed: Mapping[str, Any] = field(default_factory=dict)
    load: Load | None = None


def with_options(*groups: Group, without: frozenset[str] = frozenset()) -> Callable[[_Command], _Command]:
    """Replace the parameter `given` of a command by the options of some groups, except the fields in `without`."""
    offered = [option for option in options_in(*groups) if option.field not in without]

    def decorate(command: _Command) -> _Command:
        shared = [_parameter(option) for option in offered]
        shared += [
            Parameter(_former(option), Parameter.KEYWORD_ONLY, default=None,
                      annotation=Annotated[str | None, typer.Option(option.formerly, hidden=True)])
            for option in offered if option.formerly
        ]  # fmt: skip
        own_hints = get_type_hints(command, include_extras=True)
        own = [
            parameter.replace(annotation=own_hints[parameter.name])
            for parameter in signature(command).parameters.values()
            if parameter.name != "given"
        ]

        def called(context: typer.Context, **said: Any) -> None:
            raw = {parameter.name: said.pop(parameter.name) for parameter in shared}
            typed = frozenset(
                name for name in raw
                if (source := context.get_parameter_source(name)) and source.name not in ("DEFAULT", "ENVIRONMENT")
            )
            command(**said, given=given(offered, raw, typed))

        called.__name__, called.__doc__ = command.__name__, command.__doc__
        parameters = [Parameter("context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context), *own, *shared]
        called.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # read by typer
        called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return called

    return decorate


def given(offered: list[Option], raw: Mapping[str, Any], typed: frozenset[str]) -> Given:
    """Validate the options.

    Args:
        raw: values by field name, as on the command line.
        typed: names of the typed options.

    Raises:
        UsageError: one of them cannot be used.
    """
    values: dict[str, Any] = {}
    named = set()
    for option in offered:
        name, text = option.field, raw[option.field]
        if text is None and option.formerly:
            text = raw[_former(option)]
        if text is None:
            continue
        if option.kind is bool:
            values[name] = text != option.negated
        else:
            value = option.text.read(text, option.name.option) if option.text else text
            values[name] = home_expanded(value) if isinstance(value, Path) else value
        if typed & {name, _former(option)}:
            named.add(name)
    groups = {
        group: {option.field: values[option.field] for option in options_in(group) if option.field in values}
        for group in _PANELS
    }
    load = raw.get("load_kg") or raw.get("weight")
    return Given(
        options=changed(Options(), {**groups["reading"], **groups["judging"]}),
        drawing=DrawingOptions(**groups["drawing"]),
        logging=LoggingOptions(**groups["logging"]),
        typed={name: values[name] for name in values if name in named},
        load=None if load is None else parse_load(load),
    )


def _parameter(option: Option) -> Parameter:
    kind: Any = str if option.text else option.kind
    default = _typed_default(option)
    kind = kind if default is not None else kind | None
    return Parameter(
        option.field, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, typer_option(option.field)]
    )


def _typed_default(option: Option) -> Any:
    """The default as it would be typed: "45cm"; False for options that switch something off."""
    if option.kind is bool:
        return False
    if option.text and option.default is not None:
        return option.text.show(option.default).replace(" ", "")
    return option.default


def _former(option: Option) -> str:
    return option.formerly.removeprefix("--").replace("-", "_")
