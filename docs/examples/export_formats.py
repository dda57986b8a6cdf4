"""Take a set to other programs: every format that formcheck writes, read with that field's own reader.

    pip install 'formcheck[tables,formats]'
    formcheck analyze my_set.mp4 --height 172cm
    python export_formats.py my_set.formcheck
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import ezc3d
import pandas as pd
import pyarrow.parquet as pq
import xarray as xr

import formcheck


def main(folder: str) -> None:
    result = formcheck.load(folder)
    out = Path(folder) / "exported"

    # OpenSim and Pose2Sim: markers and angles as text.
    (trc,) = result.export("trc", out)
    markers = pd.read_csv(trc, sep="\t", skiprows=5, header=None)
    print(f"{trc.name}: {len(markers)} frames, {(markers.shape[1] - 2) // 3} markers")
    (mot,) = result.export("mot", out)
    angles = pd.read_csv(mot, sep="\t", skiprows=mot.read_text().splitlines().index("endheader") + 1)
    print(f"{mot.name}: deepest knee flexion {angles['knee_flexion_r'].max():.0f} degrees")

    # Motion capture programs.
    (c3d,) = result.export("c3d", out)
    point = ezc3d.c3d(str(c3d))["parameters"]["POINT"]
    print(f"{c3d.name}: {point['RATE']['value'][0]:.0f} Hz, {point['UNITS']['value'][0]}")

    # Tables: the unit of a column is in its name, and in Parquet in its metadata too.
    reps = pd.read_csv(next(path for path in result.export("csv", out) if ".reps." in path.name))
    print(f"reps: eccentric {reps['eccentric_s'].mean():.1f} s, concentric {reps['concentric_s'].mean():.1f} s")
    schema = pq.read_schema(next(path for path in result.export("parquet", out) if ".angles." in path.name))
    print(f"trunk_deg is in {schema.field('trunk_deg').metadata[b'unit'].decode()}")

    # A movement dataset, with seconds and pixels.
    (netcdf,) = result.export("netcdf", out)
    with xr.open_dataset(netcdf) as poses:
        hip = poses.position.sel(keypoints="right_hip", individuals="lifter", space="y")
        print(f"{netcdf.name}: the right hip moves through {float(hip.max() - hip.min()):.0f} pixels")

    # COCO keypoints.
    (coco,) = result.export("coco", out)
    print(f"{coco.name}: {len(json.loads(coco.read_text())['annotations'])} annotated frames")


if __name__ == "__main__":
    main(sys.argv[1])
