"""What a label says of each repetition: the column `rep_faults`, and the faults of each rep of a rendered truth."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: In a cell: the rep is clean of every fault that the cell names.
NONE = "none"

_ENTRY = re.compile(r"(\d+)\s*:\s*([a-z_]+(?:\s*\+\s*[a-z_]+)*)")


@dataclass(frozen=True)
class RepLabel:
    """Rules that are certainly broken in a rep and rules that are certainly kept; of all others nothing is known."""

    faulty: frozenset[str] = frozenset()
    clean: frozenset[str] = frozenset()


def read_cell(cell: str, reps: int) -> dict[int, RepLabel]:
    """The reps that a cell such as `1:none;3:short_range+bar_drift` speaks of, by number.

    A rep with faults is known to have these; whether it has another one that the cell names is not said.

    Raises:
        ValueError: the cell does not follow this form, or names a rep twice or one beyond `reps`.
    """
    entries: dict[int, tuple[str, ...]] = {}
    for part in (part.strip() for part in cell.split(";") if part.strip()):
        found = _ENTRY.fullmatch(part)
        if not found:
            raise ValueError(f"rep_faults has {part!r}; expected REP:FAULT+FAULT or REP:{NONE}, with ; between reps.")
        number, names = int(found[1]), tuple(name.strip() for name in found[2].split("+"))
        if not 1 <= number <= reps:
            raise ValueError(f"rep_faults names rep {number}; expected a number from 1 to {reps}, the labelled reps.")
        if number in entries:
            raise ValueError(f"rep_faults names rep {number} twice; expected each rep once.")
        if NONE in names and len(names) > 1:
            raise ValueError(f"rep_faults has {part!r}; expected {NONE} or faults, not both.")
        entries[number] = names
    named = frozenset(name for names in entries.values() for name in names) - {NONE}
    return {
        number: RepLabel(clean=named) if names == (NONE,) else RepLabel(faulty=frozenset(names))
        for number, names in entries.items()
    }


def cell_of(own: Mapping[int, RepLabel]) -> str:
    """The cell that `read_cell` reads these entries from."""
    return ";".join(f"{number}:{'+'.join(sorted(known.faulty)) or NONE}" for number, known in sorted(own.items()))


def from_truth(
    faults: Sequence[Sequence[str] | None], clean_of: Sequence[Sequence[str] | None] = ()
) -> dict[int, RepLabel]:
    """The reps of a rendered truth, whose lists are complete: what one rep has and another does not is clean there.

    `faults` has a list a rep, or None where the truth does not say. A truth with a grey zone lists in `clean_of` what each
    rep certainly keeps; then nothing else counts as clean.
    """
    named = frozenset(name for names in faults for name in names or ())
    kept = [None if names is None else frozenset(names) for names in clean_of] or [None] * len(faults)
    return {
        number: RepLabel(frozenset(names), named - frozenset(names) if clean is None else clean)
        for number, (names, clean) in enumerate(zip(faults, kept, strict=True), start=1)
        if names is not None
    }


def rep_label(own: RepLabel | None, faults: Sequence[str], clean_of: Sequence[str]) -> RepLabel:
    """What is known of a rep from its `own` entry and from what holds for the whole clip; its own entry comes first.

    The clip's faults hold for every rep, but not for one whose entry names no fault (`none`): there they are unknown.
    """
    if own is None:
        return RepLabel(frozenset(faults), frozenset(clean_of))
    broken = own.faulty | (frozenset(faults) - own.clean if own.faulty else frozenset())
    return RepLabel(broken, (own.clean | frozenset(clean_of)) - broken)


def uniform(labels: Mapping[int, RepLabel]) -> RepLabel:
    """What holds for every one of the reps."""
    listed = list(labels.values())
    if not listed:
        return RepLabel()
    return RepLabel(
        frozenset.intersection(*(label.faulty for label in listed)),
        frozenset.intersection(*(label.clean for label in listed)),
    )
