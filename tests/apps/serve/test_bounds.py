from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems bound memory otherwise or not at all")


def outcome(source: str) -> subprocess.CompletedProcess[str]:
    begin = "from formcheck.apps.serve.worker import *; "
    return subprocess.run([sys.executable, "-c", begin + source], capture_output=True, text=True, timeout=60)


def test_memory_ends_at_the_bound_also_in_processes_started_from_there() -> None:
    took = "bytearray(500_000_000)"
    assert outcome(took).returncode == 0
    assert "MemoryError" in outcome(f"bound_process(200_000_000, 0); {took}").stderr
    inherited = f"import subprocess, sys; bound_process(200_000_000, 0); subprocess.run([sys.executable, '-c', '{took}'])"
    assert "MemoryError" in outcome(inherited).stderr


def test_processor_time_ends_at_the_bound() -> None:
    spent = "\nwhile True: pass"
    assert outcome("bound_process(10**9, 0); bound_seconds(0.2)" + spent).returncode < 0


def test_what_is_written_is_nobody_elses_and_the_work_gives_way() -> None:
    told = outcome("import os; bound_process(10**9, 7); print(oct(os.umask(0)), os.nice(0))").stdout.split()
    assert told == ["0o77", str(min(19, os.nice(0) + 7))]
