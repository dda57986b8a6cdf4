"""`formcheck doctor`: checks of the installation."""

from __future__ import annotations

import platform
import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from rich.console import Console

from formcheck.errors import FormcheckError
from formcheck.pose import worker
from formcheck.pose.pool import PosePool, available_cores
from formcheck.pose.registry import described, find_model, model_names
from formcheck.runtime.workers import WorkerDiedError
from formcheck.version import __version__

#: Least free space for an annotated video.
LEAST_FREE_GB = 1.0
#: Timeout of loading a pose model, seconds.
LOAD_LIMIT_S = 120.0
_PACKAGES = ("opencv-python", "numpy", "scipy", "av")


def print_checks(console: Console) -> bool:
    """Print one line per check; return whether all required ones succeed."""
    console.print(f"formcheck {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    checks: list[tuple[str, Callable[[], str]]] = [
        *((name, lambda name=name: _package(name)) for name in _PACKAGES),
        *((f"model {name}", lambda name=name: _model(name)) for name in model_names()),
        ("video encoder", _encoder),
        ("disk", _disk),
        ("cores", lambda: str(available_cores())),
    ]
    good = True
    for name, check in checks:
        try:
            console.print(f"  ok    {name}: {check()}", markup=False)
        except FormcheckError as error:
            good = False
            console.print(f"  FAIL  {name}: {error}", markup=False, style="red")
    return good


def _package(name: str) -> str:
    try:
        found = version(name)
    except PackageNotFoundError:
        raise FormcheckError(f"{name} is not installed; install formcheck again.") from None
    return found


def _model(name: str) -> str:
    model = find_model(name)
    about = described(model)
    with PosePool(model, workers=1) as pool:
        try:
            pool.submit(worker.warm, limit_s=LOAD_LIMIT_S).result()
        except WorkerDiedError:
            raise FormcheckError("its worker process died while loading it; install it again.") from None
    return f"SHA-256 {model.sha256[:12]}…, {about}; loads"


def _encoder() -> str:
    from formcheck.video.writer import VideoWriter

    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "check.mp4"
            with VideoWriter(path, 64, 64, 10.0) as writer:
                for number in range(5):
                    writer.write(np.zeros((64, 64, 3), dtype=np.uint8), number / 10)
            size = path.stat().st_size
    except (OSError, ValueError) as error:
        raise FormcheckError(f"H.264 cannot be written ({error}); install the av package again.") from None
    return f"H.264 works ({size} bytes written)"


def _disk() -> str:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    if free < LEAST_FREE_GB:
        raise FormcheckError(f"only {free:.1f} GB are free here; annotated videos need about {LEAST_FREE_GB:.0f} GB.")
    return f"{free:.0f} GB free here"
