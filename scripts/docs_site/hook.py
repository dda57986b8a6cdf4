"""What mkdocs calls: the pages, and the files they show, come from elsewhere than its folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files, InclusionLevel

sys.path[:0] = [str(folder) for folder in (Path(__file__).parents[1], Path(__file__).parents[2])]

from docs_site.pages import PAGES, ROOT, page_text  # noqa: E402  # mkdocs loads this file by its path


def on_config(config: Any) -> Any:
    """Pages that mkdocs.yml does not name come last."""
    named = {name for entry in config.nav for name in entry.values()}
    config.nav += [name for name in PAGES if name not in named]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add every page and every file that a page shows or links."""
    copied: set[str] = set()
    for name in PAGES:
        files.append(File.generated(config, name, content=page_text(name, copied)))
    for path in sorted(copied):
        content = (ROOT / path).read_bytes()
        files.append(File.generated(config, f"files/{path}", content=content, inclusion=InclusionLevel.NOT_IN_NAV))
    return files
