"""Limits: shipped ones are complete, a user's changes are checked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from formcheck.errors import UsageError
from formcheck.lifts.limits import load_limits, read_toml


def test_every_limit_has_unit_meaning_and_source() -> None:
    for table in load_limits().values():
        for limit in table.values():
            assert limit.unit
            assert limit.meaning
            assert limit.source
            assert limit.borderline >= 0
            assert limit.band


def test_a_glute_bridge_starts_from_the_hip_thrusts_limits() -> None:
    limits = load_limits()
    assert limits["glute_bridge"]["short_range"].value == limits["hip_thrust"]["short_range"].value


def test_a_single_value_is_changed(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[split_squat.torso_upright]\nvalue = 30\nunit = "deg"\n')
    changed, shipped = load_limits(file), load_limits()
    assert changed["split_squat"]["torso_upright"].value == 30
    assert changed["split_squat"]["torso_upright"].borderline == shipped["split_squat"]["torso_upright"].borderline
    assert shipped["split_squat"]["torso_upright"].value != 30


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[bench_press.depth]\nvalue = 1", "expected one of"),
        ("[split_squat.depth]\nvalue = 1", "torso_upright"),
        ('[split_squat.torso_upright]\nvalue = 1\nunit = "m"', "is in deg"),
        ('[split_squat.torso_upright]\nvalue = "x"', "expects a number"),
        ("[split_squat.torso_upright]\nwrong = 1", "expected value, borderline, unit"),
        ("split_squat = 3", "must be a table"),
        ("this is not toml", "not valid TOML"),
        ("[split_squat.torso_upright]\nvalue = nan", "mine.toml, line 2: [split_squat.torso_upright] expects a number"),
        ("[split_squat.torso_upright]\nborderline = 2\nvalue = -inf", "mine.toml, line 3: [split_squat.torso_upright]"),
        ("[hip_thrust.short_range]\nvalue = 3\n\n[split_squat.torso_upright]\nvalue = true", "mine.toml, line 5: "),
        ("[split_squat]\n# mine\ntorso_upright = nan", "mine.toml, line 3: [split_squat.torso_upright] expects a number"),
        ("split_squat.torso_upright = inf", "mine.toml, line 1: [split_squat.torso_upright] expects a number"),
        ("[split_squat]\ntorso_upright = { value = inf }", "mine.toml, line 2: [split_squat.torso_upright]"),
        ('[split_squat."torso_upright"]\nborderline = -1', "mine.toml, line 2: [split_squat.torso_upright] expects a band"),
        ("[split_squat.torso_upright]\nvalue = 1" + 400 * "0", "line 2: [split_squat.torso_upright] expects a number"),
        ("# mine\n[split_squat.depth]\nvalue = 1", "mine.toml, line 2: unknown limit [split_squat.depth]"),
        ("\n[bench_press.depth]\nvalue = 1", "mine.toml, line 2: unknown exercise [bench_press]"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=re.escape(says)):
        load_limits(file)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml"):
        load_limits(Path("nowhere.toml"))


def test_a_byte_order_mark_of_windows_is_no_mistake() -> None:
    assert read_toml("\ufeff[split_squat]\r\ntorso_upright = 2\r\n", "limits") == {"split_squat": {"torso_upright": 2}}
