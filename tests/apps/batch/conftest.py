from __future__ import annotations

import pytest

from formcheck.apps.batch import cluster, work
from formcheck.pose.blazepose.bundle import BlazePose
from tests.apps.batch.made_up_batch import MadeUp, write


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


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model that the cluster's workers find again without looking."""
    path = tmp_path / "model.task"
    path.touch()
    model = BlazePose("model.task", "0", path)
    monkeypatch.setattr(cluster, "found_again", lambda sent: model)
    return model
