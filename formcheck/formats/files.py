"""Writing a file of any library so that it is complete or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from formcheck.errors import output_error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path beside `path` with its ending to write to; it gets the name when the block ends well.

    Raises:
        OutputError: the file cannot be written there.
    """
    partial = path.with_name(f".part-{path.name}")
    try:
        yield partial
        os.replace(partial, path)
    except OSError as error:
        raise output_error(path, error) from None
    finally:
        partial.unlink(missing_ok=True)
