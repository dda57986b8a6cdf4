"""Writing pages: one HTML file from a template, with styles, scripts and data inside."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import jinja2
from markupsafe import Markup

from formcheck.outputs.words import accepted, amount, as_sentence, clock, measured, seconds
from formcheck.runtime.files import write_text
from formcheck.version import __version__

#: Folder of the chart library shared by the pages of a batch.
SHARED_FOLDER = "formcheck-assets"
LIBRARY = ("uPlot.iife.min.js", "uPlot.min.css")
LIBRARY_NAME = "uPlot 1.6.32 (MIT)"
_OWN = "formcheck.outputs.page"


def write_shell(
    path: Path,
    template: str,
    data: Any,
    *,
    styles: str,
    script: str,
    library: Literal["inline", "shared"] = "inline",
    levels: int = 1,
    **context: Any,
) -> Path:
    """Write a page to `path` and return it; a single file, except for a shared chart library.

    Args:
        template: Jinja source that extends "shell.html" with its blocks "title" and "page". "@@SIZE@@" is replaced by the
            page's size.
        data: JSON in the element `data`, for the script.
        styles, script: CSS and JavaScript of the page, in addition to the common ones.
        library: "inline" includes the chart library, "shared" links it `levels` folders above.
        context: variables of the template.
    """
    environment = jinja2.Environment(
        loader=jinja2.DictLoader({name: asset(name) for name in ("shell.html", "icons.html")}),
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    environment.filters.update(number=_number, seconds=seconds, clock=clock, amount=amount, sentence=as_sentence,
        first_upper=_first_upper, measured=measured, accepted=accepted)
    page = environment.from_string(template).render(
        version=__version__,
        scripts=_library(library, levels),
        style=Markup(asset("base.css") + styles),
        theme=Markup(asset("theme.js")),
        common=Markup(asset("common.js")),
        script=Markup(script),
        data=Markup(json_for_script(data)),
        library_name=LIBRARY_NAME,
        library_kind=library,
        **context,
    )
    write_text(path, page.replace("@@SIZE@@", f"{len(page.encode()) / 1024:.0f} KB"))
    return path


def asset(name: str, folder: str = "assets", package: str = _OWN) -> str:
    """The text of a package's file."""
    return files(package).joinpath(folder).joinpath(name).read_text(encoding="utf-8")


def json_for_script(data: Any) -> str:
    """JSON for a <script> element, with "<", ">" and "&" escaped."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def write_shared_library(folder: Path) -> None:
    """Write the chart library unless it exists; safe for several clips at the same time."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*LIBRARY, "uPlot.LICENSE.txt"):
        content = asset(name, "vendor")
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            write_text(path, content)


def _library(kind: str, levels: int) -> dict[str, Any]:
    script, style = LIBRARY
    if kind == "shared":
        folder = "../" * levels + SHARED_FOLDER
        return {"inline": False, "script": f"{folder}/{script}", "style": f"{folder}/{style}"}
    return {"inline": True, "script": Markup(asset(script, "vendor")), "style": Markup(asset(style, "vendor"))}


def _number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
