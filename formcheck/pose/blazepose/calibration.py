"""BlazePose's errors: one fixed correction for everybody, and what is left after it.

BlazePose learned from hand labels on the skin: its shoulder lies above the centre of the joint, its hip in front of and
below the femoral head (in the groin), its ear in front of the ear's middle. Angles are meant between joint centres, so
the three are shifted by fixed shares of the trunk length, in directions that move with the body. The shares were
measured on rendered people with known skeletons (two bodies, ten clips: hinges, split squats and hip thrusts agree in
sign everywhere and within some 2 per cent of the trunk); they are rounded, and left out for knees and feet, whose points
lie within 3 per cent.

Its visibility tells little: on rendered people its near knee behind a plate is 0.9 visible and a quarter of a trunk off,
while far knees of visibility 0.01 lie within 5 per cent. Only next to nothing is believed, and of the far leg, which the
near one hides in every side view, only nothing at all. What lies behind a plate is guessed, in the median 10 (knee) to 40
(ankle) per cent of the trunk away.
"""

from formcheck.pose.calibration import Calibration, Shift

CALIBRATION = Calibration(
    source="BlazePose: measured on rendered people with known skeletons",
    # What no smoothing removes; chosen so that errors are as large as it says.
    sd={
        "nose": 0.03, "eye": 0.03, "ear": 0.02, "shoulder": 0.015, "elbow": 0.03, "wrist": 0.03, "hand": 0.03, "hip": 0.025,
        "knee": 0.015, "ankle": 0.01, "heel": 0.02, "toe": 0.03,
    },
    hidden_sd={
        "nose": 0.12, "eye": 0.12, "ear": 0.12, "shoulder": 0.12, "elbow": 0.12, "wrist": 0.12, "hand": 0.12, "hip": 0.06,
        "knee": 0.15, "ankle": 0.4, "heel": 0.4, "toe": 0.4,
    },
    outside_sd=0.2,
    lying_hip_sd=0.12,
    hidden_hip_mean_sd=0.08,
    seen_near=0.1,
    seen_far=0.01,
    shoulder_width=0.70,
    hip_width=0.45,
    shifts=(
        Shift("shoulder", "trunk", up=-0.055),
        Shift("ear", "trunk", back=0.06),
        Shift("hip", "trunk", up=0.015, back=0.02),
        Shift("hip", "thigh", up=0.03, back=0.04),
    ),
)  # fmt: skip
