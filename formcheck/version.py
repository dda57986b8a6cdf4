"""The version, where every room can read it without the package's face, which knows all of them."""

from __future__ import annotations

__version__ = "0.3.0"
