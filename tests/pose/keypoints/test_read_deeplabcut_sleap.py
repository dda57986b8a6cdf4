"""Files of DeepLabCut and SLEAP in their tools' layout; by the real writers where FORMCHECK_MOVEMENT_PYTHON has them."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import tracemalloc
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from formcheck.errors import UsageError
from formcheck.pose.keypoints.people import follow_lifter
from formcheck.pose.keypoints.read import read_keypoints

h5py = pytest.importorskip("h5py", reason="h5py is not installed (pip install 'formcheck[formats]')")
#: A Python with pandas, PyTables and sleap_io (they come with movement), which are large.
WRITERS = os.environ.get("FORMCHECK_MOVEMENT_PYTHON")
NAMES = ("right_hip", "right_knee", "nose")
FRAMES = np.array([2, 3, 4, 6])


def person(size: float = 100.0) -> np.ndarray:
    """(4, 3, 3) x, y and likelihood of three points that move down."""
    shape = np.array([[0.0, 0.0, 0.9], [0.1, 1.0, 0.8], [-0.1, -1.0, 0.1]]) * (size, size, 1.0)
    return shape + np.array([300.0, 400.0, 0.0]) + np.arange(4.0)[:, None, None] * (0.0, 5.0, 0.0)


def deeplabcut_csv(path: Path, people: dict[str, np.ndarray]) -> Path:
    columns = [(who, part, coord) for who in people for part in NAMES for coord in ("x", "y", "likelihood")]
    levels = [("scorer", ["DLC_resnet50"] * len(columns)), ("individuals", [c[0] for c in columns]),
              ("bodyparts", [c[1] for c in columns]), ("coords", [c[2] for c in columns])]  # fmt: skip
    if len(people) == 1:
        del levels[1]
    lines = [",".join([name, *cells]) for name, cells in levels]
    for row, frame in enumerate(FRAMES):
        values = np.concatenate([points[row].ravel() for points in people.values()])
        lines.append(",".join([str(frame), *("" if np.isnan(v) else repr(float(v)) for v in values)]))
    path.write_text("\n".join(lines) + "\n")
    return path


def deeplabcut_h5(path: Path, points: np.ndarray, header: bytes | None = None) -> Path:
    """As `DataFrame.to_hdf(path, key="df_with_missing", format="table")` lays it out."""
    columns = [("DLC_resnet50", part, coord) for part in NAMES for coord in ("x", "y", "likelihood")]
    table = np.zeros(len(points), dtype=[("index", "<i8"), ("values_block_0", "<f8", (len(columns),))])
    table["index"], table["values_block_0"] = FRAMES, points.reshape(len(points), -1)
    with h5py.File(path, "w") as file:
        stored = file.create_dataset("df_with_missing/table", data=table)
        stored.attrs["values_block_0_kind"] = np.void(header or pickle.dumps(columns, protocol=0))
    return path


def sleap_h5(path: Path, people: list[np.ndarray], *, named: bool) -> Path:
    """SLEAP's analysis: as it always was (axes unnamed, for column-major readers), or with named axes in another order."""
    points = np.stack(people)  # (tracks, frames, nodes, x y score)
    with h5py.File(path, "w") as file:
        file["node_names"] = np.array([name.encode() for name in NAMES])
        if named:
            file["tracks"] = points[..., :2].transpose(1, 0, 2, 3)
            file["tracks"].attrs["dims"] = json.dumps(["frame", "track", "node", "xy"])
            file["point_scores"] = points[..., 2].transpose(1, 0, 2)
            file["point_scores"].attrs["dims"] = json.dumps(["frame", "track", "node"])
        else:
            file["tracks"] = points[..., :2].transpose(0, 3, 2, 1)
            file["point_scores"] = points[..., 2].transpose(0, 2, 1)
    return path


def test_the_csv_of_one_animal(tmp_path: Path) -> None:
    points = person()
    points[1, 0, :2] = np.nan  # filtered predictions have empty cells
    found = read_keypoints(deeplabcut_csv(tmp_path / "setDLC.csv", {"": points}))
    assert found.names == NAMES
    assert found.frames is not None
    assert list(found.frames) == list(FRAMES)
    assert found.points == pytest.approx(points[..., :2], nan_ok=True)
    assert found.confidence == pytest.approx(points[..., 2])


def test_the_lifter_is_one_of_several_individuals(tmp_path: Path) -> None:
    people = {"ind1": person(60.0), "ind2": person(120.0), "single": person(500.0)}
    found = read_keypoints(deeplabcut_csv(tmp_path / "setDLC.csv", people))
    assert found.points == pytest.approx(people["ind2"][..., :2])


@pytest.mark.parametrize("protocol", range(6))
def test_the_h5_of_deeplabcut(protocol: int, tmp_path: Path) -> None:
    columns = [("DLC_resnet50", part, coord) for part in NAMES for coord in ("x", "y", "likelihood")]
    found = read_keypoints(deeplabcut_h5(tmp_path / "setDLC.h5", person(), pickle.dumps(columns, protocol=protocol)))
    assert (found.tool, found.names) == ("DeepLabCut", NAMES)
    assert found.frames is not None
    assert list(found.frames) == list(FRAMES)
    assert found.points == pytest.approx(person()[..., :2])
    assert found.confidence == pytest.approx(person()[..., 2])


def test_a_header_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple[object, tuple[str, ...]]:
            return os.mkdir, (str(tmp_path / "harm"),)

    path = deeplabcut_h5(tmp_path / "setDLC.h5", person(), pickle.dumps([Harm()], protocol=0))
    with pytest.raises(UsageError, match="which makes no text"):
        read_keypoints(path)
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("named", [False, True])
def test_the_analysis_of_sleap(named: bool, tmp_path: Path) -> None:
    hidden = person(110.0)
    hidden[0] = np.nan
    found = read_keypoints(sleap_h5(tmp_path / "set.analysis.h5", [person(30.0), hidden], named=named))
    assert (found.tool, found.names) == ("SLEAP", NAMES)
    assert found.points == pytest.approx(hidden[..., :2], nan_ok=True)
    assert found.confidence == pytest.approx(np.nan_to_num(hidden[..., 2]))
    assert found.frames is not None
    assert list(found.frames) == [0, 1, 2, 3]


def test_a_large_passer_by_is_not_the_lifter() -> None:
    passer_by = np.full((20, 3, 2), np.nan)
    passer_by[3:5] = person(200.0)[0, :, :2]
    lifter = np.repeat(person(100.0)[:1, :, :2], 20, axis=0)
    assert follow_lifter(np.stack([passer_by, lifter])) == pytest.approx(lifter)
    with pytest.raises(ValueError, match="no individual"):
        follow_lifter(np.full((2, 20, 3, 2), np.nan))


@pytest.mark.parametrize(
    ("name", "content"), [("x.h5", b"no hdf5"), ("x.csv", b"a,b\n1,2\n"), ("x.csv", b"\xff\xfe\x00")]
)
def test_other_files_are_one_sentence(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=rf"^{name} cannot be read as keypoints"):
        read_keypoints(tmp_path / name)


def test_labels_of_single_pictures_are_no_keypoints_of_a_clip(tmp_path: Path) -> None:
    path = tmp_path / "CollectedData_me.csv"
    path.write_text("scorer,,,me,me\nbodyparts,,,nose,nose\ncoords,,,x,y\nlabeled-data,clip,img0000.png,300.0,400.0\n")
    with pytest.raises(UsageError, match=r"placed in single pictures \(CollectedData\), not a clip's keypoints"):
        read_keypoints(path)


def test_an_h5_in_another_layout_is_an_error(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["numbers"] = np.arange(3)
    with pytest.raises(UsageError, match=r"use the \.csv beside it"):
        read_keypoints(tmp_path / "x.h5")


@pytest.mark.parametrize("large", ["tracks", "point_scores", "node_names"])
def test_an_analysis_that_would_fill_the_memory_is_refused_before_it_is_unpacked(large: str, tmp_path: Path) -> None:
    """Chunks that are nowhere stored: a few kB that would become 3 GB."""
    path = sleap_h5(tmp_path / "set.analysis.h5", [person()], named=False)
    with h5py.File(path, "a") as file:
        kind = file[large].dtype
        del file[large]
        shape = {"tracks": (1, 2, 3), "point_scores": (1, 3)}.get(large, ())
        file.create_dataset(large, (*shape, 400_000_000), kind, chunks=(*shape, 1 << 20), compression="gzip")
    refused_at_once(path)


def test_a_table_that_would_fill_the_memory_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = deeplabcut_h5(tmp_path / "setDLC.h5", person())
    with h5py.File(path, "a") as file:
        kind = file["df_with_missing/table"].dtype
        del file["df_with_missing/table"]
        file.create_dataset("df_with_missing/table", (100_000_000,), kind, chunks=(1 << 16,), compression="gzip")
    refused_at_once(path)


def test_a_table_in_which_everybody_has_a_point_of_their_own_is_refused(tmp_path: Path) -> None:
    """10,000 columns that would become 10,000 people with 10,000 points each."""
    numbers = range(10_000)
    header = [("scorer", "x"), ("individuals", "a{}"), ("bodyparts", "b{}"), ("coords", "x")]
    lines = [",".join([name, *(cell.format(n) for n in numbers)]) for name, cell in header]
    (tmp_path / "setDLC.csv").write_text("\n".join([*lines, ",".join(["0", *("1" for _ in numbers)])]))
    refused_at_once(tmp_path / "setDLC.csv")


def refused_at_once(path: Path) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(UsageError, match=r"it unpacks to \d+ million numbers, more than any clip has keypoints"):
            read_keypoints(path)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


_WRITE = """
import sys
import numpy as np, pandas as pd, sleap_io
points, names, out = np.load(sys.argv[1]), ["right_hip", "right_knee", "nose"], sys.argv[2]
columns = pd.MultiIndex.from_product([["DLC"], names, ["x", "y", "likelihood"]], names=["scorer", "bodyparts", "coords"])
frame = pd.DataFrame(points.reshape(len(points), -1), columns=columns)
frame.to_hdf(out + "/dlc.h5", key="df_with_missing", format="table", mode="w")
frame.to_csv(out + "/dlc.csv")
skeleton, video, track = sleap_io.Skeleton(names), sleap_io.Video(filename="set.mp4", open_backend=False), sleap_io.Track("a")
labels = sleap_io.Labels([
    sleap_io.LabeledFrame(video=video, frame_idx=number, instances=[
        sleap_io.PredictedInstance.from_numpy(p * scale, skeleton=skeleton, point_scores=s, score=1.0, track=own)
        for scale, own in ((0.3, None), (1.0, track))])
    for number, (p, s) in enumerate(zip(points[..., :2], points[..., 2]))
])
sleap_io.save_slp(labels, out + "/sleap.slp", embed=False)
from sleap_io.io import analysis_h5
analysis_h5.write_labels(labels, out + "/sleap.h5")
"""


@pytest.mark.skipif(not WRITERS, reason="FORMCHECK_MOVEMENT_PYTHON names no Python with pandas, PyTables and sleap_io")
def test_what_the_tools_own_libraries_write_is_read(tmp_path: Path) -> None:
    assert WRITERS is not None
    np.save(tmp_path / "points.npy", person())
    subprocess.run([WRITERS, "-c", _WRITE, str(tmp_path / "points.npy"), str(tmp_path)], check=True, timeout=120)
    names = ["dlc.h5", "dlc.csv", "sleap.h5", *(["sleap.slp"] if find_spec("sleap_io") else [])]
    for name in names:
        found = read_keypoints(tmp_path / name)
        assert found.names == NAMES
        assert found.points == pytest.approx(person()[..., :2], abs=1e-3), name
        assert found.confidence == pytest.approx(person()[..., 2], abs=1e-6), name
        assert found.frames is not None
        assert list(found.frames) == [0, 1, 2, 3]


@pytest.mark.skipif(find_spec("sleap_io") is not None, reason="sleap_io is installed")
def test_without_sleap_io_the_error_names_another_format(tmp_path: Path) -> None:
    (tmp_path / "set.slp").write_bytes(b"")
    with pytest.raises(UsageError, match=r"SLEAP exports \.h5 without it\) needs sleap_io"):
        read_keypoints(tmp_path / "set.slp")
