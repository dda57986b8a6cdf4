from __future__ import annotations

import csv
import shutil
import socket
import time

import pytest

from formcheck.errors import UsageError
from formcheck.pose.blazepose.bundle import BlazePose
from tests.apps.batch.made_up_batch import batch_of, run, write

distributed = pytest.importorskip("distributed")

from formcheck.apps.batch import cluster  # noqa: E402


@pytest.fixture(scope="module")
def scheduler():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
    ) as local:
        yield local.scheduler_address


def run_there(folder, out, scheduler, model, **options):
    out.mkdir(exist_ok=True)
    batch = batch_of(folder, out, **options)
    batch.run(batch.scan(), lambda jobs: cluster.ClusterRunner(jobs, out, scheduler, model))
    batch.write_summary()
    return batch


def rows(out):
    with (out / "summary.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_cluster_gives_the_same_as_this_computer(folder, tmp_path, made_up, scheduler, model):
    write(folder / "bad.mp4", "bad")
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    run(folder, here)
    run_there(folder, there, scheduler, model)
    assert rows(there) == rows(here)
    assert (there / "sub" / "c.formcheck" / "analysis.json").read_text() == "goodauto"
    assert (there / "a.formcheck" / "track.npz").read_text() == "track"


def test_resuming_works_between_cluster_and_computer(folder, tmp_path, made_up, scheduler, model):
    out = tmp_path / "out"
    run_there(folder, out, scheduler, model)
    made_up.analysed.clear()
    assert batch_of(folder, out).scan() == []
    write(folder / "new.mp4", "good")
    run_there(folder, out, scheduler, model)
    (folder / "a.mp4").touch()
    assert [job.name for job in batch_of(folder, out).scan()] == ["a.mp4"]
    run_there(folder, out, scheduler, model)
    assert made_up.analysed == ["new.mp4"]
    assert batch_of(folder, out).scan() == []


def test_a_clip_that_the_worker_cannot_see_costs_one_row(folder, tmp_path, made_up, scheduler, model):
    out = tmp_path / "out"
    out.mkdir()
    batch = batch_of(folder, out)
    jobs = batch.scan()
    (folder / "b.mov").unlink()
    batch.run(jobs, lambda jobs: cluster.ClusterRunner(jobs, out, scheduler, model))
    totals = batch.totals()
    assert (totals.analysed, totals.failed) == (2, 1)
    assert "storage" in next(row["reason"] for row, _ in batch.rows() if row["status"] == "failed")


def test_a_worker_with_another_model_stops_the_batch(folder, tmp_path, made_up, scheduler, model, monkeypatch):
    monkeypatch.setattr(cluster, "found_again", lambda sent: BlazePose("model.task", "another", model.path))
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    cluster._pool = None
    with pytest.raises(UsageError, match="another pose model"):
        run_there(folder, tmp_path / "out", scheduler, model)


def test_no_scheduler_is_a_usage_error(folder, tmp_path, model, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_S", 0.5)
    with pytest.raises(UsageError, match="no Dask scheduler"):
        cluster.ClusterRunner([], tmp_path, "tcp://127.0.0.1:9", model)


def test_what_listens_there_and_is_no_scheduler_is_said_soon(tmp_path, model, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(UsageError, match="does not greet"):
            cluster.ClusterRunner([], tmp_path, f"tcp://127.0.0.1:{silent.getsockname()[1]}", model)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("address", ["tcp://10.0.0.5:8786", "somewhere:8786", "tcp://[2001:db8::1]:8786"])
def test_another_computer_without_tls_has_to_be_trusted_in_so_many_words(address):
    with pytest.raises(UsageError, match="--trust-cluster"):
        cluster.check_trust(address, trusted=False)
    cluster.check_trust(address, trusted=True)


@pytest.mark.parametrize("address", [None, "tcp://127.0.0.1:8786", "localhost:8786", "tcp://[::1]:8786", "tls://10.0.0.5:8786"])
def test_this_computer_and_certificates_need_no_trust(address):
    cluster.check_trust(address, trusted=False)
