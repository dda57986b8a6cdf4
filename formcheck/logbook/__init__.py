"""The logbook: every logged set with its form, and what it says about the next one.

`Logbook` reads and writes it; an `Entry` is one set with its reps and findings.
"""

from formcheck.logbook.database import DamagedError, LogbookError
from formcheck.logbook.entry import Entry, LoggedClip, LoggedFinding, LoggedMeasure, LoggedRep
from formcheck.logbook.loads import Load, load_from, load_of_kg, parse_load
from formcheck.logbook.place import logbook_path
from formcheck.logbook.store import Logbook, Logged
from formcheck.logbook.strength import FORMULA, estimated_1rm

__all__ = [
    "FORMULA",
    "DamagedError",
    "Entry",
    "Load",
    "Logbook",
    "LogbookError",
    "Logged",
    "LoggedClip",
    "LoggedFinding",
    "LoggedMeasure",
    "LoggedRep",
    "estimated_1rm",
    "load_from",
    "load_of_kg",
    "logbook_path",
    "parse_load",
]
