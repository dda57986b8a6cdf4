"""The filming date of a clip and its source."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta, timezone

import av
import numpy as np
import pytest

from formcheck.apps.logbook import dates
from formcheck.apps.logbook.dates import clock_note, date_in_metadata, date_in_name, filmed_at


@pytest.mark.parametrize(
    ("metadata", "when"),
    [
        ({"creation_time": "2026-03-03T17:20:11.000000Z"}, datetime(2026, 3, 3, 17, 20, 11, tzinfo=UTC)),
        ({"creation_time": "2026-03-03 17:20:11"}, datetime(2026, 3, 3, 17, 20, 11, tzinfo=UTC)),
        (
            {"com.apple.quicktime.creationdate": "2026-03-03T18:20:11+0100", "creation_time": "2026-03-04T09:00:00Z"},
            datetime(2026, 3, 3, 18, 20, 11, tzinfo=timezone(timedelta(hours=1))),
        ),
        ({"com.apple.quicktime.creationdate": "2026-03-03T08:20:11-05:30"}, datetime(2026, 3, 3, 13, 50, 11, tzinfo=UTC)),
        ({"creation_time": "1904-01-01T00:00:00Z"}, None),
        ({"creation_time": "1970-01-01T00:00:00Z"}, None),
        ({"creation_time": "2199-01-01T00:00:00Z"}, None),
        ({"creation_time": "2026-13-03T17:20:11Z"}, None),
        ({"date": "2026"}, None),
        ({}, None),
    ],
)
def test_the_metadata_are_believed_where_they_can_be_true(metadata, when):
    assert date_in_metadata(metadata) == when


@pytest.mark.parametrize(
    ("stem", "when"),
    [
        ("20260303_182011", (2026, 3, 3, 18, 20, 11)), ("PXL_20260303_182011123", (2026, 3, 3, 18, 20, 11)),
        ("VID-20260303-WA0001", (2026, 3, 3, 12)), ("rdl 2026-03-03 18.20.11", (2026, 3, 3, 18, 20, 11)),
        ("WhatsApp Video 2026-03-03 at 18.20.11", (2026, 3, 3, 18, 20, 11)), ("2026-03-03 rdl", (2026, 3, 3, 12)),
        ("IMG_0042", None), ("20269999_182011", None), ("1234567890123", None), ("20260303182", None),
    ],
)  # fmt: skip
def test_names_that_phones_and_messengers_give(stem, when):
    assert date_in_name(stem) == (None if when is None else datetime(*when).astimezone())


def write_clip(path, creation_time=None):
    with av.open(str(path), "w") as container:
        if creation_time:
            container.metadata["creation_time"] = creation_time
        stream = container.add_stream("libx264", rate=10)
        stream.width = stream.height = 32
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode())
    return path


def test_metadata_before_name_before_file(tmp_path):
    told = write_clip(tmp_path / "20240101_101010.mp4", "2026-03-03T17:20:11Z")
    assert filmed_at(told) == (datetime(2026, 3, 3, 17, 20, 11, tzinfo=UTC), "metadata")
    named = write_clip(tmp_path / "20240101_101010_b.mp4")
    assert filmed_at(named) == (datetime(2024, 1, 1, 10, 10, 10).astimezone(), "name")
    plain = write_clip(tmp_path / "set.mp4")
    os.utime(plain, (1_700_000_000, 1_700_000_000))
    assert filmed_at(plain) == (datetime.fromtimestamp(1_700_000_000, UTC), "file")
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(b"rubbish")
    os.utime(damaged, (1_700_000_000, 1_700_000_000))
    assert filmed_at(damaged)[1] == "file"


@pytest.fixture
def berlin(monkeypatch):
    """An hour or two ahead of UTC."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_camera_whose_name_and_utc_are_the_same_clock_has_no_time_zone(tmp_path, berlin):
    drone = write_clip(tmp_path / "DJI_20260703233011_0001_D.mp4", "2026-07-03T23:30:11Z")
    assert filmed_at(drone) == (datetime(2026, 7, 3, 21, 30, 11, tzinfo=UTC), "metadata")
    phone = write_clip(tmp_path / "20260704_013011.mp4", "2026-07-03T23:30:11Z")
    assert filmed_at(phone) == (datetime(2026, 7, 3, 23, 30, 11, tzinfo=UTC), "metadata")
    pixel = write_clip(tmp_path / "PXL_20260703_233011123.mp4", "2026-07-03T23:30:20Z")
    assert filmed_at(pixel) == (datetime(2026, 7, 3, 23, 30, 20, tzinfo=UTC), "metadata")


def test_a_clock_that_decides_on_the_day_is_said(tmp_path, berlin, monkeypatch):
    late = write_clip(tmp_path / "set.mp4", "2026-07-03T23:30:11Z")
    assert clock_note(late) == (
        "The clip says 3 July 23:30 UTC, which is 4 July 01:30 here; if the camera's clock shows the time here, give"
        " --date '2026-07-03 23:30'."
    )
    assert clock_note(write_clip(tmp_path / "early.mp4", "2026-07-03T17:20:11Z")) == ""
    assert clock_note(write_clip(tmp_path / "none.mp4")) == ""
    gopro = {"creation_time": "2026-07-03T23:30:11.000000Z", "handler_name": "GoPro AVC"}
    monkeypatch.setattr(dates, "_metadata", lambda clip: gopro)
    assert "3 July 23:30 and has no time zone: that is taken as the time here" in clock_note(late)
    apple = {"creation_time": "2026-07-03T23:30:11Z", "com.apple.quicktime.creationdate": "2026-07-04T01:30:11+0200"}
    monkeypatch.setattr(dates, "_metadata", lambda clip: apple)
    assert clock_note(late) == ""


def test_the_clock_of_a_gopro_has_no_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It writes what its clock shows and calls it UTC."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        written = {"creation_time": "2026-07-03T17:20:11.000000Z"}
        assert date_in_metadata(written) == datetime(2026, 7, 3, 17, 20, 11, tzinfo=UTC)
        found = date_in_metadata({**written, "handler_name": "GoPro AVC  "})
        assert found == datetime(2026, 7, 3, 15, 20, 11, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()
