"""Pictures of `shoot_hinge.py` through the pose network and formcheck's own edges: one table to learn from.

    python scripts/learn_back/read_pictures.py PICTURES OUT.npz

Run with formcheck importable. Takes a tenth of a second a picture; pictures in which nobody is found are left out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from formcheck.motion.clean import to_joint_centres
from formcheck.motion.spine.contour import trunk_edges, trunk_frame, without_arms, without_plate, without_steps
from formcheck.motion.spine.spine import fit_bend
from formcheck.pose.blazepose.bundle import CALIBRATION
from formcheck.pose.registry import find_model
from formcheck.pose.skeleton import SIDES, joint

#: Points whose place in the trunk's frame is kept beside the edges.
BESIDE = ("ear", "elbow", "wrist", "knee", "ankle")


def read(detector, file: Path):
    """What formcheck sees in one picture, or None where it finds nobody."""
    truth, picture = json.loads(file.with_suffix(".json").read_text()), cv2.imread(str(file))
    found = detector.detect(np.ascontiguousarray(picture[:, :, ::-1]), 1, True)
    if not found:
        return None
    forward = -1 if truth["flip"] else 1
    points = found[0].points[None]

    def middle(name):
        return (points[0, joint(name, "left")] + points[0, joint(name, "right")]) / 2

    length = float(np.linalg.norm(middle("shoulder") - middle("hip")))
    points = to_joint_centres(points, CALIBRATION.shifts, forward, length)
    frame = trunk_frame(middle("hip"), middle("shoulder"), forward)
    if frame is None:
        return None
    back, front = trunk_edges(found[0].outline, frame)
    arms = [np.array([points[0, joint(name, side)] for name in ("elbow", "wrist", "hand")]) for side in SIDES]
    back = without_arms(back, arms, frame)
    if truth["plate"] is not None:
        x, y, radius = truth["plate"]
        back, front = (without_plate(edge, np.array([x, y]), radius, frame) for edge in (back, front))
    back, front = without_steps(back), without_steps(without_arms(front, arms, frame))
    beside = frame.into(np.array([middle(name) for name in BESIDE]))
    bend = fit_bend(back)
    lean = np.degrees(np.arctan2(forward * frame.along[0], -frame.along[1]))
    return truth, back, front, beside, bend.lumbar + bend.thoracic, lean


def main() -> None:
    pictures, out = Path(sys.argv[1]), Path(sys.argv[2])
    detector = find_model("heavy").load()
    rows, total = [], 0
    for file in sorted(pictures.glob("*.jpg")):
        if file.with_suffix(".json").is_file():
            total += 1
            found = read(detector, file)
            if found is not None:
                rows.append((file.stem, *found))
    names, truths, backs, fronts, besides, bends, leans = zip(*rows, strict=True)
    numbers = {key: np.array([truth[key] for truth in truths]) for key in truths[0] if key != "plate"}
    np.savez_compressed(out, name=np.array(names), back=np.array(backs), front=np.array(fronts), beside=np.array(besides),
                        fit=np.array(bends), seen_lean=np.array(leans),
                        plate=np.array([truth["plate"] or [np.nan] * 3 for truth in truths]), **numbers)  # fmt: skip
    del detector  # before the interpreter goes down, which MediaPipe does not like
    print(f"{len(rows)} of {total} pictures read")


if __name__ == "__main__":
    main()
