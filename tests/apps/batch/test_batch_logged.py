"""A batch that logs: every finished clip once, whenever the batch ended; loads from names, folders and formcheck.toml."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from formcheck.apps.batch.command import load_of, log_batch
from formcheck.apps.logbook.store import Logbook
from formcheck.options import LoggingOptions
from formcheck.results.encoding import write_analysis
from formcheck.units import load_from, parse_load
from tests.apps.batch.made_up_batch import batch_of, run, write
from tests.outputs.made_up import made_up_analysis, made_up_take


@pytest.fixture
def analysing(made_up, monkeypatch):
    """The made-up batch, with analyses that can be read."""
    reps = list(made_up_take()[0].reps)

    def finish(clip, job, part, pool, judged):
        row = made_up.finish(clip, job, part, pool, judged)
        analysis = made_up_analysis(reps, 10.0)
        sha = hashlib.sha256(clip.read_bytes()).hexdigest()
        facts = replace(analysis.exercise, load_kg=job.options.judging.load_kg)
        write_analysis(replace(analysis, clip=replace(analysis.clip, path=clip.name, sha256=sha), exercise=facts),
                       part / "analysis.json")  # fmt: skip
        return row

    monkeypatch.setattr("formcheck.apps.batch.work._finish_in_worker", finish)
    return made_up


def entries(path):
    with Logbook(path) as book:
        return {entry.clip.name: entry for entry in book.entries()}


def test_every_finished_clip_is_logged_once_with_its_load(tmp_path, analysing):
    clips, out, book = tmp_path / "clips", tmp_path / "out", tmp_path / "book.sqlite"
    write(clips / "a 62.5kg.mp4", "good a")
    write(clips / "135lb" / "b.mp4", "good b")
    write(clips / "told" / "c.mp4", "good c")
    write(clips / "told" / "formcheck.toml", 'load = "20kg"\n')
    write(clips / "d.mp4", "good d")
    write(clips / "bad.mp4", "bad")
    said = []
    out.mkdir()
    batch = run(clips, out)

    log_batch(batch, LoggingOptions(log=True, logbook=book), said.append)

    logged = entries(book)
    loads = {name: None if entry.load is None else entry.load.text() for name, entry in logged.items()}
    assert loads == {"a 62.5kg.mp4": "62.5 kg", "b.mp4": "135 lb", "c.mp4": "20 kg", "d.mp4": None}
    assert len(said) == 4

    log_batch(batch, LoggingOptions(log=True, logbook=book), said.append)
    assert len(said) == 4  # nothing new

    write(clips / "told" / "formcheck.toml", 'load = "22kg"\n')
    again = batch_of(clips, out)
    assert [job.name for job in again.scan()] == ["told/c.mp4"]  # a load is an option: the analysis says it too
    log_batch(run(clips, out), LoggingOptions(log=True, logbook=book), said.append)
    assert entries(book)["c.mp4"].load.text() == "22 kg"
    assert len(said) == 5


def test_names_before_what_was_said_before_folders():
    said = load_from(50, "kg")
    assert load_of("rdl 70kg/set 62.5kg.mp4", "80kg", said).kg == 62.5
    assert load_of("rdl 70kg/set.mp4", "80kg", said) == said
    assert load_of("rdl 70kg/deeper/set.mp4", "80kg", None).kg == 70
    assert load_of("set.mp4", "March 80kg", None).kg == 80
    assert load_of("set.mp4", "March", None) is None


@pytest.mark.parametrize("text", ["load = 60", 'load = "much"'])
def test_a_load_that_is_none_is_said(tmp_path, made_up, text):
    write(tmp_path / "clips" / "sub" / "a.mp4", "good")
    write(tmp_path / "clips" / "sub" / "formcheck.toml", text + "\n")
    (tmp_path / "out").mkdir()
    (row,) = [row for row, _ in run(tmp_path / "clips", tmp_path / "out").rows()]
    assert "load" in row["reason"]


def test_pounds_survive_the_way_through_kilograms(tmp_path):
    from formcheck.units import load_of_kg

    assert load_of_kg(parse_load("135lb").kg).text() == "135 lb"
