#!/usr/bin/env python3
"""Build the pose model bundles of `models/` from published packages, byte for byte the same every time.

The Tasks API of MediaPipe reads a `.task` bundle: an uncompressed, 4-byte aligned zip of a person detector and a
landmark network. The networks (Apache-2.0) are published inside two packages; they only lack the metadata that the
Tasks API asks for (how pixel values are normalised), which is added here.

Needs `npm`, `pip` and the development install of formcheck:  python scripts/build_models.py [--out models]
"""

from __future__ import annotations

import argparse
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import flatbuffers
from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata_schema
from mediapipe.tasks.metadata import schema_py_generated as tflite_schema
from mediapipe.tasks.python.metadata.metadata_writers.model_asset_bundle_utils import AlignZipFile

NPM_PACKAGE = "@mediapipe/pose@0.5.1675469404"
PYPI_PACKAGE = "mediapipe==0.10.21"

SHA256 = {
    "mediapipe-pose-0.5.1675469404.tgz": "8bb349a7b3a3ba699df23be804ddd3b3eab810b50b15406894be257859388a84",
    "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl":
        "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
    "pose_landmark_full.tflite": "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    "pose_landmark_heavy.tflite": "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
    "pose_detection.tflite": "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
}

# Pixel normalisation the networks were trained with: (value - mean) / std.
DETECTOR_NORMALISATION = (127.5, 127.5)
LANDMARKS_NORMALISATION = (0.0, 255.0)

ZIP_DATE = (2023, 2, 4, 0, 0, 0)  # fixed, so that the same inputs give the same bytes


def checked(name: str, content: bytes) -> bytes:
    """Return `content` when its SHA-256 is the pinned one, else stop with a sentence."""
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256[name]:
        sys.exit(f"{name}: expected SHA-256 {SHA256[name]} but got {digest}; the published package has changed.")
    return content


def download(folder: Path) -> tuple[bytes, dict[str, bytes]]:
    """Fetch both packages; return the detector and the landmark networks by size."""
    subprocess.run(["npm", "pack", "--silent", NPM_PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PYPI_PACKAGE,
         "--only-binary=:all:", "--platform", "manylinux_2_28_x86_64", "--python-version", "3.11"],
        check=True,
    )  # fmt: skip
    tgz = checked("mediapipe-pose-0.5.1675469404.tgz", next(folder.glob("*.tgz")).read_bytes())
    wheel_path = next(folder.glob("*.whl"))
    wheel = checked(wheel_path.name, wheel_path.read_bytes())
    networks = {}
    with tarfile.open(fileobj=io.BytesIO(tgz)) as archive:
        for size in ("full", "heavy"):
            name = f"pose_landmark_{size}.tflite"
            member = archive.extractfile(f"package/{name}")
            assert member is not None
            networks[size] = checked(name, member.read())
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        detector = archive.read("mediapipe/modules/pose_detection/pose_detection.tflite")
    return checked("pose_detection.tflite", detector), networks


def metadata_buffer(name: str, mean: float, std: float) -> bytes:
    """The flatbuffer that tells the Tasks API how the one input image is normalised."""
    options = metadata_schema.NormalizationOptionsT()
    options.mean, options.std = [mean], [std]
    unit = metadata_schema.ProcessUnitT()
    unit.optionsType = metadata_schema.ProcessUnitOptions.NormalizationOptions
    unit.options = options
    image = metadata_schema.TensorMetadataT()
    image.name = "image"
    image.processUnits = [unit]
    subgraph = metadata_schema.SubGraphMetadataT()
    subgraph.inputTensorMetadata = [image]
    model = metadata_schema.ModelMetadataT()
    model.name = name
    model.subgraphMetadata = [subgraph]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"M001")
    return bytes(builder.Output())


def with_metadata(network: bytes, name: str, mean: float, std: float) -> bytes:
    """Return the TFLite file `network` with a TFLITE_METADATA buffer added."""
    model = tflite_schema.ModelT.InitFromObj(tflite_schema.Model.GetRootAsModel(bytearray(network), 0))
    buffer = tflite_schema.BufferT()
    buffer.data = list(metadata_buffer(name, mean, std))
    entry = tflite_schema.MetadataT()
    entry.name = b"TFLITE_METADATA"
    entry.buffer = len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
    builder = flatbuffers.Builder(len(network) + 4096)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def write_bundle(path: Path, detector: bytes, landmarks: bytes) -> None:
    temporary = path.with_suffix(".part")
    with AlignZipFile(str(temporary), mode="w", alignment=4) as bundle:
        for name, content in (("pose_detector.tflite", detector), ("pose_landmarks_detector.tflite", landmarks)):
            bundle.writestr(zipfile.ZipInfo(name, ZIP_DATE), content)
    temporary.rename(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "models")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        detector, networks = download(Path(folder))
    detector = with_metadata(detector, "PoseDetector", *DETECTOR_NORMALISATION)
    lines = []
    for size, network in networks.items():
        path = out / f"pose_landmarker_{size}.task"
        write_bundle(path, detector, with_metadata(network, "PoseLandmarks", *LANDMARKS_NORMALISATION))
        lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")
        print(lines[-1])
    listing = out / "SHA256SUMS"
    others = listing.read_text().splitlines() if listing.is_file() else []
    lines += [line for line in others if not line.endswith(".task")]  # tables that were learned, not built
    listing.write_text("\n".join(sorted(lines, key=lambda line: line.split()[1])) + "\n")


if __name__ == "__main__":
    main()
