"""Every format read back by a reader that is not ours."""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from formcheck.errors import OutputError, UsageError
from formcheck.outputs.formats.export import FORMATS, export_set
from formcheck.outputs.formats.motion_capture import record
from formcheck.pose.skeleton import Joint
from tests.outputs.formats.sets import made_up_set
from tests.outputs.made_up import FPS

#: A Python with `movement`, which forces a second OpenCV onto its environment: see CONTRIBUTING.md.
MOVEMENT = os.environ.get("FORMCHECK_MOVEMENT_PYTHON")


def exported(name: str, folder: Path, units: str = "m") -> list[Path]:
    analysis, shots = made_up_set()
    return export_set(analysis, shots, track_of(shots[0].motion.times), name, folder, units)


def track_of(times: np.ndarray) -> object:
    class Track:
        frame_times = times

    return Track()


def test_trc_reads_with_a_trc_reader(tmp_path: Path) -> None:
    from trc import TRCData

    (path,) = exported("trc", tmp_path)
    read = TRCData()
    read.load(str(path))
    wanted = record(made_up_set()[1])
    assert read["Units"] == "m"
    assert float(read["DataRate"]) == pytest.approx(FPS)
    assert read["Markers"] == list(wanted.names)
    assert int(read["NumFrames"]) == len(wanted.times)
    # This reader splits at any space, so that rows with blank cells (a marker not seen) slip; OpenSim splits at tabs.
    for name in wanted.names:
        assert np.array(read[name])[10:] == pytest.approx(wanted.points[10:, wanted.names.index(name)], abs=1e-6)


def test_trc_reads_as_pose2sim_and_sports2d_read_it(tmp_path: Path) -> None:
    (path,) = exported("trc", tmp_path)
    header = pd.read_csv(path, sep="\t", skiprows=3, nrows=0)
    names = [column for column in header.columns[2:] if not column.startswith("Unnamed")]
    data = pd.read_csv(path, sep="\t", skiprows=5, header=None)
    wanted = record(made_up_set()[1])
    assert names == list(wanted.names)
    assert data[1].to_numpy() == pytest.approx(wanted.times, abs=1e-6)
    column = 2 + 3 * names.index("RHip")
    assert data[2 + 3 * names.index("LWrist")].isna().sum() == 10
    assert data[column + 1].to_numpy() == pytest.approx(wanted.points[:, wanted.names.index("RHip"), 1], abs=1e-6)


def test_mot_reads_as_a_storage_file(tmp_path: Path) -> None:
    (path,) = exported("mot", tmp_path)
    lines = path.read_text().splitlines()
    end = lines.index("endheader")
    assert "inDegrees=yes" in lines[:end]
    table = pd.read_csv(path, sep="\t", skiprows=end + 1)
    assert f"nRows={len(table)}" in lines[:end]
    assert f"nColumns={len(table.columns)}" in lines[:end]
    wanted = record(made_up_set()[1])
    assert table["time"].to_numpy() == pytest.approx(wanted.times, abs=1e-6)
    assert table["knee_flexion_r"].to_numpy() == pytest.approx(wanted.angles["knee_flexion_r"], abs=1e-4)


def test_c3d_reads_with_another_library(tmp_path: Path) -> None:
    import c3d

    (path,) = exported("c3d", tmp_path)
    wanted = record(made_up_set()[1])
    with path.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = c3d.Reader(stream)
        labels = [label.strip() for label in reader.point_labels]
        frames = np.array([points for _, points, _ in reader.read_frames()])
        assert reader.point_rate == pytest.approx(FPS)
        assert reader.get("POINT:UNITS").string_value.strip() == "mm"
    assert labels[: len(wanted.names)] == list(wanted.names)
    knee, wrist = labels.index("RKnee"), labels.index("LWrist")
    assert frames[:, knee, :3] == pytest.approx(1000 * wanted.points[:, knee], abs=1e-2)
    assert (frames[:10, wrist, 3] < 0).all()  # invalid, as it was not seen
    assert (frames[10:, wrist, 3] >= 0).all()
    assert frames[:, labels.index("trunk_tilt"), 0] == pytest.approx(wanted.angles["trunk_tilt"], abs=1e-3)


def test_parquet_carries_its_units(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    paths = {path.name.split(".")[1]: path for path in exported("parquet", tmp_path)}
    schema = pq.read_schema(paths["angles"])
    assert schema.field("right_knee_deg").metadata == {b"unit": b"deg"}
    assert schema.field("time_s").metadata == {b"unit": b"s"}
    assert schema.field("bar_x_m").metadata == {b"unit": b"m"}
    assert json.loads(schema.metadata[b"formcheck"])["exercise"] == "split_squat"
    reps = pd.read_parquet(paths["reps"])
    assert {"eccentric_s", "concentric_s", "trunk_at_turn_deg", "trunk_at_turn_sd_deg"} <= set(reps.columns)
    assert pd.read_parquet(paths["keypoints"])["x_px"].notna().any()


def test_csv_and_parquet_have_the_same_values(tmp_path: Path) -> None:
    exported("csv", tmp_path), exported("parquet", tmp_path)
    for name in ("angles", "keypoints", "reps"):
        a, b = pd.read_csv(tmp_path / f"a set.{name}.csv"), pd.read_parquet(tmp_path / f"a set.{name}.parquet")
        b = b.fillna(np.nan)  # a column of empty cells has no type in CSV
        pd.testing.assert_frame_equal(a, b, check_dtype=False, atol=1e-5)


def test_netcdf_is_a_movement_dataset(tmp_path: Path) -> None:
    import xarray as xr

    (path,) = exported("netcdf", tmp_path)
    with xr.open_dataset(path) as data:
        assert data["position"].dims == ("time", "space", "keypoints", "individuals")
        assert data["confidence"].dims == ("time", "keypoints", "individuals")
        assert data.attrs["ds_type"] == "poses"
        assert data["position"].attrs["units"] == "px"
        body = made_up_set()[1][0].motion.body
        knee = data["position"].sel(keypoints="right_knee", individuals="lifter")
        assert knee.to_numpy() == pytest.approx(body.points[:, Joint.RIGHT_KNEE])
        assert data["time"].to_numpy() == pytest.approx(body.times)


@pytest.mark.skipif(not MOVEMENT, reason="FORMCHECK_MOVEMENT_PYTHON names no Python with movement")
def test_movement_itself_takes_the_dataset(tmp_path: Path) -> None:
    (path,) = exported("netcdf", tmp_path)
    code = (
        "import sys, xarray as xr; from movement.validators.datasets import ValidPosesInputs as V;"
        "from movement.kinematics import compute_velocity;"
        "from movement.filtering import filter_by_confidence;"
        "d = xr.load_dataset(sys.argv[1]); V.validate(d);"
        "print(compute_velocity(d.position).shape, int(filter_by_confidence(d.position, d.confidence, threshold=0.5)"
        ".sel(keypoints='left_wrist').isnull().sum()))"
    )
    said = subprocess.run([str(MOVEMENT), "-c", code, str(path)], capture_output=True, text=True, check=True).stdout
    frames = len(made_up_set()[1][0].motion.times)
    assert said.splitlines()[-1] == f"({frames}, 2, 23, 1) 20"


def test_coco_is_coco(tmp_path: Path) -> None:
    (path,) = exported("coco", tmp_path)
    data = json.loads(path.read_text())
    body = made_up_set()[1][0].motion.body
    (category,) = data["categories"]
    assert category["keypoints"][:3] == ["nose", "left_eye", "right_eye"]
    assert category["keypoints"][16] == "right_ankle"
    assert len(data["images"]) == len(data["annotations"]) == len(body.times)
    first = np.array(data["annotations"][0]["keypoints"]).reshape(-1, 3)
    knee = category["keypoints"].index("right_knee")
    assert first[knee] == pytest.approx([*body.points[0, Joint.RIGHT_KNEE].round(2), 2])
    assert first[category["keypoints"].index("left_wrist"), 2] == 1  # a guess
    left, top, width, height = data["annotations"][0]["bbox"]
    shown = first[first[:, 2] > 0]
    assert (shown[:, 0] >= left - 0.01).all()
    assert (shown[:, 1] <= top + height + 0.01).all()
    assert data["annotations"][0]["num_keypoints"] == len(shown)
    assert width > 0


def test_what_cannot_be_exported_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected one of trc, mot"):
        exported("fbx", tmp_path)
    with pytest.raises(UsageError, match="expects m or px"):
        exported("trc", tmp_path, "feet")
    (tmp_path / "a set.trc").mkdir()
    with pytest.raises(OutputError, match=r"a set\.trc was not written"):
        exported("trc", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a set.trc"]


def test_a_missing_library_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "ezc3d", None)
    with pytest.raises(UsageError, match=r"pip install 'formcheck\[formats\]'"):
        exported("c3d", tmp_path)


def test_every_format_is_written(tmp_path: Path) -> None:
    for name in FORMATS:
        assert all(path.stat().st_size for path in exported(name, tmp_path / name))
