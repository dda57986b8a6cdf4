"""Exit codes and errors: one sentence, and code 1 only for a fault."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from formcheck import __main__ as start
from formcheck.apps import cli


def listed(stdout: int) -> subprocess.CompletedProcess[str]:
    """`formcheck rules --json`, more text than a pipe's reader needs to be gone for, written to a file descriptor."""
    command = [sys.executable, "-m", "formcheck", "rules", "--json"]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_device_is_one_sentence() -> None:
    with open("/dev/full", "w") as full:
        ended = listed(full.fileno())
    assert ended.returncode == 5
    assert ended.stderr.startswith("formcheck: ")
    assert len(ended.stderr.splitlines()) == 1
    assert "no space left" in ended.stderr


def test_a_reader_that_is_gone_is_no_fault() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = listed(writer)
    os.close(writer)
    assert ended.returncode == 5
    assert "Traceback" not in ended.stderr


def test_our_own_mistake_is_one_sentence_with_its_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**settings: Any) -> None:
        raise TypeError("two\nlines")

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 70
    said = " ".join(capsys.readouterr().err.split())
    assert "TypeError in test_exits.py, line" in said
    assert said.endswith("please report it with the command you gave.")
    assert "Traceback" not in said


def test_ctrl_c_while_everything_is_loaded_is_one_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Pressed:
        def find_spec(self, name: str, *rest: object) -> None:
            if name == "formcheck.apps.cli":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "formcheck.apps.cli")
    monkeypatch.setattr(sys, "meta_path", [Pressed(), *sys.meta_path])
    with pytest.raises(SystemExit) as end:
        start.main()
    assert end.value.code == 130
    assert capsys.readouterr().err == "stopped.\n"


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_the_systems_polite_end_leaves_nothing_half_written(number: int, tmp_path: Path) -> None:
    code = f"""
import os, time
from pathlib import Path
from formcheck.apps import cli
from formcheck.runtime.files import atomic_write
def app(**_):
    with atomic_write(Path({str(tmp_path / 'video.mp4')!r})) as partial:
        partial.write_bytes(b"half")
        print("writing", flush=True)
        time.sleep(60)
cli.app = app
cli.main()
"""
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert program.stdout is not None
    assert program.stdout.readline() == "writing\n"
    program.send_signal(number)
    _, said = program.communicate(timeout=60)
    assert (program.returncode, said) == (130, "stopped.\n")
    assert list(tmp_path.iterdir()) == []
