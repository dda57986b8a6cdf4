"""formcheck: rep-by-rep technique feedback for hip thrusts, Romanian deadlifts, split squats and squats from video.

    import formcheck

    result = formcheck.analyze("my_set.mp4")
    for finding in result.findings:
        print(finding.rep, finding.message, finding.cue)

The names in `__all__` are stable. They are loaded when they are first used, so that importing formcheck is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from formcheck.version import __version__

if TYPE_CHECKING:
    from formcheck.api import Result, analyze, load, rules
    from formcheck.apps.python import batch, compare, logbook
    from formcheck.errors import ClipError, FormcheckError, OutputError, UsageError
    from formcheck.outputs.rules import RuleSummary
    from formcheck.pose.detection import Detection
    from formcheck.pose.model import Calibration, Detector, PoseModel, Shift
    from formcheck.pose.track import PoseTrack
    from formcheck.results.analysis import Analysis, Finding, JudgedRep, NotJudged, RejectedMovement

__all__ = [
    "Analysis",
    "Calibration",
    "ClipError",
    "Detection",
    "Detector",
    "Finding",
    "FormcheckError",
    "JudgedRep",
    "NotJudged",
    "OutputError",
    "PoseModel",
    "PoseTrack",
    "RejectedMovement",
    "Result",
    "RuleSummary",
    "Shift",
    "UsageError",
    "__version__",
    "analyze",
    "batch",
    "compare",
    "load",
    "logbook",
    "rules",
]

_HOMES = {
    "formcheck.results.analysis": ("Analysis", "Finding", "RejectedMovement", "NotJudged", "JudgedRep"),
    "formcheck.api": ("Result", "analyze", "load", "rules"),
    "formcheck.apps.python": ("batch", "compare", "logbook"),
    "formcheck.errors": ("ClipError", "FormcheckError", "OutputError", "UsageError"),
    "formcheck.pose": ("Calibration", "Detection", "Detector", "PoseModel", "Shift"),
    "formcheck.pose.track": ("PoseTrack",),
    "formcheck.outputs.rules": ("RuleSummary",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'formcheck' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
