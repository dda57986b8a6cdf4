"""The tables of the logbook, as steps from each version to the next.

Every step stays as it was once it has been released: an older logbook goes through the steps that it lacks.
"""

from __future__ import annotations

#: Marks an SQLite file as a logbook of formcheck ("FCLB").
APPLICATION_ID = 0x46434C42

_FIRST = (
    """
    CREATE TABLE sets (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        exercise TEXT NOT NULL,
        variant TEXT,
        leg TEXT CHECK (leg IN ('left', 'right')),
        filmed_at TEXT NOT NULL,
        filmed_source TEXT NOT NULL CHECK (filmed_source IN ('user', 'metadata', 'name', 'file')),
        logged_at TEXT NOT NULL,
        load_kg REAL CHECK (load_kg >= 0),
        load_unit TEXT CHECK (load_unit IN ('kg', 'lb')),
        reps_done INTEGER NOT NULL CHECK (reps_done >= 0),
        notes TEXT NOT NULL DEFAULT '',
        side TEXT CHECK (side IN ('left', 'right')),
        software TEXT NOT NULL DEFAULT '',
        edited TEXT NOT NULL DEFAULT '',
        CHECK ((load_kg IS NULL) = (load_unit IS NULL))
    )
    """,
    # `end_s` is -1 for the clip's end: NULLs would not count as equal, and a clip could be counted twice.
    """
    CREATE TABLE clips (
        set_id INTEGER PRIMARY KEY REFERENCES sets (id) ON DELETE CASCADE,
        sha256 TEXT NOT NULL,
        start_s REAL NOT NULL,
        end_s REAL NOT NULL,
        name TEXT NOT NULL,
        path TEXT NOT NULL,
        folder TEXT NOT NULL,
        slow_motion REAL NOT NULL,
        kept TEXT,
        UNIQUE (sha256, start_s, end_s)
    )
    """,
    """
    CREATE TABLE reps (
        set_id INTEGER NOT NULL REFERENCES sets (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        verdict TEXT NOT NULL CHECK (verdict IN ('clean', 'fault', 'borderline', 'not_judged')),
        not_judged_because TEXT,
        start_s REAL NOT NULL,
        turn_s REAL NOT NULL,
        turn_end_s REAL NOT NULL,
        end_s REAL NOT NULL,
        lowering_s REAL,
        pause_s REAL,
        lifting_s REAL,
        range_deg REAL NOT NULL,
        velocity_m_s REAL,
        measures TEXT NOT NULL,
        PRIMARY KEY (set_id, number)
    )
    """,
    """
    CREATE TABLE findings (
        set_id INTEGER NOT NULL,
        rep INTEGER NOT NULL,
        rule TEXT NOT NULL,
        severity TEXT NOT NULL CHECK (severity IN ('fault', 'borderline', 'info')),
        time_s REAL NOT NULL,
        value REAL NOT NULL,
        limit_value REAL NOT NULL,
        unit TEXT NOT NULL,
        confidence REAL NOT NULL,
        message TEXT NOT NULL,
        cue TEXT NOT NULL,
        FOREIGN KEY (set_id, rep) REFERENCES reps (set_id, number) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE not_judged (
        set_id INTEGER NOT NULL REFERENCES sets (id) ON DELETE CASCADE,
        rule TEXT NOT NULL,
        rep INTEGER,
        reason TEXT NOT NULL,
        code TEXT
    )
    """,
    "CREATE INDEX findings_of_set ON findings (set_id, rep)",
    "CREATE INDEX not_judged_of_set ON not_judged (set_id)",
    "CREATE INDEX sets_by_exercise ON sets (exercise)",
)

_PICTURES = (
    """
    CREATE TABLE pictures (
        set_id INTEGER PRIMARY KEY REFERENCES sets (id) ON DELETE CASCADE,
        jpeg BLOB NOT NULL,
        time_s REAL NOT NULL
    )
    """,
)

#: Step i leads from version i to version i + 1 of `PRAGMA user_version`.
STEPS: tuple[tuple[str, ...], ...] = (_FIRST, _PICTURES)
VERSION = len(STEPS)
