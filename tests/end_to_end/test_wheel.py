"""What is handed out: wheel and sdist hold what the checkout holds and no more, and the wheel works away from it.

The wheel goes into an environment of its own that sees this one's libraries, and not this checkout.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

import formcheck

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "split_squat_upright_f.mp4"
#: The two models are 38 MB of it; samples and tests stay out.
MOST_MB = 45

pytestmark = [
    pytest.mark.skipif(find_spec("build") is None or find_spec("hatchling") is None, reason="build or hatchling is missing"),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="what belongs into the package is what git tracks"),
]

Archive = dict[str, bytes]


def build(source: Path, out: Path, *what: str) -> Path:
    made = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", str(out), str(source)],
        capture_output=True, text=True, timeout=120, cwd=out,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    return out


def files_of(path: Path) -> Archive:
    """The files of a wheel, or those of an sdist below its folder."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    with tarfile.open(path) as sdist:
        names = [member for member in sdist.getmembers() if member.isfile()]
        return {member.name.partition("/")[2]: (sdist.extractfile(member) or io.BytesIO()).read() for member in names}


def tracked(*places: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", "-z", *places], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("dist"), "--sdist", "--wheel")


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def sdist(built: Path) -> Path:
    (path,) = built.glob("*.tar.gz")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment with the wheel; the libraries come from this one, by their path alone."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    bin_folder = folder / "bin"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(bin_folder / "python"), "install", "--quiet", "--no-deps", "--no-index",
         "--disable-pip-version-check", str(wheel)],
        check=True,
    )  # fmt: skip
    (own,) = folder.glob("lib/python*/site-packages")
    (own / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    return bin_folder


def run(bin_folder: Path, cwd: Path, *command: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(bin_folder / command[0]), *command[1:]], cwd=cwd, env=env, capture_output=True, text=True, timeout=170
    )


def test_the_wheel_holds_the_package_and_the_models(wheel: Path) -> None:
    own = {name for name in files_of(wheel) if ".dist-info/" not in name}
    models = {f"formcheck/{name}" for name in tracked("models")}
    assert own == tracked("formcheck") | models
    assert any(name.endswith("METADATA") for name in files_of(wheel))
    assert any("licenses/LICENSE" in name for name in files_of(wheel))


def test_the_sdist_holds_what_the_wheel_is_made_of_and_little_else(sdist: Path) -> None:
    papers = {"README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "pyproject.toml", ".gitignore"}
    assert set(files_of(sdist)) == tracked("formcheck", "models") | papers | {"PKG-INFO"}
    assert sdist.stat().st_size < MOST_MB * 1e6


def test_the_sdist_builds_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    again = build(source, tmp_path, "--wheel") / wheel.name
    assert files_of(again) == files_of(wheel)


def test_neither_holds_a_path_of_this_computer(sdist: Path, wheel: Path) -> None:
    places = {str(ROOT), str(Path.home()), sys.prefix, tempfile.gettempdir()} - {"/", "/root", "/tmp"}
    for archive in (files_of(sdist), files_of(wheel)):
        for name, content in archive.items():
            assert not [place for place in places if place.encode() in content], name


def test_the_installed_wheel_says_its_version_and_finds_everything(installed: Path, tmp_path: Path) -> None:
    where = run(installed, tmp_path, "python", "-c", "import formcheck; print(formcheck.__file__)").stdout
    assert Path(where.strip()).is_relative_to(installed.parent)
    assert run(installed, tmp_path, "formcheck", "--version").stdout.split()[-1] == formcheck.__version__
    checked = run(installed, tmp_path, "formcheck", "doctor")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "model heavy" in checked.stdout
    assert "FAIL" not in checked.stdout


def test_the_installed_wheel_analyses_a_clip(installed: Path, tmp_path: Path) -> None:
    quick = ("--model", "full", "--end", "4.5", "--no-video")
    ran = run(installed, tmp_path, "formcheck", "analyze", str(SAMPLE), *quick, "--out", "set.formcheck")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    analysis = json.loads((tmp_path / "set.formcheck" / "analysis.json").read_text(encoding="utf-8"))
    assert analysis["exercise"]["name"] == "split_squat"
    assert len(analysis["reps"]) == 1
    assert "<html" in (tmp_path / "set.formcheck" / "report.html").read_text(encoding="utf-8")
