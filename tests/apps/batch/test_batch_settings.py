from __future__ import annotations

import pytest

from formcheck.errors import UsageError
from tests.apps.batch.made_up_batch import batch_of, write


def settings_of(tmp_path, **options):
    (tmp_path / "clips").mkdir(exist_ok=True)
    return batch_of(tmp_path / "clips", tmp_path / "out", **options).settings


@pytest.mark.parametrize(
    ("clip", "exercise"),
    [
        ("hip thrusts/a.mp4", "hip_thrust"),
        ("2026-03 Hip-Thrust 60kg/monday/a.mp4", "hip_thrust"),
        ("hip thrust/RDL/a.mp4", "romanian_deadlift"),
        ("Bulgarian split squats/a.mp4", "split_squat"),
        ("back squat/a.mp4", "back_squat"),
        ("lunges/a.mp4", "lunge"),
        ("people/anna/a.mp4", "glute_bridge"),
    ],
)
def test_folders_name_the_exercise(tmp_path, clip, exercise):
    settings = settings_of(tmp_path, exercise="glute-bridge", exercise_from="folder")
    assert settings.of(clip).judging.exercise.replace("-", "_") == exercise


def test_file_names_name_the_exercise(tmp_path):
    settings = settings_of(tmp_path, exercise_from="name")
    assert settings.of("hip thrust/anna_rdl_2.mp4").judging.exercise == "romanian_deadlift"
    assert settings.of("hip thrust/anna.mp4").judging.exercise == "auto"


def test_a_folders_file_changes_its_limits_and_exercise_and_those_below(tmp_path):
    write(tmp_path / "clips" / "formcheck.toml", '[hip_thrust]\nshort_range = 33\n')
    write(tmp_path / "clips" / "thrusts" / "formcheck.toml", 'exercise = "hip-thrust"\n')
    settings = settings_of(tmp_path, exercise_from="name")
    here, below = settings.of("a.mp4").judging, settings.of("thrusts/rdl.mp4").judging
    assert here.limits["hip_thrust"]["short_range"].value == 33
    assert below.limits["hip_thrust"]["short_range"].value == 33
    assert below.exercise == "hip_thrust"
    key = settings.key(settings.of("a.mp4"))
    (tmp_path / "clips" / "formcheck.toml").unlink()
    settings.forget()
    assert settings.key(settings.of("a.mp4")) != key


def test_a_folders_file_may_begin_with_the_mark_of_windows(tmp_path):
    write(tmp_path / "clips" / "formcheck.toml", '\ufeffexercise = "hip-thrust"\r\n')
    assert settings_of(tmp_path).of("a.mp4").judging.exercise == "hip_thrust"


@pytest.mark.parametrize(
    "text",
    [
        'exercise = "swimming"', "exercise = 3", "[hip_thrust]\nnonsense = 3", "[hip_thrust]\nshort_range = nan",
        "not toml", "a = " + 5000 * "1",
    ],
)  # fmt: skip
def test_a_wrong_folder_file_costs_its_clips_only(tmp_path, text):
    write(tmp_path / "clips" / "sub" / "formcheck.toml", text)
    write(tmp_path / "clips" / "sub" / "a.mp4", "x")
    write(tmp_path / "clips" / "b.mp4", "x")
    batch = batch_of(tmp_path / "clips", tmp_path / "out")
    assert [job.name for job in batch.scan()] == ["b.mp4"]
    (row,) = [row for row, _ in batch.rows() if row["status"] == "failed"]
    assert "formcheck.toml" in row["reason"] or "swimming" in row["reason"]


def test_the_key_does_not_depend_on_how_an_exercise_is_written(tmp_path):
    one, other = settings_of(tmp_path, exercise="hip-thrust"), settings_of(tmp_path, exercise="hip_thrust")
    assert one.key(one.of("a.mp4")) == other.key(other.of("a.mp4"))


def test_a_wrong_exercise_from_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="folder or name"):
        settings_of(tmp_path, exercise_from="mood")


@pytest.mark.parametrize(
    ("clip", "who"),
    [
        ("Anna/hip thrust/a.mp4", "Anna"), ("hip thrust/Anna_B/a.mp4", "Anna B"), ("2026-03-02/Ben/rdl 60kg/a.mp4", "Ben"),
        ("hip thrust/60kg/a.mp4", None), ("a.mp4", None),
    ],
)  # fmt: skip
def test_folders_name_the_lifter(tmp_path, clip, who):
    assert settings_of(tmp_path, who_from="folder").of(clip).judging.who == who


def test_a_folders_file_names_the_lifter_and_goes_before_the_folders_name(tmp_path):
    write(tmp_path / "clips" / "Anna" / "formcheck.toml", 'who = "Anna Berg"\n')
    settings = settings_of(tmp_path, who_from="folder")
    assert settings.of("Anna/a.mp4").judging.who == "Anna Berg"
    write(tmp_path / "clips" / "Ben" / "formcheck.toml", 'who = ""\n')
    with pytest.raises(UsageError, match=r"^Ben/formcheck\.toml: who expects a name"):
        settings.of("Ben/a.mp4")
