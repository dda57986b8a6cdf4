"""Third-party pose models: requirements, how they reach the workers, and errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from marked_clip import film
from marker_model import COCO_17, MODEL, MarkerModel

from formcheck.errors import PoseModelError, UsageError
from formcheck.lifts.limits import load_limits
from formcheck.options import Options
from formcheck.pipeline import AnalysedClip, analyze_clip, score
from formcheck.pose import worker
from formcheck.pose.detection import Detection, checked_detections, unturned
from formcheck.pose.locate import quality
from formcheck.pose.model import PARTS, UNKNOWN, Calibration, Shift, calibration_as_data, calibration_from_data, part_of
from formcheck.pose.people import Person, body_box, posture
from formcheck.pose.pool import PosePool
from formcheck.pose.registry import find_model
from formcheck.pose.skeleton import ESSENTIAL, JOINT_COUNT, Joint, joint
from formcheck.pose.track import load_track, save_track
from formcheck.pose.worker import from_args, to_args
from formcheck.video.reader import open_clip
from tests.motion.figure import HEAVY, lifter, make_track, times_at
from tests.pose.people import seen


@dataclass(frozen=True)
class Broken(MarkerModel):
    """Fails as models of strangers do; `how` says at what."""

    how: str = "load"

    def load(self) -> Any:
        if self.how == "load":
            raise OSError("weights.bin is missing")
        return self

    def detect(self, picture: np.ndarray, people: int, outline: bool) -> Any:
        if self.how == "detect":
            raise IndexError("7")
        return [{"left_hip": (1, 2)}]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("marked") / "squats.mp4", depth=0.75, seconds=4.5)


@pytest.fixture(scope="module")
def scored(clip: Path) -> AnalysedClip:
    folder = clip.with_suffix(".formcheck")
    folder.mkdir()
    return analyze_clip(clip, folder, Options.of(model=MODEL))


def test_a_third_party_model_gives_reps_and_findings(scored: AnalysedClip) -> None:
    """The markers' thigh is 61 degrees from vertical at the bottom, in two reps of two seconds."""
    analysis = scored.analysis
    assert (analysis.exercise.name, analysis.exercise.source) == ("goblet_squat", "auto")
    assert [rep.turn_s for rep in analysis.reps] == pytest.approx([1.0, 3.0], abs=0.1)
    short = [finding for finding in analysis.findings if finding.rule == "short_range"]
    assert [(finding.severity, finding.rep) for finding in short] == [("fault", 1), ("fault", 2)]
    assert [finding.value for finding in short] == pytest.approx([61.25, 61.25], abs=1.0)
    assert (analysis.software.model, analysis.software.model_sha256) == ("markers", MODEL.sha256)
    assert analysis.software.calibration == MODEL.calibration.source


def test_missing_keypoints_are_not_judged_with_the_reason(scored: AnalysedClip) -> None:
    why = {entry.rule: (entry.code, entry.reason) for entry in scored.analysis.not_judged}
    assert why["heels_lift"] == ("no_keypoint", "the pose model has no point for the heel and the toe")
    assert why["back_rounding"][0] == "no_outline"
    body = scored.shots[0].motion.body
    assert np.isnan(body.points[:, [Joint.LEFT_TOE, Joint.RIGHT_HEEL]]).all()
    assert np.isfinite(body.points[:, [joint("knee", "left"), joint("hand", "right")]]).all()


def only(clip: Path, scored: AnalysedClip, keep: Callable[[Joint], bool]) -> AnalysedClip:
    """Judged again, had the model given only some of its points."""
    visibility, points = scored.track.visibility.copy(), scored.track.points.copy()
    gone = [point for point in Joint if not keep(point)]
    visibility[:, gone], points[:, gone] = 0.0, np.nan
    track = replace(scored.track, points=points, visibility=visibility)
    options = Options.of(exercise="goblet_squat")
    with open_clip(clip, options.reading) as reader:
        return score(reader.info, track, scored.candidates, options, load_limits(None))


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("near_only", [False, True])
@pytest.mark.parametrize("arms_and_head", [False, True])
def test_shoulder_to_ankle_of_one_side_is_enough(
    clip: Path, scored: AnalysedClip, near_only: bool, arms_and_head: bool
) -> None:
    def keep(point: Joint) -> bool:
        return (arms_and_head or part_of(point) in ESSENTIAL) and not (near_only and point.name.startswith("LEFT"))

    analysis = only(clip, scored, keep).analysis
    assert [rep.turn_s for rep in analysis.reps] == pytest.approx([1.0, 3.0], abs=0.1)
    assert {finding.rule for finding in analysis.findings if finding.severity == "fault"} == {"short_range"}
    assert {entry.rule: entry.code for entry in analysis.not_judged}["heels_lift"] == "no_keypoint"


def test_a_track_is_used_again_for_the_same_model_and_weights_only(clip: Path, scored: AnalysedClip) -> None:
    folder = clip.with_suffix(".formcheck")
    calibration = replace(MODEL.calibration, source="measured again")
    again = analyze_clip(clip, folder, Options.of(model=MODEL))
    assert again.reused_track
    assert again.analysis.reps == scored.analysis.reps
    for other in (MarkerModel("markers2"), MarkerModel(version="2")):
        out = folder.with_name(f"{other.name}{other.version}")
        out.mkdir()
        (out / "track.npz").write_bytes((folder / "track.npz").read_bytes())
        key = replace(again.track.key, model=other.name, model_sha256=other.sha256)
        assert load_track(out / "track.npz", key) is None
    saved = load_track(folder / "track.npz")
    assert saved is not None
    assert (saved.calibration, again.track.calibration) == (MODEL.calibration, MODEL.calibration)
    save_track(replace(saved, calibration=calibration), folder / "track.npz")
    kept = load_track(folder / "track.npz")
    assert kept is not None
    assert kept.calibration == calibration  # a folder is read without the model's package
    assert analyze_clip(clip, folder, Options.of(model=MODEL)).track.calibration == MODEL.calibration


def test_a_track_without_a_calibration_is_of_its_model_or_of_an_unknown_one(tmp_path: Path) -> None:
    track = make_track(times_at(2), lifter(times_at(2)))
    for name, expected in (("heavy", HEAVY), ("mine.task", HEAVY), ("trc keypoints", UNKNOWN)):
        save_track(replace(track, key=replace(track.key, model=name), calibration=UNKNOWN), tmp_path / "track.npz")
        found = load_track(tmp_path / "track.npz")
        assert found is not None
        assert found.calibration == expected


@pytest.mark.parametrize(("how", "said"), [("load", "weights.bin is missing"), ("detect", "IndexError: 7"), ("kind", "dict")])
def test_errors_of_a_model_are_one_sentence(how: str, said: str) -> None:
    with PosePool(Broken(how=how), workers=1) as pool, pytest.raises(PoseModelError, match=said):
        pool.submit(worker.detect, np.zeros((8, 8, 3), np.uint8), 0, 1, True).result(60)


def test_a_model_reaches_the_workers_by_class_and_fields() -> None:
    broken = Broken("odd", how="kind")
    assert from_args(*to_args(broken)) == broken
    heavy = find_model("heavy")
    assert from_args(*to_args(heavy)) == heavy


@dataclass(frozen=True)
class Fat(MarkerModel):
    weights: Any = None


@pytest.mark.parametrize(
    ("weights", "said"), [("w" * 9000, "too large"), (object(), "must be strings, numbers"), (np.zeros(9000), "too large")]
)
def test_a_model_that_cannot_be_sent_is_refused(weights: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        PosePool(Fat(weights=weights))


def test_a_model_must_belong_to_a_module() -> None:
    @dataclass(frozen=True)
    class Local(MarkerModel):
        pass

    with pytest.raises(UsageError, match="not a dataclass of a module"):
        PosePool(Local())
    Local.__module__ = "__main__"
    with pytest.raises(UsageError, match="script or notebook"):
        PosePool(Local())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "two words"}, "its name is"),
        ({"name": "heavy"}, "one of formcheck's own"),
        ({"name": "mine.task"}, "one of formcheck's own"),
        ({"sha256": ""}, "its sha256"),
        ({"calibration": None}, "no calibration"),
        ({"load": None}, r"no load\(\)"),
    ],
)
def test_what_is_no_pose_model_is_refused(changes: dict[str, Any], said: str) -> None:
    parts = {"name": "mine", "sha256": "1", "calibration": UNKNOWN, "load": MODEL.load, **changes}
    with pytest.raises(UsageError, match=said):
        find_model(type("Mine", (), parts)())


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"the pose model thunder does not exist; expected heavy, full"):
        find_model("thunder")


def test_names_decide_which_point_is_which() -> None:
    names = ["RKnee", "neck", "left_wrist"]
    found = Detection.named(names, [[1, 2], [3, 4], [5, 6]], [0.5, 1, 2], world=np.ones((3, 3)))
    assert found.points[Joint.RIGHT_KNEE].tolist() == [1, 2]
    assert found.points[Joint.LEFT_HAND].tolist() == [5, 6]  # no hand has a name: the wrist stands for it
    assert (found.visibility[Joint.RIGHT_KNEE], found.visibility[Joint.LEFT_WRIST], found.score) == (0.5, 1.0, 2.5 / 3)
    assert np.isnan(found.points[Joint.RIGHT_HIP]).all()
    assert found.visibility[Joint.RIGHT_HIP] == 0
    assert np.isnan(found.depth).all()
    assert (found.world[Joint.RIGHT_KNEE] == 1).all()


def test_arrays_of_the_wrong_shape_are_named() -> None:
    with pytest.raises(ValueError, match=r"points of shape \(1, 2\) for 1 names but got \(2,\)"):
        Detection.named(["RKnee"], [1, 2], [1])
    with pytest.raises(ValueError, match="no point has a name"):
        Detection.named(["neck"], [[1, 2]], [1])
    with pytest.raises(ValueError, match="outline"):
        Detection.named(["RKnee"], [[1, 2]], [1], outline=[[1, 2, 3]])
    nobody = Detection.named(["RKnee"], [[np.nan, np.nan]], [1])
    assert checked_detections([nobody]) == []


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_turned_pictures_are_turned_back_for_any_model(turns: int) -> None:
    """A marker is painted, the picture turned, and what the model says of it must lie where it was painted."""
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[10, 50] = 255
    rows, columns = np.nonzero(np.rot90(picture, k=turns)[..., 0])
    there = np.array([[columns[0] + 0.5, rows[0] + 0.5]])
    found = unturned(Detection.named(["nose"], there, [1], outline=[there]), turns, (60.0, 40.0))
    assert found.points[Joint.NOSE] == pytest.approx([50.5, 10.5])
    assert found.outline[0] == pytest.approx(np.array([[50.5, 10.5]]))


def few(points: np.ndarray) -> Detection:
    """Only the right side, and no feet."""
    rows = [point for point in Joint if point.name.startswith("RIGHT") and part_of(point) not in ("heel", "toe")]
    return Detection.named([point.name for point in rows], points[rows], np.ones(len(rows)))


def test_people_of_a_model_with_few_points_are_boxes_and_postures() -> None:
    points = lifter(times_at(4, 6))
    person = Person()
    for time_s, pose in zip(times_at(4, 6), points, strict=True):
        person.add(float(time_s), few(pose))
    whole = [seen(pose) for pose in points]
    assert body_box(few(points[0])).size == pytest.approx(body_box(whole[0]).size, rel=0.15)
    assert np.isfinite(posture(few(points[0]))).all()
    assert person.visibility == 1.0
    assert person.movement() > 0.02
    assert person.repetition() > 0.8
    assert quality([[few(pose)] for pose in points]) > 0.5


def test_a_calibration_is_whole_and_survives_its_file() -> None:
    assert set(HEAVY.sd) == set(PARTS) == {part_of(point) for point in Joint}
    for calibration in (HEAVY, UNKNOWN):
        assert calibration_from_data(calibration_as_data(calibration)) == calibration
    assert all(UNKNOWN.sd[part] > HEAVY.sd[part] for part in PARTS)
    with pytest.raises(ValueError, match="knee is missing"):
        Calibration("x", {part: 0.1 for part in PARTS if part != "knee"}, UNKNOWN.hidden_sd)
    with pytest.raises(ValueError, match="above zero"):
        replace(UNKNOWN, outside_sd=-1.0)
    with pytest.raises(ValueError, match="not a shift"):
        replace(UNKNOWN, shifts=(Shift("tail", "trunk"),))
    assert len(COCO_17) == 17 < JOINT_COUNT


def test_the_model_of_the_contributors_chapter_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its code is put into a package as it stands, with a network that finds one person; the workers make it again."""
    text = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    chapter = text.partition("## Adding a pose model")[2]
    (tmp_path / "my_network_model.py").write_text(chapter.partition("```python\n")[2].partition("```")[0])
    (tmp_path / "my_network.py").write_text(
        "from types import SimpleNamespace as Person\n"
        "def sha256(path): return path.name\n"
        "def load(path): return lambda picture: [Person(xy=[[i, i] for i in range(17)], score=[0.9] * 17)]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import my_network_model

    model = find_model(my_network_model.MODEL)
    assert (model.name, model.sha256) == ("my-network", "weights.onnx")
    with PosePool(model, workers=1) as pool:
        (found,) = pool.submit(worker.detect, np.zeros((8, 8, 3), np.uint8), 0, 1, True).result(60)
    assert found.points[Joint.RIGHT_ANKLE].tolist() == [16, 16]
    assert found.score == pytest.approx(0.9)
