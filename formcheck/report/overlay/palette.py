"""The colours of the annotated video, RGB."""

from __future__ import annotations

import numpy as np

Colour = tuple[int, int, int]

PANEL: Colour = (15, 19, 25)
CARD: Colour = (28, 34, 43)
LINE: Colour = (52, 61, 73)
TEXT: Colour = (244, 247, 250)
MUTED: Colour = (152, 164, 178)
SHADOW: Colour = (10, 13, 17)
BONE: Colour = (250, 252, 253)
FAR_BONE: Colour = (158, 172, 186)
ACCENT: Colour = (66, 222, 200)
GOOD: Colour = (76, 217, 123)
WARN: Colour = (255, 196, 66)
BAD: Colour = (255, 92, 97)
INFO: Colour = (120, 180, 255)

#: Eccentric and concentric phase; the two must stay apart for colour-blind eyes too (blue and orange do).
ECCENTRIC: Colour = (88, 172, 255)
CONCENTRIC: Colour = (255, 170, 72)
HOLD: Colour = (205, 170, 255)

PHASE_COLOURS: dict[str, Colour] = {"eccentric": ECCENTRIC, "concentric": CONCENTRIC, "hold": HOLD, "rest": MUTED}
SEVERITY_COLOURS: dict[str, Colour] = {"fault": BAD, "borderline": WARN, "info": INFO}
VERDICT_COLOURS: dict[str, Colour] = {"clean": GOOD, "fault": BAD, "borderline": WARN, "not_judged": MUTED}

#: Bend of the back against the rep's own start, degrees: green up to the first, red from the second on. How a colour
#: reads is a drawing choice; verdicts come from the rules and their limits.
BEND_GREEN_DEG, BEND_RED_DEG = 8.0, 26.0


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour over the first, 0-1."""
    share = min(1.0, max(0.0, share))
    r, g, b = (round(a + (c - a) * share) for a, c in zip(first, second, strict=True))
    return (r, g, b)


def bend_colour(degrees: float, least: float = 0.0, most: float = 1.0) -> Colour:
    """Green over amber to red by how far the back has bent, kept between two shares of the way; grey where unknown."""
    if not np.isfinite(degrees):
        return FAR_BONE
    share = float(np.clip((abs(degrees) - BEND_GREEN_DEG) / (BEND_RED_DEG - BEND_GREEN_DEG), least, most))
    return mix(GOOD, WARN, 2 * share) if share < 0.5 else mix(WARN, BAD, 2 * share - 1)
