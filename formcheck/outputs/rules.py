"""`formcheck rules`: every rule with its meaning, limits, units and sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from formcheck.lifts.exercise import Exercise, Rule
from formcheck.lifts.limits import Limit, Limits, load_limits
from formcheck.lifts.registry import exercise_named, exercises


@dataclass(frozen=True)
class RuleSummary:
    """A rule of an exercise with its meaning, cue, and limits by name.

    `core` rules must be judged for a clean rep; `informational` ones are never a fault.
    """

    exercise: str
    rule: str
    meaning: str
    cue: str
    informational: bool
    core: bool
    limits: dict[str, Limit]


def print_rules(console: Console, exercise: str | None, limits: Path | Mapping[str, Any] | None) -> None:
    """Print the rules of one exercise or of all.

    Raises:
        UsageError: the exercise is unknown or the limits file cannot be used.
    """
    known = load_limits(limits)
    for wanted in _wanted(exercise):
        console.print(Text(f"\n{wanted.title}  [{wanted.name}]", style="bold"))
        console.print(Text("A rep is clean when all core rules were judged and none found anything.", style="dim"))
        for rule in wanted.rules:
            note = "  (a note)" if rule.informational else "  (core)" if rule.id in wanted.core else ""
            console.print(Padding(Text.assemble((rule.id, "cyan"), f"  {rule.meaning}{note}"), (1, 0, 0, 2)))
            for name in rule.limit_names:
                limit = known[wanted.name][name]
                line = f"{limit.value:g} {limit.unit} (borderline band {limit.borderline:g}): {limit.meaning}"
                console.print(Padding(Text(line), (0, 0, 0, 4)))
                console.print(Padding(Text(limit.source, style="dim"), (0, 0, 0, 4)))
                if limit.band:
                    console.print(Padding(Text(f"Borderline band: {limit.band}", style="dim"), (0, 0, 0, 4)))
            console.print(Padding(Text("→ " + rule.cue, style="bold"), (0, 0, 0, 4)))
    console.print()


def rules_as_data(exercise: str | None, limits: Path | Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The same as plain data."""
    return [asdict(rule) for rule in rule_summaries(exercise, limits)]


def rules_as_toml(exercise: str | None, limits: Path | Mapping[str, Any] | None) -> str:
    """A limits file with every key and its value, ready to be changed."""
    known = load_limits(limits)
    lines = ["# Limits of formcheck. Change what you like and use it with `--limits`; what you leave out keeps its default."]
    for wanted in _wanted(exercise):
        own = known[wanted.name]
        lines += ["", f"# {wanted.title}", f"[{wanted.name}]"]
        for rule in wanted.rules:
            lines.append(f'# {rule.title}. To switch it off, write {rule.id} = "off" instead.')
            if _off(rule, own):
                lines.append(f'{rule.id} = "off"')
                continue
            for name in rule.limit_names:
                limit = own[name]
                entry = f'value = {limit.value:g}, borderline = {limit.borderline:g}, unit = "{limit.unit}"'
                lines.append(f"{name} = {{ {entry} }}  # {limit.meaning}")
    return "\n".join(lines) + "\n"


def _off(rule: Rule, limits: Mapping[str, Limit]) -> bool:
    return all(limits[name].off for name in rule.limit_names)


def rule_summaries(exercise: str | None, limits: Path | Mapping[str, Any] | None) -> tuple[RuleSummary, ...]:
    """The rules of one exercise or of all, with their limits.

    Raises:
        UsageError: the exercise is unknown or the limits file cannot be used.
    """
    known: Limits = load_limits(limits)
    return tuple(
        RuleSummary(
            exercise=wanted.name,
            rule=rule.id,
            meaning=rule.meaning,
            cue=rule.cue,
            informational=rule.informational,
            core=rule.id in wanted.core,
            limits={name: known[wanted.name][name] for name in rule.limit_names},
        )
        for wanted in _wanted(exercise)
        for rule in wanted.rules
    )


def _wanted(name: str | None) -> tuple[Exercise, ...]:
    return exercises() if name is None else (exercise_named(name),)
