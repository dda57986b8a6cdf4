"""Twelve made-up weeks in three exercises: loads that rise, form that improves, one leg behind the other."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from formcheck.apps.logbook.entry import Entry
from tests.apps.logbook.histories import a_set, paper_set


def twelve_weeks() -> list[Entry]:
    """Two sessions a week; the number of each set is its place in the list, from 1."""
    entries: list[Entry] = []
    for week in range(12):
        for session in (0, 3):
            days = 7.0 * week + session
            faulty = max(0, 4 - week // 2)
            load = f"{60 + 5 * (week // 2)}kg"
            for place in range(3):
                letters = "c" * (9 - faulty) + "f" * faulty
                letters = letters[:-1] + ("n" if place == 2 else letters[-1])
                velocity = round(0.32 + 0.01 * (week % 2) - 0.01 * place, 2)
                entries.append(a_set(letters, load, days=days, minutes=5 * place, range_deg=70 + week, velocity=velocity))
            if session == 3 and week >= 2:
                for leg, behind in (("left", 0), ("right", 5)):
                    entries.append(
                        a_set("cccccccf" if week < 8 else "cccccccc", "30lb", "split_squat", days=days, minutes=30 + behind,
                              leg=leg, range_deg=84 + week / 2 - behind)
                    )  # fmt: skip
    entries += [paper_set(10, "40kg", "goblet_squat", days=day) for day in (1.0, 8.0, 15.0)]
    entries.sort(key=lambda entry: entry.filmed_at)
    return [replace(entry, id=number) for number, entry in enumerate(entries, 1)]


def a_picture(number: int) -> bytes | None:
    """A picture of every filmed set but the third."""
    if number == 3:
        return None
    picture = np.full((180, 240, 3), 60 + number % 120, dtype=np.uint8)
    cv2.putText(picture, str(number), (60, 120), cv2.FONT_HERSHEY_SIMPLEX, 3, (240, 240, 240), 6)
    return bytes(cv2.imencode(".jpg", picture)[1].tobytes())
