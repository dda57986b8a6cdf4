"""Corrections by a person: reps struck out, findings refused, another exercise or working leg.

They are kept in a file beside the analysis, and applied whenever the clip is analysed again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import msgspec

from formcheck.errors import UsageError, why
from formcheck.results.analysis import Analysis
from formcheck.runtime.files import write_text

FILE = "corrections.json"
#: Tolerance when a correction's time is matched to a rep, seconds: its edges may move a little.
NEAR_S = 0.15


@dataclass(frozen=True)
class Correction:
    """A correction of the rep at `at_s` (the lifter's seconds): it is not a rep, or the finding of `rule` is not a fault.

    `because` is the reason.
    """

    kind: Literal["not_a_rep", "not_a_fault"]
    at_s: float
    rule: str = ""
    because: str = ""


@dataclass(frozen=True)
class Corrections:
    """All corrections of a clip."""

    items: tuple[Correction, ...] = ()
    exercise: str | None = None
    leg: Literal["left", "right"] | None = None
    schema: Literal["formcheck.corrections/1"] = field(default="formcheck.corrections/1", kw_only=True)

    def strikes(self, start_s: float, end_s: float) -> Correction | None:
        """The correction that strikes out the rep between two times, if any."""
        return self._about("not_a_rep", start_s, end_s)

    def refuses(self, rule: str, start_s: float, end_s: float) -> Correction | None:
        """The correction that refuses a rule's finding in that rep, if any."""
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

    def of_set(self, analysis: Analysis) -> Corrections:
        """Those of one set of a clip, by its analysis; all of them where the clip has a single set."""
        if not analysis.sets:
            return self

        def nearest(at_s: float) -> int:
            return min(analysis.sets, key=lambda one: max(one.first_s - at_s, at_s - one.last_s)).number

        return replace(self, items=tuple(item for item in self.items if nearest(item.at_s) == analysis.set_number))

    def without_set(self, analysis: Analysis) -> Corrections:
        """Those of the clip's other sets."""
        own = self.of_set(analysis).items
        return Corrections(tuple(item for item in self.items if item not in own))

    def with_item(self, item: Correction) -> Corrections:
        """With one more correction, replacing an earlier one of the same."""
        others = (one for one in self.items if (one.kind, one.rule, one.at_s) != (item.kind, item.rule, item.at_s))
        return replace(self, items=(*others, item))


NOTHING = Corrections()


def read_corrections(folder: Path | None) -> Corrections:
    """The corrections in a clip's output folder; none without such a folder or file.

    Raises:
        UsageError: the file does not hold corrections.
    """
    path = None if folder is None else folder / FILE
    if path is None or not path.is_file():
        return NOTHING
    try:
        return msgspec.json.decode(path.read_bytes(), type=Corrections)
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise UsageError(f"{path} does not hold corrections ({why(error)}); move it away, and correct again.") from None


def write_corrections(folder: Path, corrections: Corrections) -> None:
    """Write the corrections; without any, remove the file."""
    if corrections == NOTHING:
        (folder / FILE).unlink(missing_ok=True)
    else:
        write_text(folder / FILE, msgspec.json.format(msgspec.json.encode(corrections), indent=2).decode() + "\n")
