from __future__ import annotations

import pytest

from formcheck.apps.serve.worker import without_options


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("The clip is empty.", "The clip is empty."),
        ("No rep was found. Check --start and --end.", "No rep was found."),
        ("the model crashed twice; try --model full.", "the model crashed twice."),
        ("Two people are too much alike: choose one with --lifter left.", "Two people are too much alike."),
        ("try it with --no-video.", "try it with --no-video."),
    ],
)
def test_a_phone_is_told_of_no_options(said: str, shown: str) -> None:
    assert without_options(said) == shown
