"""What formcheck writes into the folder of a clip, and how one analysis makes room for the next."""

from __future__ import annotations

import shutil
from pathlib import Path

from formcheck.errors import output_error

#: Kept from one analysis to the next: they hold what took long, and know themselves what they were made from.
REUSABLE = ("track.npz", "bar.npz")
SNAPSHOTS = "snapshots"
#: What shows an analysis, beside the data; made only when it is wanted.
SHOWN = ("annotated.mp4", "report.html")
#: Everything that formcheck itself writes there; other files are the user's.
OWN_FILES = frozenset({*REUSABLE, *SHOWN, SNAPSHOTS, "batch.json", "analysis.json", "angles.csv", "thumbnail.jpg"})


def remove_shown(folder: Path) -> None:
    """Remove the video, the page and the pictures of an earlier analysis, so that the folder never shows two.

    The user's own files stay, also among the pictures. A link is removed, what it leads to is left alone.

    Raises:
        OutputError: the disk refuses.
    """
    try:
        for name in SHOWN:
            path = folder / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        pictures = folder / SNAPSHOTS
        if pictures.is_symlink() or pictures.is_file():
            pictures.unlink()
        elif pictures.is_dir():
            for picture in pictures.glob("finding-*.png"):
                picture.unlink()
            if not any(pictures.iterdir()):
                pictures.rmdir()
    except OSError as error:
        raise output_error(folder / SNAPSHOTS, error) from None
