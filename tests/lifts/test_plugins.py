"""An exercise of another package: found through its entry point, without a line of formcheck's that knows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.made_up_clip import film, watched
from tests.packages import package, run

MODULE = '''
from formcheck.lifts.exercises.romanian_deadlift import RomanianDeadlift

class Sumo(RomanianDeadlift):
    name, title, kind_of = "sumo_deadlift", "Sumo deadlift", "romanian_deadlift"
    noun = "sumo deadlift"
    aliases = ("sumo",)
    core = ("overdepth",)
    rules = tuple(rule for rule in RomanianDeadlift.rules if rule.id == "overdepth")

EXERCISES = (Sumo(),)
'''
LIMITS = """
[sumo_deadlift.overdepth]
value = 21.5
unit = "deg"
borderline = 5
meaning = "as in a Romanian deadlift"
source = "Engineering choice"
"""


def sumo(folder: Path, module: str = MODULE, limits: str = LIMITS) -> Path:
    """A package of one exercise."""
    files = {"sumo.py": module, "limits.toml": limits}
    return package(folder, "my_lifts", files, "[formcheck.exercises]\nsumo = my_lifts.sumo\n")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sumo(tmp_path_factory.mktemp("site"))


def test_its_rules_are_printed_by_name_and_by_alias(installed: Path) -> None:
    for name in ("sumo-deadlift", "sumo"):
        result = run(installed, "rules", name, "--json")
        assert result.returncode == 0, result.stderr
        (rule,) = json.loads(result.stdout)
        assert (rule["exercise"], rule["rule"], rule["core"]) == ("sumo_deadlift", "overdepth", True)
        assert rule["limits"]["overdepth"]["value"] == 21.5


def test_errors_and_help_name_it(installed: Path) -> None:
    assert "sumo-deadlift" in run(installed, "rules", "curl").stderr
    assert "sumo-deadlift" in run(installed, "analyze", "--help").stdout.replace("\n", "").replace(" ", "")


def test_a_clip_is_judged_by_it(installed: Path, tmp_path: Path) -> None:
    clip = film(tmp_path / "set.mp4")
    out = watched(clip, tmp_path / "out")
    result = run(
        installed, "analyze", clip, "--exercise", "sumo", "--out", out, "--json", "--no-video", "--no-report",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    data = json.loads(result.stdout)
    assert data["exercise"]["name"] == "sumo_deadlift"
    assert set(data["software"]["limits"]) == {"overdepth"}
    assert {entry["rule"] for entry in data["not_judged"] + data["findings"]} <= {"overdepth"}


@pytest.mark.parametrize(
    ("module", "limits", "says"),
    [
        ("import nothing_like_this", LIMITS, "nothing_like_this"),
        ("x = 1", LIMITS, "EXERCISES"),
        (MODULE, "", "lacks [sumo_deadlift.overdepth]"),
        (MODULE.replace('"sumo_deadlift"', '"hip_thrust"'), "", "already"),
    ],
)
def test_an_invalid_one_is_skipped_with_a_warning(tmp_path: Path, module: str, limits: str, says: str) -> None:
    result = run(sumo(tmp_path, module, limits), "rules", "hip-thrust")
    assert result.returncode == 0, result.stderr
    assert says in result.stderr
    assert "lumbar_arch" in result.stdout
