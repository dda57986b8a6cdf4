"""What to do differently when filming the next set, worked out from what could not be judged in this one."""

from __future__ import annotations

from formcheck.analysis import LOW_COVERAGE, Analysis, ReasonCode

#: Beyond this angle off side-on the advice is to move the camera.
OBLIQUE_DEG = 15.0
LOW_RATE_HZ = 20.0

#: What to do about a reason; those that filming cannot change (a rule that does not apply, signs that disagree) have nothing.
_BY_CODE: dict[ReasonCode, str] = {
    "hidden": (
        "Something hid a joint that decides. Keep people and equipment from between you and the phone, and where a large plate"
        " covers the hip, film from slightly higher or use smaller plates."
    ),
    "outline_hidden": (
        "The outline of your back or belly was hidden. Wear close-fitting clothes that stand out from the background, and keep"
        " arms and plates from in front of it where the lift allows."
    ),
    "too_unsure": (
        "Some points were seen too poorly to decide. Film in more light, and as near as keeps head and feet in the picture."
    ),
    "load_not_seen": "Keep the near end of the bar in the picture and in the light, so that it can be followed.",
    "cut_off": "Start the camera before the first rep and stop it after the last one.",
}

_ALWAYS = "Film from the side at hip height, the phone on something that does not move, the whole body in the picture."


def filming_advice(analysis: Analysis) -> list[str]:
    """Sentences on how to film next time, the most useful first; only the ordinary advice when nothing was missed."""
    missed = {item.code for item in analysis.not_judged}
    advice = []
    yaw = analysis.view.yaw_deg
    oblique = yaw is not None and abs(yaw) > OBLIQUE_DEG
    if oblique or "oblique_view" in missed:
        where = f"The camera stood about {abs(yaw):.0f}° off the side. " if oblique and yaw is not None else ""
        advice.append(f"{where}Put the phone exactly at your side, at hip height, so that one leg covers the other.")
    if analysis.coverage < LOW_COVERAGE:
        advice.append(
            f"You could be followed in {analysis.coverage:.0%} of the frames. Step back until head and feet stay in the"
            " picture, and keep other people and equipment out of the line of sight."
        )
    advice += [sentence for code, sentence in _BY_CODE.items() if code in missed]
    if 0 < analysis.clip.fps < LOW_RATE_HZ:
        advice.append(f"This clip has {analysis.clip.fps:.0f} pictures a second; 30 or more show the turning points better.")
    return advice or [_ALWAYS]
