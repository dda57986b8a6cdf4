"""Other tools' files: names, frames, several people, missing confidences, and what is refused in a sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from formcheck.errors import UsageError
from formcheck.outputs.formats.export import export_set
from formcheck.pose.keypoints.read import read_keypoints
from formcheck.pose.skeleton import Joint, joints_of
from tests.outputs.formats.sets import made_up_set


@pytest.mark.parametrize(
    "names",
    [
        ["RKnee", "LBigToe", "Nose", "RSmallToe"],
        ["right_knee", "left_foot_index", "nose", "neck"],
        ["knee_R", "bigtoe_l", "NOSE", "hip"],
        ["Right Knee", "left toe", "nose", "pelvis"],
    ],
)
def test_names_of_many_tools_are_known(names: list[str]) -> None:
    assert joints_of(names) == {Joint.RIGHT_KNEE: 0, Joint.LEFT_TOE: 1, Joint.NOSE: 2}


def sports2d(folder: Path, points: np.ndarray, units: str = "m") -> Path:
    """A file as Sports2D writes it: pixels with the unit "m", no blank line, missing cells empty."""
    names = ["RHip", "RKnee"]
    lines = [
        "PathFileType\t4\t(X/Y/Z)\tset_px_person00.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"24\t24\t{len(points)}\t2\t{units}\t24\t0\t{len(points)}",
        "Frame#\tTime\tRHip\t\t\tRKnee\t\t\t",
        "\t\tX1\tY1\tZ1\tX2\tY2\tZ2",
    ]
    for number, frame in enumerate(points):
        cells = [cell for x, y in frame for cell in ((f"{x}", f"{y}", "0.0") if np.isfinite(x) else ("", "", ""))]
        lines.append("\t".join([str(number), str(number / 24), *cells]))
    assert len(names) == points.shape[1]
    path = folder / "set_px_person00.trc"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_pixels_of_sports2d_are_read_despite_their_unit(tmp_path: Path) -> None:
    points = np.array([[[100.0, 200.0], [110.0, 300.0]], [[np.nan] * 2, [111.0, 299.0]]])
    found = read_keypoints(sports2d(tmp_path, points))
    assert found.names == ("RHip", "RKnee")
    assert found.confidence is None
    assert found.points == pytest.approx(points, nan_ok=True)
    assert found.times == pytest.approx([0, 1 / 24])


def test_metres_are_refused(tmp_path: Path) -> None:
    points = np.array([[[0.1, 0.9], [0.11, 0.5]], [[0.1, 0.8], [0.12, 0.5]]])
    with pytest.raises(UsageError, match=r"not in pixels .*_px_"):
        read_keypoints(sports2d(tmp_path, points))
    with pytest.raises(UsageError, match="millimetres"):
        read_keypoints(sports2d(tmp_path, 1000 * points, "mm"))


def test_of_several_people_the_largest_is_the_lifter(tmp_path: Path) -> None:
    def person(image: int, size: float) -> dict[str, object]:
        return {"image_id": image, "category_id": 1, "area": size, "keypoints": [size, 10.0, 2, size, 90.0, 1]}

    data = {
        "images": [{"id": 7, "file_name": "frame_0002.png"}, {"id": 3, "file_name": "frame_0001.png"}],
        "annotations": [person(7, 50.0), person(3, 40.0), person(3, 400.0), person(7, 410.0)],
        "categories": [{"id": 1, "name": "person", "keypoints": ["left_hip", "left_knee"]}],
    }
    path = tmp_path / "people.json"
    path.write_text(json.dumps(data))
    found = read_keypoints(path)
    assert found.frames is not None
    order = np.argsort(found.frames)
    assert list(found.frames[order]) == [0, 1]
    assert found.points[order, 0, 0] == pytest.approx([400, 410])
    assert found.confidence == pytest.approx(np.array([[1.0, 0.3], [1.0, 0.3]]))


def test_a_plain_list_of_results_has_cocos_points(tmp_path: Path) -> None:
    """What MMPose and AlphaPose write: no names, no pictures, numbers in the order of time."""
    entries = [
        {"image_id": image, "category_id": 1, "score": 0.9,
         "keypoints": [value for row in range(17) for value in (100.0 + row, 20.0 * row + image, 0.8)]}
        for image in (0, 1, 2)
    ]  # fmt: skip
    path = tmp_path / "results.json"
    path.write_text(json.dumps(entries))
    found = read_keypoints(path)
    assert (found.names[0], found.names[-1], len(found.names)) == ("nose", "right_ankle", 17)
    assert found.frames is not None
    assert list(found.frames) == [0, 1, 2]
    assert found.points[:, 16, 1] == pytest.approx([320, 321, 322])
    path.write_text(json.dumps([{**entries[0], "keypoints": entries[0]["keypoints"][:39]}]))
    with pytest.raises(UsageError, match="13 points that it does not name; expected the 17 of COCO"):
        read_keypoints(path)


@pytest.mark.parametrize("name", ["trc", "netcdf", "coco"])
def test_what_formcheck_exports_it_reads(name: str, tmp_path: Path) -> None:
    analysis, shots = made_up_set()

    class Track:
        frame_times = shots[0].motion.times

    (path,) = export_set(analysis, shots, Track(), name, tmp_path, "px")  # type: ignore[arg-type]
    found = read_keypoints(path)
    rows = joints_of(found.names)
    body = shots[0].motion.body
    for point in (Joint.RIGHT_HIP, Joint.LEFT_KNEE, Joint.RIGHT_TOE):
        assert found.points[:, rows[point]] == pytest.approx(body.points[:, point], abs=6e-3)
    assert found.times == pytest.approx(body.times, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.trc", "no trc", "cannot be read"),
        ("x.json", "[]", "cannot be read"),
        ("x.json", "{", "cannot be read"),
        ("x.txt", "", "not a file of keypoints"),
    ],
)
def test_files_without_keypoints_are_one_sentence(name: str, content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=said):
        read_keypoints(tmp_path / name)
    with pytest.raises(UsageError, match="cannot be read"):
        read_keypoints(tmp_path / "missing.trc")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("k.json", b"[1, 2]", "its parts do not fit together"),
        ("k.json", b'{"categories": [], "images": [], "annotations": []}', "its parts do not fit together"),
        ("k.json", b'{"categories": [{"keypoints": ["nose"]}], "images": ["a"], "annotations": []}', "do not fit together"),
        ("k.json", b'{"categories": [{"keypoints": ["nose"]}], "images": [], "annotations": []}', "has no frame"),
        ("k.json", b'{"categories": [{"keypoints": ["nose"]}], "images": [{"id": 1, "time_s": "soon"}], "annotations": []}',
         "cannot be read as keypoints"),
        ("k.json", b'{"categories": [{"keypoints": ["nose", 1.5]}], "images": [{"id": 1, "file_name": "1.png"}],'
         b' "annotations": [{"image_id": 1, "keypoints": [8, 9, 2, 80, 90, 2]}]}', "keypoints have names that are not text"),
        ("k.json", b"\xef\xbb\xbf{}", "categories is missing"),
        ("k.json", b"[" * 100_000, "do not fit together"),
        ("k.json", b"\xff\xfe{", "not text in UTF-8"),
        ("k.trc", b"", "it ends in its header"),
        ("k.trc", b"a\nDataRate\n24\nFrame#\tTime\tRHip\n\n0\t0.0\t8...0\t1\n", "line 6 does not hold a number"),
        ("k.trc", b"a\nDataRate\n24\nFrame#\tTime\tRHip\n\n\n", "do not fit together"),
        ("k.nc", b"nothing", "it is not netCDF"),
        ("k.nc", b"CDF\x01" + bytes(range(200)), "cannot be read as keypoints"),
    ],
)
def test_a_damaged_file_is_refused_in_plain_words(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    if name.endswith(".nc"):
        pytest.importorskip("xarray")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=says) as refused:
        read_keypoints(tmp_path / name)
    assert not re.search(r"Error|\\n|[\[{]'", str(refused.value))


def test_a_dataset_without_a_person_is_refused(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    dims = ("time", "space", "keypoints", "individuals")
    data = xarray.Dataset(
        {
            "position": (dims, np.full((3, 2, 1, 1), np.nan)),
            "confidence": (("time", "keypoints", "individuals"), np.zeros((3, 1, 1))),
        },
        coords={"time": [0, 1, 2], "space": ["x", "y"], "keypoints": ["nose"], "individuals": ["a"]},
    )
    data.to_netcdf(tmp_path / "k.nc")
    with pytest.raises(UsageError, match="no individual has two keypoints"):
        read_keypoints(tmp_path / "k.nc")
