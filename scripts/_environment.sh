# Sourced by the scripts beside it: makes the virtual environment `.venv` once, and again when the dependencies change.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v python3 >/dev/null; then
    echo "python3 was not found; install Python 3.11 or newer." >&2
    exit 2
fi
python3 - <<'PYTHON' || exit 2
import sys
if sys.version_info < (3, 11):
    sys.exit("Python %d.%d is too old; install Python 3.11 or newer." % sys.version_info[:2])
PYTHON

prepare_environment() { # $1: what to install, e.g. "." or ".[dev]"
    local stamp=".venv/.installed-$(echo "$1" | tr -dc 'a-z')"
    if [ ! -x .venv/bin/python ]; then
        echo "Making the virtual environment .venv ..."
        python3 -m venv .venv
    fi
    if [ ! -f "$stamp" ] || [ pyproject.toml -nt "$stamp" ]; then
        echo "Installing formcheck and what it needs (a few minutes the first time) ..."
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable "$1"
        touch "$stamp"
    fi
}
