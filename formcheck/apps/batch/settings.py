"""Options of each clip: from the command line, `--exercise-from`, `--who-from`, and each folder's `formcheck.toml`."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any

from formcheck.apps.batch.sources import Source
from formcheck.errors import UsageError, why
from formcheck.lifts.judge import skipped_rules
from formcheck.lifts.limits import Limits, changed_limits, limits_as_data, load_limits, read_toml
from formcheck.lifts.registry import exercise_in, exercise_named
from formcheck.options import AUTO, OPTIONS, DrawingOptions, JudgingOptions, Option, Options, changed, parse_who
from formcheck.version import __version__

FOLDER_FILE = "formcheck.toml"
EXERCISE_SOURCES = ("folder", "name")
WHO_SOURCES = ("folder",)
#: Options allowed in `formcheck.toml`, besides tables of limits.
IN_FOLDER = tuple(option for option in OPTIONS.values() if option.in_folder)

@dataclass(frozen=True)
class FolderSettings:
    """Settings of one folder: its own `formcheck.toml` on top of those of its parents.

    `values` are options by field name.
    """

    values: dict[str, Any]
    limits: Limits


class Settings:
    """The options of every clip.

    Args:
        source: the folder of clips, with its `formcheck.toml` files.
        options, outputs: from the command line.
        model_sha256: of the pose model in use.
        exercise_from: "folder" or "name" of the clip, from which the exercise is taken if it contains one.
        who_from: "folder", from whose name the lifter's is taken; see `person_of`.

    Raises:
        UsageError: the command line's limits or exercise cannot be used.
    """

    def __init__(
        self,
        source: Source,
        options: Options,
        outputs: DrawingOptions,
        model_sha256: str,
        exercise_from: str | None = None,
        who_from: str | None = None,
    ) -> None:
        if who_from not in (None, *WHO_SOURCES):
            raise UsageError(f"--who-from expects {' or '.join(WHO_SOURCES)} but got {who_from!r}.")
        if exercise_from not in (None, *EXERCISE_SOURCES):
            raise UsageError(f"--exercise-from expects {' or '.join(EXERCISE_SOURCES)} but got {exercise_from!r}.")
        if options.judging.exercise != AUTO:
            exercise_named(options.judging.exercise)
        skipped_rules(options.judging)
        self._limits = load_limits(options.judging.limits)
        self.options = changed(options, {"limits": self._limits})
        self.outputs = outputs
        self.model_sha256 = model_sha256
        self._source = source
        self._exercise_from = exercise_from
        self._who_from = who_from
        self._folders: dict[str, FolderSettings | UsageError] = {}
        #: By folder and exercise in a clip's name.
        self._options: dict[tuple[str, str | None], Options] = {}
        self._keys: dict[int, tuple[Options, str]] = {}

    def forget(self) -> None:
        """Read the `formcheck.toml` files again when next needed."""
        self._folders.clear()
        self._keys.clear()
        self._options.clear()

    def of(self, clip: str) -> Options:
        """The options of the clip called `clip` (its path below the batch folder).

        Raises:
            UsageError: its `formcheck.toml` cannot be used.
        """
        path = clip.rpartition("/")[0] or "."
        folder, named = self._folder(path), self._named_exercise(clip)
        if (path, named) not in self._options:
            spoken = {} if named is None else {"exercise": named}
            if self._who_from is not None and (person := person_of(clip)) is not None:
                spoken["who"] = person
            self._options[path, named] = changed(self.options, {**spoken, **folder.values, "limits": folder.limits})
        return self._options[path, named]

    def key(self, options: Options) -> str:
        """Hash of everything besides the clip on which its results depend."""
        if id(options) not in self._keys:
            self._keys[id(options)] = (options, job_key(options, self.outputs, self.model_sha256))
        return self._keys[id(options)][1]

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
            above, name = FolderSettings({}, self._limits), FOLDER_FILE
        else:
            above, name = self._folder(str(PurePosixPath(folder).parent)), f"{folder}/{FOLDER_FILE}"
        try:
            text = self._source.text(name) or ""
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{name} cannot be read ({why(error)}); see `formcheck rules` for its tables.") from None
        tables = read_toml(text, name)
        said = {option.field: tables.pop(option.in_folder) for option in IN_FOLDER if option.in_folder in tables}
        values = {field: _read_value(OPTIONS[field], text, name) for field, text in said.items()}
        values = {field: value for field, value in values.items() if value != AUTO and value is not None}
        limits = changed_limits(above.limits, tables, name, text) if tables else above.limits
        return FolderSettings({**above.values, **values}, limits)

    def _named_exercise(self, clip: str) -> str | None:
        path = PurePosixPath(clip)
        if self._exercise_from == "name":
            return _spoken_of(path.stem)
        if self._exercise_from == "folder":
            names = [*reversed(path.parent.parts), self._source.title]
            return next((found for name in names if (found := _spoken_of(name))), None)
        return None


def person_of(clip: str) -> str | None:
    """The lifter's name from a clip's path below the batch folder: the first folder that names no exercise and has no digit
    (as dates and loads have); None without one."""
    for name in PurePosixPath(clip).parent.parts:
        if exercise_in(name) is None and not any(letter.isdigit() for letter in name):
            with suppress(UsageError):
                return parse_who(name.replace("_", " "))
    return None


def job_key(options: Options, outputs: DrawingOptions, model_sha256: str) -> str:
    """Hash of everything besides the clip on which its results depend."""
    judging = options.judging
    facts = {
        "options": {**options.values(), "exercise": judging.exercise.replace("-", "_"), "limits": None, "model": None},
        "limits": {name: limits_as_data(table) for name, table in load_limits(judging.limits).items()},
        "outputs": asdict(outputs),
        "model": model_sha256,
        "version": __version__,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:24]


def _read_value(option: Option, text: Any, origin: str) -> Any:
    """The value of an option in a `formcheck.toml`."""
    here = f"{origin}: {option.in_folder}"
    if not isinstance(text, str):
        examples = {"load_kg": "60kg", "exercise": "hip-thrust", "skip": "torso_upright", "who": "Anna"}
        example = examples.get(option.field, option.default)
        raise UsageError(f'{here} expects a text such as "{example}" but got {text!r}.')
    if option.text:
        return option.text.read(text, here)
    if option.choices and text not in option.choices:
        raise UsageError(f"{here} expects {' or '.join(option.choices)} but got {text!r}.")
    if option.field == "skip":
        try:
            skipped_rules(JudgingOptions(skip=text))
        except UsageError as error:
            raise UsageError(f"{origin}: {error}") from None
    if option.field == "exercise" and text != AUTO:
        return exercise_named(text).name
    return text


def _spoken_of(text: str) -> str | None:
    found = exercise_in(text)
    return None if found is None else found.name
