"""What a set of a seed is: exercise, faults rep by rep, body, clothes, gym, camera and film. Everything is drawn here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.random import Generator

from studio_lib.bodies import POOL_SIZE, POOLS
from studio_lib.camera import CameraPlan
from studio_lib.conditions import Choices, apply_conditions, draw_choices
from studio_lib.faults import RULES, Rule
from studio_lib.film import FilmPlan
from studio_lib.kinds import KINDS, draw_setup
from studio_lib.lifts.base import Wanted
from studio_lib.scene import Colour, Plates, Room, Thing
from studio_lib.timeline import Rep
from studio_lib.wardrobe import Clothes

_BUMPERS: tuple[Colour, ...] = (
    (0.03, 0.03, 0.035),
    (0.03, 0.03, 0.035),
    (0.45, 0.05, 0.05),
    (0.05, 0.12, 0.42),
    (0.6, 0.5, 0.06),
    (0.05, 0.3, 0.1),
)


def draw_room(kind: str, setup: dict[str, Any], choices: Choices, random: Generator) -> Room:
    def colour(low: float, high: float) -> Colour:
        return tuple(np.clip(random.uniform(low, high) + random.uniform(-0.08, 0.08, 3), 0, 1).tolist())  # type: ignore[return-value]

    wall_x = float(random.uniform(1.3, 3.5))
    things = list(_clutter(random, wall_x, choices.clutter)) if not choices.mirror else []
    things += _furniture(kind, setup, random)
    mirror = wall_x if choices.mirror else None
    light = float(random.uniform(0.55, 1.0))
    place = tuple(np.array([random.uniform(-5, 0), random.uniform(-4, 4), random.uniform(2.5, 5)]).tolist())
    return Room(
        floor=colour(0.15, 0.65),
        wall=colour(0.2, 0.9),
        wall_x=wall_x,
        pattern=int(random.integers(2**31)),
        lights=((place, light), ((-2.0, float(random.uniform(-3, 3)), 4.0), 0.3)),  # type: ignore[arg-type]
        headlight=float(random.uniform(0.1, 0.5)),
        things=tuple(things),
        mirror=mirror,
        shadow=float(random.uniform(0.4, 0.85)),
    )


def _clutter(random: Generator, wall_x: float, amount: float) -> list[Thing]:
    """Machines, racks and plates along the wall, behind the lifter."""
    things = []
    for _ in range(int(amount * 9)):
        x, y = wall_x - random.uniform(0.15, 0.45), random.uniform(-4, 4)
        shade: Colour = tuple(random.uniform(0.05, 0.6, 3).tolist())  # type: ignore[assignment]
        if random.random() < 0.4:
            radius = float(random.choice([0.11, 0.16, 0.225]))
            things.append(Thing("cylinder", (x, y, radius + random.choice([0.0, 0.5])), (radius, 0.06, 0), shade))
        else:
            size = random.uniform([0.1, 0.1, 0.3], [0.4, 1.2, 1.8])
            things.append(Thing("box", (x, y, size[2] / 2), tuple(size.tolist()), shade))
    if random.random() < 0.3:
        things.append(
            Thing(
                "box",
                (wall_x - 0.02, float(random.uniform(-1.5, 1.5)), 1.8),
                (0.02, 1.0, 0.7),
                tuple(random.uniform(0.1, 0.9, 3).tolist()),
            )
        )
    return things


def _furniture(kind: str, setup: dict[str, Any], random: Generator) -> list[Thing]:
    if kind == "leg_press":
        seat: Colour = (0.1, 0.1, 0.12)
        return [Thing("box", (0, 0.02, 0.16), (0.5, 0.45, 0.3), seat), Thing("box", (0, 0.42, 0.42), (0.45, 0.25, 0.84), seat)]
    if kind != "hip_thrust":
        return []
    top, depth = float(setup["bench_height"]) - 0.01, float(random.uniform(0.3, 0.45))
    wide = float(random.uniform(0.5, 1.2))
    dark: Colour = tuple(random.uniform(0.03, 0.3, 3).tolist())  # type: ignore[assignment]
    if random.random() < 0.4:
        return [Thing("box", (0, depth / 2 + 0.01, top / 2), (wide, depth, top), dark)]
    legs = [
        Thing("box", (sx * wide * 0.4, depth / 2 + 0.01, (top - 0.1) / 2), (0.06, depth * 0.7, top - 0.1), (0.15, 0.15, 0.16))
        for sx in (-1, 1)
    ]
    return [Thing("box", (0, depth / 2 + 0.01, top - 0.05), (wide, depth, 0.1), dark), *legs]


def draw_plates(setup: dict[str, Any], random: Generator) -> Plates:
    """Plates that fit the load's largest radius (0: an empty bar)."""
    radius = float(setup.get("plate", 0.0))
    length = float(random.choice([2.1, 2.1, 1.6]))
    if radius <= 0:
        return Plates((), 0.6, length)
    shade = _BUMPERS[random.integers(len(_BUMPERS))]
    thick = float(random.choice([0.025, 0.045, 0.08]))
    discs = [(radius, thick, shade)]
    for _ in range(int(random.integers(0, 3))):
        discs.append(
            (
                radius * float(random.choice([1.0, 0.75, 0.5])),
                float(random.uniform(0.02, 0.05)),
                _BUMPERS[random.integers(len(_BUMPERS))],
            )
        )
    return Plates(tuple(discs), 0.655, length)


#: Rules about tempo: drawn for every set, never its theme.
TEMPO = ("no_hold", "rushed_lowering")


@dataclass(frozen=True)
class SetPlan:
    """One clip to be made. `kind` is the studio's name of the exercise, `theme` what is wrong in the set."""

    name: str
    kind: str
    theme: str
    pool: str
    body: int
    onlooker: int
    setup: dict[str, Any]
    reps: tuple[Rep, ...]
    clothes: Clothes
    room: Room
    plates: Plates
    camera: CameraPlan
    film: FilmPlan
    choices: Choices
    mirrored: bool
    lead_s: float
    tail_s: float
    sway: float
    seed: tuple[int, ...] = field(default=())


def plan_set(seed: int, index: int, pool: str, kinds: Sequence[str], only: Sequence[str]) -> SetPlan:
    """The set with this number: the same for the same arguments. Sets of two pools share neither bodies nor draws."""

    def stream(number: int) -> Generator:
        return np.random.default_rng([POOLS[pool], seed, index, number])

    random = stream(0)
    weights = np.array([KINDS[kind].weight for kind in kinds])
    kind = str(random.choice(list(kinds), p=weights / weights.sum()))
    choices = apply_conditions(draw_choices(stream(1), lying=KINDS[kind].lying), only, stream(2))
    setup = draw_setup(kind, choices, stream(3))
    theme, reps = draw_reps(kind, setup, choices, stream(4))
    room = draw_room(kind, setup, choices, stream(5))
    plates = draw_plates(setup, stream(6))
    name = f"{kind}_{index:04d}" + (f"_{theme}" if theme else "")
    looks = stream(7)
    mirrored = bool(looks.random() < 0.5)
    body = int(stream(8).integers(POOL_SIZE))
    return SetPlan(
        name=name,
        kind=kind,
        theme=theme,
        pool=pool,
        body=body,
        onlooker=(body + 1 + int(looks.integers(POOL_SIZE - 1))) % POOL_SIZE,
        setup=setup,
        reps=tuple(reps),
        clothes=_draw_clothes(choices, stream(9)),
        room=room,
        plates=plates,
        camera=choices.camera,
        film=replace(choices.film, seed=int(looks.integers(2**31))),
        choices=choices,
        mirrored=mirrored,
        lead_s=float(looks.uniform(0.5, 1.3)),
        tail_s=float(looks.uniform(0.5, 1.2)),
        sway=float(looks.uniform(0.2, 0.9)),
        seed=(POOLS[pool], seed, index),
    )


def draw_reps(kind: str, setup: dict[str, Any], choices: Choices, random: Generator) -> tuple[str, list[Rep]]:
    """The set's theme (no name: clean) and its reps."""
    rules = RULES.get(kind, {})
    themes = [name for name in rules if name not in TEMPO]
    count = 3 if choices.brisk else int(random.choice([3, 4, 5], p=[0.5, 0.35, 0.15]))
    theme, picked = "", []
    if themes and random.random() < choices.faulty:
        number = 2 if random.random() < 0.2 else 1
        weights = np.array([KINDS[kind].themes.get(name, 1.0) for name in themes])
        picked = [
            str(name)
            for name in random.choice(themes, size=min(number, len(themes)), replace=False, p=weights / weights.sum())
        ]
        if {"torso_upright", "torso_collapsed"} <= set(picked) or {"knees_bend_too_much", "knees_locked"} <= set(picked):
            picked = picked[:1]
        manner = random.choice(["mixed", "all", "range"], p=[0.5, 0.25, 0.25])
        theme = ("mixed_" if manner == "mixed" else "range_" if manner == "range" else "") + "_and_".join(picked)
    base = _base(kind, rules, random)
    reps = []
    for _ in range(count):
        wanted = {name: value + float(random.normal(0, jitter)) for name, (value, jitter) in base.items()}
        for name in picked:
            wanted[name] = _severity(rules[name], "all" if theme == name else theme.split("_")[0], random)
            if name == "torso_upright" and "torso_collapsed" in wanted:
                del wanted["torso_collapsed"]
        wanted["round_share"] = float(setup.get("round_share", 0.55))
        wanted["shin_side"] = float(setup.get("shin_side", -1.0))
        rep = _tempo(kind, setup, wanted, random)
        reps.append(_brisk(rep) if choices.brisk else rep)
    if "short_range" in picked and rules["short_range"].unit == "%set" and len(reps) < 4:
        reps.append(reps[0])
    if "short_range" in picked and rules["short_range"].unit == "%set":
        reps = _mostly_full(reps, random)
    return theme, reps


def _mostly_full(reps: list[Rep], random: Generator) -> list[Rep]:
    """A rep is short against the set's usual one: at least half of them are whole."""
    short = set(random.choice(len(reps), size=(len(reps) - 1) // 2, replace=False).tolist())
    whole = [rep if k in short else replace(rep, wanted={**rep.wanted, "short_range": 100.0}) for k, rep in enumerate(reps)]
    return whole


def _base(kind: str, rules: dict[str, Rule], random: Generator) -> dict[str, tuple[float, float]]:
    """Clean values of a set with how much they vary from rep to rep, for the rules whose value is always there."""
    always = {"short_range": 1.2, "chin_not_tucked": 1.5, "torso_upright": 1.5}
    base = {}
    for name, jitter in always.items():
        rule = rules.get(name)
        if rule is None or rule.unit == "%set":
            continue
        base[name] = (float(rule.best + (rule.clean - rule.best) * random.uniform(0, 0.75)), jitter)
    return base


def _severity(rule: Rule, manner: str, random: Generator) -> float:
    """A severity: of faulty reps ("all"), of faulty and clean ones ("mixed"), of anything between ("range")."""
    draw = random.random()
    if manner == "range" or (manner == "mixed" and draw < 0.15):
        return float(random.uniform(min(rule.best, rule.worst), max(rule.best, rule.worst)))
    if manner == "mixed" and draw < 0.55:
        return float(rule.best + (rule.clean - rule.best) * random.uniform(0, 0.8))
    return float(rule.fault + (rule.worst - rule.fault) * random.uniform(0.05, 1.0) ** 1.2)


def _tempo(kind: str, setup: dict[str, Any], wanted: Wanted, random: Generator) -> Rep:
    to_turn, hold, back, rest = (float(setup[name]) for name in ("to_turn_s", "hold_s", "back_s", "rest_s"))
    vary = random.uniform(0.85, 1.18, 4)
    return Rep(wanted, to_turn * vary[0], hold * vary[1], back * vary[2], rest * vary[3])


def _brisk(rep: Rep) -> Rep:
    most = Rep(rep.wanted, to_turn_s=1.6, hold_s=0.6, back_s=1.2, rest_s=0.3)
    quicker = {name: min(getattr(rep, name), getattr(most, name)) for name in ("to_turn_s", "hold_s", "back_s", "rest_s")}
    return replace(rep, **quicker)


def _draw_clothes(choices: Choices, random: Generator) -> Clothes:
    skin = np.array([[0.78, 0.59, 0.48], [0.45, 0.30, 0.22], [0.90, 0.72, 0.62], [0.62, 0.45, 0.34], [0.30, 0.20, 0.15]])
    shade = skin[random.integers(len(skin))] * random.uniform(0.92, 1.06)
    hair = np.array([[0.05, 0.04, 0.03], [0.2, 0.12, 0.07], [0.55, 0.42, 0.25], [0.35, 0.33, 0.32]])[random.integers(4)]

    def colour(low: float, high: float) -> tuple[float, float, float]:
        grey = random.uniform(low, high)
        spread = random.uniform(-0.25, 0.25, 3) * (random.random() < 0.7)
        return tuple(np.clip(grey + spread, 0.02, 0.97).tolist())  # type: ignore[return-value]

    top = choices.top
    looseness = {"none": 0.0, "tight": 0.0, "loose": random.uniform(0.008, 0.026), "hoodie": random.uniform(0.02, 0.036)}[top]
    return Clothes(
        top=top,
        sleeves="long" if top == "hoodie" else str(random.choice(["none", "short", "long"], p=[0.35, 0.5, 0.15])),
        bottom=str(random.choice(["shorts", "tights", "trousers"], p=[0.4, 0.4, 0.2])),
        hair=str(random.choice(["short", "bun", "tail", "long"], p=[0.45, 0.15, 0.25, 0.15])),
        looseness=float(looseness),
        hang=float(random.uniform(0.3, 2.2)),
        skin_colour=tuple(np.clip(shade, 0, 1).tolist()),
        top_colour=colour(0.05, 0.9),
        bottom_colour=colour(0.03, 0.5),
        shoe_colour=colour(0.05, 0.9),
        hair_colour=tuple(hair.tolist()),
        stripes=float(random.choice([0, 0, 0, 0.5])),
        seed=int(random.integers(2**31)),
    )
