"""A real scheduler and a real worker that talk over TLS, certificates made here, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_batch_cluster import rows
from typer.testing import CliRunner

from formcheck.apps.batch import cluster, command
from formcheck.apps.batch.cluster import TlsFiles, tls_files
from formcheck.apps.cli import app
from formcheck.errors import UsageError
from tests.apps.batch.made_up_batch import batch_of, run

distributed = pytest.importorskip("distributed")
pytest.importorskip("cryptography")


def certificates(folder: Path) -> tuple[distributed.Security, TlsFiles]:
    """A new authority's certificate, which is also everybody's own, and the files that hold it."""
    security = distributed.Security.temporary()
    files = TlsFiles(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    folder.mkdir(exist_ok=True)
    files.ca.write_text(security.tls_ca_file)
    files.cert.write_text(security.tls_client_cert)
    files.key.write_text(security.tls_client_key)
    return security, files


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return certificates(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    return certificates(tmp_path_factory.mktemp("foreign"))[1]


@pytest.fixture(scope="module")
def scheduler(ours):
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tls", security=ours[0]
    ) as local:
        assert local.scheduler_address.startswith("tls://127.0.0.1:")
        assert all(address.startswith("tls://") for address in local.scheduler.workers)
        yield local.scheduler_address


@pytest.fixture
def model(model, monkeypatch):
    monkeypatch.setattr(command, "find_model", lambda name: model)
    monkeypatch.setattr(cluster, "CONNECT_S", 5.0)
    return model


def options(files: TlsFiles) -> list[str]:
    return ["--tls-ca", str(files.ca), "--tls-cert", str(files.cert), "--tls-key", str(files.key)]


def test_the_command_gives_over_tls_what_this_computer_gives(folder, tmp_path, made_up, scheduler, model, ours):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    run(folder, here)
    made_up.analysed.clear()
    ran = CliRunner().invoke(
        app, ["batch", str(folder), "--out", str(there), "--quiet", "--cluster", scheduler, *options(ours[1])]
    )
    assert ran.exit_code == 0, ran.output
    assert sorted(made_up.analysed) == ["a.mp4", "b.mov", "sub/c.mp4"]
    assert rows(there) == rows(here)


def refusal(folder, tmp_path, scheduler, model, files):
    """What the runner says to a client with these certificates."""
    jobs = batch_of(folder, tmp_path).scan()
    with pytest.raises(UsageError) as caught:
        cluster.ClusterRunner(jobs, tmp_path, scheduler, model, files)
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said


def test_a_client_with_a_certificate_of_nobody_we_know_is_refused(
    folder, tmp_path, made_up, scheduler, model, ours, foreign
):
    stranger = TlsFiles(ours[1].ca, foreign.cert, foreign.key)
    assert "takes this certificate" in refusal(folder, tmp_path, scheduler, model, stranger)
    assert made_up.analysed == []


def test_a_client_without_a_certificate_is_refused(folder, tmp_path, made_up, scheduler, model):
    plain = scheduler.replace("tls://", "tcp://")
    assert "one with TLS has a tls:// address" in refusal(folder, tmp_path, plain, model, None)
    assert made_up.analysed == []


def test_a_scheduler_that_shows_a_foreign_certificate_is_not_talked_to(folder, tmp_path, scheduler, model, foreign):
    assert "--tls-ca has not signed" in refusal(folder, tmp_path, scheduler, model, foreign)


def test_nothing_is_sent_unencrypted(ours):
    from formcheck.apps.batch.cluster import security_of

    assert security_of(ours[1]).require_encryption is True


def test_options_that_do_not_fit_are_said_in_a_sentence(ours, foreign, tmp_path):
    files = ours[1]
    address = "tls://127.0.0.1:8786"
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for given, said in (
        ((address, None, None, None), "--tls-cert and --tls-key but got no --tls-ca, no --tls-cert, no --tls-key"),
        ((address, files.ca, None, files.key), "but got no --tls-cert;"),
        ((None, files.ca, files.cert, files.key), "--tls-ca expects --cluster tls://HOST.* got no --cluster"),
        (("tcp://127.0.0.1:8786", None, files.cert, None), "--tls-cert expects --cluster tls://HOST.* got --cluster tcp"),
        ((address, files.ca, tmp_path / "gone.pem", files.key), "--tls-cert expects a PEM file but .* cannot be read"),
        ((address, files.ca, files.cert, tmp_path), "--tls-key expects a PEM file but .* cannot be read"),
        ((address, broken, files.cert, files.key), "--tls-ca expects certificates in PEM"),
        ((address, files.ca, broken, files.key), "do not belong together"),
        ((address, files.ca, files.cert, foreign.key), "do not belong together"),
    ):
        with pytest.raises(UsageError, match=said) as caught:
            tls_files(*given)
        assert str(caught.value).endswith(".")
    assert tls_files("tcp://127.0.0.1:8786", None, None, None) is None
    assert tls_files(None, None, None, None) is None


def test_certificates_of_dasks_own_configuration_are_taken(ours):
    import dask

    files = ours[1]
    named = {"ca-file": str(files.ca), "client.cert": str(files.cert), "client.key": str(files.key)}
    with dask.config.set({f"distributed.comm.tls.{name}": path for name, path in named.items()}):
        assert tls_files("tls://127.0.0.1:8786", None, None, None) == files


def test_the_command_says_it_in_one_line(folder, tmp_path):
    ran = CliRunner().invoke(app, ["batch", str(folder), "--out", str(tmp_path / "o"), "--cluster", "tls://127.0.0.1:9"])
    assert isinstance(ran.exception, UsageError)
    assert not (tmp_path / "o").exists()
