"""The command `formcheck`, also as `python -m formcheck`: Ctrl-C is answered in a word even before everything is loaded."""

from __future__ import annotations

import sys


def main() -> None:
    """Load and run the command line."""
    try:
        from formcheck.apps.cli import main as run

        run()
    except KeyboardInterrupt:
        print("stopped.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
