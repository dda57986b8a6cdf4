"""Logs as other apps, spreadsheets and people write them: headers as the apps have them, made-up rows."""

from __future__ import annotations

NAMES = (
    "Squat", "Squat (Barbell)", "Front Squat", "Deadlift", "Deadlift (Barbell)", "Sumo Deadlift", "RDL",
    "Romanian Deadlift (Dumbbell)", "Stiff Leg Deadlift", "Hip Thrust (Machine)", "Barbell Hip Thrust", "hip thrusts",
    "HIP  THRUST", "Bulgarian Split Squat", "Bulgarian Split Squat (Dumbbell)", "Lunge", "Walking Lunge", "Goblet Squat",
    "Glute Bridge", "Bülgarian split squat", "Hip-Thrust", "BSS", "Good Morning",
)  # fmt: skip

_PLAIN = "Date,Exercise,Weight (kg),Reps\n"
_STRONG = "Date,Workout Name,Duration,Exercise Name,Set Order,Weight,Reps,Distance,Seconds,Notes,Workout Notes,RPE\n"
_STRONG_SEMICOLON = (
    "Workout #;Date;Workout Name;Duration (sec);Exercise Name;Set Order;Weight (kg);Reps;RPE;Distance (meters);Seconds;Notes;"
    "Workout Notes\n"
)
_HEVY = (
    '"title","start_time","end_time","description","exercise_title","superset_id","exercise_notes","set_index","set_type",'
    '"weight_kg","reps","distance_km","duration_seconds","rpe"\n'
)
_STRONGLIFTS = (
    "Date (yyyy/mm/dd),Workout,Workout Name,Program Name,Body Weight (KG),Exercise,Sets×Reps,Sets×Time,Top Set (Reps×KG),"
    "e1RM (KG),Reps,Volume (KG),Workout Volume (KG),Duration (hours),Start Time (h:mm),End Time (h:mm),Notes,Set 1 (Reps),"
    "Set 1 (KG),Set 2 (Reps),Set 2 (KG)\n"
)
_EVENING = '2026-07-23 19:16:49,"Evening Workout",29m,'
_MARCH = '"Legs","28 Mar 2026, 17:29","28 Mar 2026, 18:29","","Hip Thrust (Barbell)","","",'

TEXTS = {
    "strong": f'{_STRONG}{_EVENING}"Hip Thrust (Barbell)",1,60.0,10.0,0,0.0,"","",\n'
    f'{_EVENING}"Hip Thrust (Barbell)",2,60.0,9.0,0,0.0,"","",8.5\n'
    f'{_EVENING}"Romanian Deadlift (Barbell)",1,70.0,8.0,0,0.0,"","",\n'
    f'{_EVENING}"Romanian Deadlift (Barbell)",Rest Timer,0,0,0,90.0,"","",\n',
    "strong_semicolon": f'{_STRONG_SEMICOLON}1;2026-07-23 19:16:49;"Legs";1740;"Hip Thrust (Barbell)";1;60,0;10;;;0,0;"";""\n'
    '1;2026-07-23 19:16:49;"Legs";1740;"Hip Thrust (Barbell)";W;40,0;10;;;0,0;"";""\n',
    "hevy": f'{_HEVY}{_MARCH}0,"warmup",40,10,,,\n{_MARCH}1,"normal",60,10,,,8\n',
    "fitnotes_old": "Date,Exercise,Category,Weight (kgs),Reps,Distance,Distance Unit,Time,Comment\n"
    "2026-03-02,Barbell Hip Thrust,Legs,60.0,10,,,,\n2026-03-02,Romanian Deadlift,Legs,80.0,8,,,,belt\n",
    "fitnotes_new": "Date,Exercise,Category,Weight,Weight Unit,Reps,Distance,Distance Unit,Time,Comment\n"
    "2026-03-02,Hip Thrust,Legs,135.0,lbs,10,,,,\n2026-03-02,Romanian Deadlift,Legs,80.0,kgs,8,,,,belt\n",
    "fitnotes_ios_kg": "Date,Exercise,Category,Weight (kg),Reps,Distance,Distance Unit,Time,Notes\n"
    "2026-03-02,Hip Thrust,Legs,60.0,10,,,,\n",
    "kgs": "Date,Exercise,Weight (KGs),Reps\n2026-03-02,Hip Thrust,60,10\n2026-03-02,Hip Thrust,62.5,9\n",
    "load_in_kg": "Date,Exercise,Weight in kg,Reps\n2026-03-02,Hip Thrust,60,10\n",
    "gewicht": "Date,Exercise,Kilograms,Reps\n2026-03-02,Hip Thrust,60,10\n",
    "weight_used": "Date,Exercise,Weight Used (kg),Reps\n2026-03-02,Hip Thrust,60,10\n",
    "excel_sep": "sep=;\nDate;Exercise;Weight (kg);Reps\n02.03.2026;Hip Thrust;62,5;10\n",
    "decimal_comma": "Date;Exercise;Weight (kg);Reps\n02.03.2026;Hip Thrust;62,5;10\n",
    "utf16": "Date\tExercise\tWeight (kg)\tReps\n2026-03-02\tHip Thrust\t62.5\t10\n",
    "cp1252": "Date,Exercise,Weight (kg),Reps,Notes\n2026-03-02,Hip Thrust,60,10,müde\n",
    "bom_crlf": "\ufeffDate,Exercise,Weight (kg),Reps\r\n2026-03-02,Hip Thrust,60,10\r\n",
    "multiline": 'Date,Exercise,Weight (kg),Reps,Notes\n2026-03-02,Hip Thrust,60,10,"left knee\nhurt"\n'
    "2026-03-03,Hip Thrust,60,10,ok\n2026-03-04,Hip Thrust,x,10,ok\n",
    "ampm": f"{_PLAIN}2026-03-02 6:30 PM,Hip Thrust,60,10\n",
    "ddmmyy": f"{_PLAIN}02/03/26,Hip Thrust,60,10\n",
    "dash_mon": f"{_PLAIN}2-Mar-2026,Hip Thrust,60,10\n",
    "mixed_order": f"{_PLAIN}13/03/2026,Hip Thrust,60,10\n03/04/2026,Hip Thrust,60,10\n",
    "two_dates": f"{_PLAIN}25/12/2025,Hip Thrust,60,10\n12/25/2025,Hip Thrust,60,10\n",
    "warmup": "Date,Exercise,Weight (kg),Reps,Set Type,RPE\n2026-03-02,Hip Thrust,20,15,warmup,\n"
    "2026-03-02,Hip Thrust,60,10,normal,8\n2026-03-02,Hip Thrust,60,10,normal,9\n",
    "zero_reps": f"{_PLAIN}2026-03-02,Hip Thrust,60,0\n2026-03-02,Hip Thrust,60,10\n",
    "dumbbells": "Date,Exercise,Load,Reps\n2026-03-02,Split Squat,2x20kg,10\n",
    "dumbbells2": "Date,Exercise,Load,Reps\n2026-03-02,Split Squat,20kg each,10\n",
    "amrap": f"{_PLAIN}2026-03-02,Hip Thrust,60,8+\n2026-03-02,Hip Thrust,60,10-12\n",
    "split_lr": f"{_PLAIN}2026-03-02,Split Squat,20,10/10\n",
    "same_twice": _PLAIN + "2026-03-02,Hip Thrust,60,10\n" * 3,
    "thousands": 'Date;Exercise;Weight (kg);Reps\n2026-03-02;Hip Thrust;"1.000,5";10\n',
    "names": _PLAIN + "".join(f"2026-03-{day:02d},{name},60,10\n" for day, name in enumerate(NAMES, 1)),
    "stronglifts": f"{_STRONGLIFTS}2026/03/02,1,A,5x5,80,Squat,2×5,,5×100,116,10,1000,1000,0.5,18:00,18:30,,5,100,5,100\n",
    "bothunits": "Date,Exercise,Weight (kg),Weight (lbs),Reps\n2026-03-02,Hip Thrust,60,132.3,10\n"
    "2026-03-03,Hip Thrust,,135,10\n",
    "reps_col": "Date,Exercise,Weight (kg),Sets,Reps\n2026-03-02,Hip Thrust,60,3,10\n2026-03-03,Hip Thrust,60,3,10/10/8\n",
    "future": f"{_PLAIN}2062-03-02,Hip Thrust,60,10\n0026-03-02,Hip Thrust,60,10\n",
    "good_morning": _PLAIN + "2025-11-20,Good Morning,40,10\n" * 3 + "2025-11-18,Romanian Deadlift,100,10\n" * 3
    + "2025-11-20,Back Squat,120,5\n2025-11-20,Front Squat,80,5\n",
}  # fmt: skip
ENCODINGS = {"utf16": "utf-16", "cp1252": "cp1252"}


def write_logs(folder):
    """Write every file; return the paths by name."""
    paths = {name: folder / f"{name}.csv" for name in TEXTS}
    for name, path in paths.items():
        path.write_bytes(TEXTS[name].encode(ENCODINGS.get(name, "utf-8")))
    return paths
