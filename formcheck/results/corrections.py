"""What a person says of a set that formcheck judged: a rep that is none, a finding that is wrong, another exercise or leg.

It is kept beside the analysis in a file of its own, which analysing the clip again leaves alone and obeys.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import msgspec

from formcheck.errors import UsageError, why
from formcheck.runtime.files import write_text

FILE = "corrections.json"
#: A moment that is meant lies in the rep, or this close to it, seconds: judged again a rep may begin a little later.
NEAR_S = 0.15


@dataclass(frozen=True)
class Correction:
    """One thing that a person says of the rep at a moment, in the lifter's seconds: that it is no rep, or that what `rule`
    found in it is no fault. `because` is their reason."""

    kind: Literal["not_a_rep", "not_a_fault"]
    at_s: float
    rule: str = ""
    because: str = ""


@dataclass(frozen=True)
class Corrections:
    """Everything that a person says of a clip."""

    items: tuple[Correction, ...] = ()
    exercise: str | None = None
    leg: Literal["left", "right"] | None = None
    schema: Literal["formcheck.corrections/1"] = field(default="formcheck.corrections/1", kw_only=True)

    def strikes(self, start_s: float, end_s: float) -> Correction | None:
        """What says that the rep between two times is none."""
        return self._about("not_a_rep", start_s, end_s)

    def refuses(self, rule: str, start_s: float, end_s: float) -> Correction | None:
        """What says that a rule's finding in that rep is wrong."""
        return self._about("not_a_fault", start_s, end_s, rule)

    def _about(self, kind: str, start_s: float, end_s: float, rule: str = "") -> Correction | None:
        return next(
            (
                one
                for one in self.items
                if (one.kind, one.rule) == (kind, rule) and start_s - NEAR_S <= one.at_s <= end_s + NEAR_S
            ),
            None,
        )

    def with_item(self, item: Correction) -> Corrections:
        """With one more; what was said of the same before gives way to it."""
        others = (one for one in self.items if (one.kind, one.rule, one.at_s) != (item.kind, item.rule, item.at_s))
        return replace(self, items=(*others, item))


NOTHING = Corrections()


def read_corrections(folder: Path | None) -> Corrections:
    """What was said of the clip of an output folder; nothing where there is no such folder or file.

    Raises:
        UsageError: the file is something else.
    """
    path = None if folder is None else folder / FILE
    if path is None or not path.is_file():
        return NOTHING
    try:
        return msgspec.json.decode(path.read_bytes(), type=Corrections)
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise UsageError(f"{path} does not hold corrections ({why(error)}); move it away, and say them again.") from None


def write_corrections(folder: Path, corrections: Corrections) -> None:
    """Write them; without any, the file goes."""
    if corrections == NOTHING:
        (folder / FILE).unlink(missing_ok=True)
    else:
        write_text(folder / FILE, msgspec.json.format(msgspec.json.encode(corrections), indent=2).decode() + "\n")
