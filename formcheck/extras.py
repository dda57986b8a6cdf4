"""Libraries that only some formats need: imported when they are used, and asked for in a sentence when they are not there."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from formcheck.errors import UsageError

#: Which extra of the package brings a library.
EXTRAS = {
    "pandas": "tables", "xarray": "formats", "ezc3d": "formats", "h5py": "formats", "sleap_io": None,
    **dict.fromkeys(("starlette", "uvicorn", "segno", "cryptography", "ifaddr"), "serve"),
}  # fmt: skip


def library(name: str, purpose: str) -> Any:
    """The imported library.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError:
        extra = EXTRAS.get(name.partition(".")[0])
        wanted = f"formcheck[{extra}]" if extra else name
        raise UsageError(f"{purpose} needs {name}, which is not installed; install it with: pip install '{wanted}'.") from None
