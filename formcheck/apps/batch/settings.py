"""What is analysed how: the command line's options, changed by `--exercise-from` and by each folder's `formcheck.toml`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath

from formcheck.apps.batch.sources import Source
from formcheck.apps.logbook.entry import parse_load
from formcheck.errors import UsageError, why
from formcheck.lifts.limits import Limits, changed_limits, limits_as_data, load_limits, read_toml
from formcheck.lifts.registry import exercise_in, exercise_named
from formcheck.options import AnalyzeOptions
from formcheck.outputs.outputs import OutputOptions
from formcheck.version import __version__

FOLDER_FILE = "formcheck.toml"
EXERCISE_SOURCES = ("folder", "name")

@dataclass(frozen=True)
class FolderSettings:
    """What holds in one folder: its own `formcheck.toml` over those of the folders above it."""

    exercise: str | None
    limits: Limits
    load_kg: float | None = None


class Settings:
    """The options of every clip.

    Args:
        source: where the `formcheck.toml` files are read from.
        options, outputs: those of the command line.
        model_sha256: of the pose model in use.
        exercise_from: "folder" or "name": what names the exercise, when it names one.

    Raises:
        UsageError: the command line's limits or exercise cannot be used.
    """

    def __init__(
        self,
        source: Source,
        options: AnalyzeOptions,
        outputs: OutputOptions,
        model_sha256: str,
        exercise_from: str | None = None,
    ) -> None:
        if exercise_from not in (None, *EXERCISE_SOURCES):
            raise UsageError(f"--exercise-from expects {' or '.join(EXERCISE_SOURCES)} but got {exercise_from!r}.")
        if options.exercise != "auto":
            exercise_named(options.exercise)
        limits = options.limits if isinstance(options.limits, dict) else load_limits(options.limits)
        self.options = replace(options, limits=limits)
        self.outputs = outputs
        self.model_sha256 = model_sha256
        self._source = source
        self._exercise_from = exercise_from
        self._folders: dict[str, FolderSettings | UsageError] = {}
        self._keys: dict[tuple[str, int, float | None], str] = {}
        self._options: dict[tuple[str, int, float | None], AnalyzeOptions] = {}

    def forget(self) -> None:
        """Read the `formcheck.toml` files again when they are next needed."""
        self._folders.clear()
        self._keys.clear()
        self._options.clear()

    def of(self, clip: str) -> AnalyzeOptions:
        """The options of the clip called `clip` (its path below the batch folder).

        Raises:
            UsageError: a `formcheck.toml` that holds for it cannot be used.
        """
        folder = self._folder(clip.rpartition("/")[0] or ".")
        exercise = folder.exercise or self._named_exercise(clip) or self.options.exercise
        load_kg = self.options.load_kg if folder.load_kg is None else folder.load_kg
        known = (exercise, id(folder.limits), load_kg)
        if known not in self._options:
            self._options[known] = replace(self.options, exercise=exercise, limits=folder.limits, load_kg=load_kg)
        return self._options[known]

    def key(self, options: AnalyzeOptions) -> str:
        """A short name of everything, beside the clip, that its results depend on."""
        known = (options.exercise, id(options.limits), options.load_kg)
        if known not in self._keys:
            assert isinstance(options.limits, dict)
            facts = {
                "options": {**asdict(replace(options, limits=None, model="")), "exercise": options.exercise.replace("-", "_")},
                "limits": {name: limits_as_data(table) for name, table in options.limits.items()},
                "outputs": asdict(self.outputs),
                "model": self.model_sha256,
                "version": __version__,
            }
            self._keys[known] = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]
        return self._keys[known]

    def _folder(self, folder: str) -> FolderSettings:
        if folder not in self._folders:
            try:
                self._folders[folder] = self._read(folder)
            except UsageError as error:
                self._folders[folder] = error
        settings = self._folders[folder]
        if isinstance(settings, UsageError):
            raise settings
        return settings

    def _read(self, folder: str) -> FolderSettings:
        if folder == ".":
            assert isinstance(self.options.limits, dict)
            above, name = FolderSettings(None, self.options.limits), FOLDER_FILE
        else:
            above, name = self._folder(str(PurePosixPath(folder).parent)), f"{folder}/{FOLDER_FILE}"
        try:
            text = self._source.text(name) or ""
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{name} cannot be read ({why(error)}); see `formcheck rules` for its tables.") from None
        tables = read_toml(text, name)
        exercise = tables.pop("exercise", None)
        if exercise is not None and exercise != "auto":
            if not isinstance(exercise, str):
                raise UsageError(f'{name}: exercise expects a name such as "hip-thrust" but got {exercise!r}.')
            exercise = exercise_named(exercise).name
        load = tables.pop("load", None)
        if load is not None and not isinstance(load, str):
            raise UsageError(f'{name}: load expects a text such as "60kg" but got {load!r}.')
        load_kg = above.load_kg if load is None else parse_load(load, f"{name}: load").kg
        limits = changed_limits(above.limits, tables, name, text) if tables else above.limits
        return FolderSettings(exercise or above.exercise, limits, load_kg)

    def _named_exercise(self, clip: str) -> str | None:
        path = PurePosixPath(clip)
        if self._exercise_from == "name":
            return _spoken_of(path.stem)
        if self._exercise_from == "folder":
            names = [*reversed(path.parent.parts), self._source.title]
            return next((found for name in names if (found := _spoken_of(name))), None)
        return None


def _spoken_of(text: str) -> str | None:
    found = exercise_in(text)
    return None if found is None else found.name
