from __future__ import annotations

import pytest
from made_up_batch import MadeUp, write

from formcheck.batch import work


@pytest.fixture
def made_up(monkeypatch):
    stub = MadeUp()
    monkeypatch.setattr(work, "_watch", stub.watch)
    monkeypatch.setattr(work, "_finish_in_worker", stub.finish)
    return stub


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "clips"
    for name in ("a.mp4", "b.mov", "sub/c.mp4"):
        write(root / name, "good")
    return root
