from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from formcheck.apps.serve import invitation as certificate
from formcheck.apps.serve.command import days_of, serve_command, settings_of
from formcheck.apps.serve.http import Rate
from formcheck.apps.serve.invitation import certificate_in, lan_addresses
from formcheck.apps.serve.sending import asked_of
from formcheck.apps.serve.settings import Settings
from formcheck.errors import UsageError, library
from formcheck.runtime.files import folder_lock
from formcheck.video.files import suffix_of


def test_by_default_nobody_but_this_computer_gets_there() -> None:
    settings = Settings(Path("data"), Path("logbook.sqlite"))
    assert (settings.host, settings.lan, settings.keep_days) == ("127.0.0.1", False, 30.0)
    assert replace(settings, lan=True).host == "0.0.0.0"


@pytest.mark.parametrize(("text", "days"), [("7", 7.0), ("7d", 7.0), ("1 day", 1.0), ("0.5", 0.5), ("All", None)])
def test_how_long_videos_are_kept(text: str, days: float | None) -> None:
    assert days_of(text) == days


@pytest.mark.parametrize(
    ("told", "keep_videos"),
    [
        ({}, "0"),
        ({}, "some"),
        ({}, "-3"),
        ({"port": 0}, "30"),
        ({"port": 70_000}, "30"),
        ({"workers": 0}, "30"),
        ({"name": ""}, "30"),
        ({"name": "a\nb"}, "30"),
    ],
)
def test_what_cannot_be_used_is_said(told: dict[str, Any], keep_videos: str) -> None:
    with pytest.raises(UsageError, match=r"^--[a-z-]+ expects .+\.$"):
        settings_of(Settings(Path("data"), Path("logbook.sqlite"), **told), keep_videos)


def test_a_folder_has_one_server(tmp_path: Path) -> None:
    with folder_lock(tmp_path), pytest.raises(UsageError, match="another formcheck serve uses"):
        serve_command(Settings(tmp_path, tmp_path / "logbook.sqlite"))


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="choose another with --port"):
            serve_command(Settings(tmp_path, tmp_path / "logbook.sqlite", taken.getsockname()[1]), quiet=True)


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "segno", None)
    with pytest.raises(UsageError, match=r"pip install 'formcheck\[serve\]'"):
        library("segno", "formcheck serve")


def test_a_certificate_is_kept_until_it_is_nearly_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = certificate_in(tmp_path, "Gym")
    assert certificate_in(tmp_path, "Gym") == made
    read = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    hosts = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in hosts.get_values_for_type(x509.DNSName)
    assert {"127.0.0.1", *lan_addresses()} <= {str(address) for address in hosts.get_values_for_type(x509.IPAddress)}
    assert read.not_valid_after_utc - datetime.now(UTC) < timedelta(days=398)
    assert stat.S_IMODE(made.key.stat().st_mode) & 0o077 == 0
    monkeypatch.setattr(certificate, "RENEWED_BEFORE", timedelta(days=500))
    assert certificate_in(tmp_path, "Gym").fingerprint != made.fingerprint
    made.certificate.write_text("corrupt")
    monkeypatch.undo()
    assert certificate_in(tmp_path, "Gym").certificate.read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_a_rate_allows_a_burst_and_then_what_comes_back() -> None:
    now = 0.0
    rate = Rate(burst=3, per_s=0.5, clock=lambda: now)
    assert [rate.allows("a") for _ in range(4)] == [True, True, True, False]
    assert rate.allows("b")
    assert rate.wait_s("a") == 2
    now = 2.0
    assert [rate.allows("a"), rate.allows("a")] == [True, False]
    now = 1000.0
    assert [rate.allows("a") for _ in range(4)] == [True, True, True, False]


def test_a_rate_forgets_who_asked_little_before_who_asked_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.apps.serve.http.MOST_KEPT", 3)
    rate = Rate(burst=2, per_s=0.0001, clock=lambda: 0.0)
    assert rate.allows("guesser")
    assert rate.allows("guesser")
    for number in range(50):
        assert rate.allows(str(number))
    assert not rate.allows("guesser")


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (b"\x00\x00\x00\x14ftypqt  ", ".mov"),
        (b"\x00\x00\x00\x18ftypmp42", ".mp4"),
        (b"\x1a\x45\xdf\xa3\x01\x00\x00\x00webm", ".webm"),
        (b"\x1a\x45\xdf\xa3\x01\x00\x00\x00matroska", ".mkv"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", ".avi"),
        (b"\x00\x00\x00\x08wide", ".mov"),
        (b"\x00\x00\x00\x18ftypheic", None),
        (b"\xff\xd8\xff\xe0", None),
        (b"", None),
    ],
)
def test_files_are_called_by_what_they_are(head: bytes, suffix: str | None) -> None:
    assert suffix_of(head.ljust(600, b"\x00") if head else head) == suffix


def test_what_was_asked_comes_back_as_it_was() -> None:
    said = {"exercise": "hip-thrust", "load_kg": 62.5, "side": "right"}
    asked = asked_of(said)
    assert asked_of(json.loads(json.dumps(asked.as_data()))) == asked
    assert asked.exercise == "hip_thrust"
