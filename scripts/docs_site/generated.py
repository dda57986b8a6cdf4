"""What the package says of itself: commands and options, rules with their limits, the Python API."""

from __future__ import annotations

import typer
from typer.cli import get_docs_for_click

import formcheck
from formcheck.apps.cli import app
from formcheck.lifts.registry import exercises


def commands_page() -> str:
    """Every command with its options, as `--help` has them."""
    command = typer.main.get_command(app)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command, info_name="formcheck"), name="formcheck")
    return text.replace("# `formcheck`", "# Commands", 1)


def rules_tables() -> str:
    """Every rule of every exercise: its meaning, cue, limits and where each limit comes from."""
    lines = ["## Every rule with its limits", ""]
    for exercise in exercises():
        lines += [f"### {exercise.title}", ""]
        for facts in formcheck.rules(exercise.name):
            kind = "informational" if facts.informational else "core" if facts.core else "not core"
            lines += [f"**`{facts.rule}`** ({kind}): {facts.meaning}  ", f"*Cue:* {facts.cue}", ""]
            if facts.limits:
                lines += ["| limit | value | borderline | meaning | source |", "|---|---|---|---|---|"]
            for name, limit in facts.limits.items():
                cells = (f"`{name}`", f"{limit.value:g} {limit.unit}", f"{limit.borderline:g}", limit.meaning, limit.source)
                lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
            lines.append("")
    return "\n".join(lines)


def api_page() -> str:
    """The stable names, each from its docstring."""
    lines = ["## The names", "", formcheck.__doc__.strip().splitlines()[-1], ""]
    for name in ("analyze", "load", "rules", *sorted(set(formcheck.__all__) - {"analyze", "load", "rules", "__version__"})):
        home = getattr(formcheck, name).__module__
        lines += [f"::: {home}.{name}", "    options:", f"      heading: formcheck.{name}", "      heading_level: 3", ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
