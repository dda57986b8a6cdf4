"""Where the plate says that the hidden hip is: in a hip thrust the bar lies in the crease of the hip."""

from __future__ import annotations

import numpy as np

from formcheck.motion.types import Array, Bar, Body

#: Hip joint from the bar across the line knee-shoulder, away from the lifter's front, in trunk lengths: bar, pad and
#: flesh are about 15 cm. Along that line the joint lies under the bar. Engineering values, from body models of a woman
#: and a man; their spread is between bodies and views.
BELOW_TRUNKS, BELOW_SD, ALONG_SD = 0.30, 0.07, 0.05
#: Spread of the hip landmark's own steady error behind a plate, trunk lengths.
LANDMARK_SD = 0.09
#: A plate this uncertain gives no hint.
LEAST_QUALITY = 0.3


def hip_hint(bar: Bar | None, body: Body, trunk_px: float) -> tuple[Array, Array]:
    """Position of the near hip that the plate implies in a hip thrust: (F, 2) pixels and (F,) standard deviation.

    The place of the joint beside the bar is constant in a frame that turns with the line knee-shoulder, both of whose
    ends are seen. It is the usual place, weighed against where the landmark is in the median frame. NaN wherever no
    trusted plate, shoulder or knee is seen. Meaningless in other exercises: the caller knows which one it is.
    """
    count = len(body.times)
    nowhere = np.full((count, 2), np.nan), np.full(count, np.nan)
    if bar is None or bar.source != "plate" or not trunk_px > 0:
        return nowhere
    chord = body.near("shoulder") - body.near("knee")
    along = chord / np.maximum(np.linalg.norm(chord, axis=1), 1e-6)[:, None]
    # Turned from knee-shoulder towards the lifter's back: downwards for one who lies face up.
    below = body.view.forward * np.stack([along[:, 1], -along[:, 0]], axis=1)
    offset = (body.near("hip") - bar.path) / trunk_px
    usable = np.isfinite(offset[:, 0]) & np.isfinite(along[:, 0]) & (bar.quality >= LEAST_QUALITY)
    if usable.sum() < 3:
        return nowhere
    seen = [float(np.median((offset * axis).sum(axis=1)[usable])) for axis in (along, below)]
    u, u_sd = _weighed(seen[0], 0.0, ALONG_SD)
    v, v_sd = _weighed(seen[1], BELOW_TRUNKS, BELOW_SD)
    position = bar.path + (u * along + v * below) * trunk_px
    # Both axes get the same spread; what the plate's correction adds is part of the offset already.
    sd = np.full(count, float(np.hypot(u_sd, v_sd)) / np.sqrt(2) * trunk_px)
    usable = np.isfinite(position[:, 0]) & (bar.quality >= LEAST_QUALITY)
    return np.where(usable[:, None], position, np.nan), np.where(usable, sd, np.nan)


def _weighed(seen: float, usual: float, usual_sd: float) -> tuple[float, float]:
    a, b = 1 / LANDMARK_SD**2, 1 / usual_sd**2
    return (seen * a + usual * b) / (a + b), (a + b) ** -0.5
