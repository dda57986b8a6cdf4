"""Sentences shared by terminal, page and video."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from formcheck.apps.serve.worker import result_of
from formcheck.outputs.page.page import write_page
from formcheck.outputs.terminal import report
from formcheck.outputs.words import (
    Unjudged,
    clock,
    damage_in_words,
    faults_in_words,
    file_in_words,
    key_finding,
    other_sets,
    outcome,
    recognition,
    rep_numbers,
    set_in_words,
    set_of_sets,
    shots_analysed,
    switched_off,
    unjudged,
)
from formcheck.results.analysis import Analysis, ClipSet, DamagedPart, NotJudged, RepVerdict, Severity
from formcheck.results.encoding import analysis_from_data, data_of
from tests.outputs.made_up import (
    HOSTILE_REASON,
    edited_analysis,
    made_up_analysis,
    made_up_motion,
    shot_of,
    two_shots,
)


def printed(analysis: Analysis) -> str:
    console = Console(width=180, record=True, file=io.StringIO())
    console.print(report(analysis))
    return console.export_text()


def plain() -> Analysis:
    motion, reps = made_up_motion()
    return made_up_analysis(reps, float(motion.times[-1]))


def test_reps_that_are_not_judged_are_not_among_the_clean_ones() -> None:
    assert outcome(edited_analysis(two_shots())) == "1 of 4 reps clean, 2 not judged"
    assert outcome(plain()) == "0 of 2 reps clean"


def test_the_terminal_tells_why_a_rep_is_not_judged() -> None:
    text = printed(edited_analysis(two_shots()))
    assert "1 of 4 reps was clean; trunk too upright in 1 of 4 reps. Reps 3 and 4 could not be judged." in text
    assert text.count(f"not judged: {HOSTILE_REASON} is hidden") == 2
    assert "not judged   (" not in printed(plain())


def test_a_part_of_a_clip_is_called_one() -> None:
    whole = plain()
    part = replace(whole, clip=replace(whole.clip, start_s=10.0, duration_s=10.0))
    assert "only 0:10.0–0:20.0 analysed" in printed(part)
    assert "analysed" not in printed(whole)


def test_a_close_runner_up_is_named() -> None:
    facts = edited_analysis(two_shots()).exercise
    said = "exercise recognised, 62 % sure; it may also be a goblet squat (31 %)"
    assert recognition(facts) == f"{said}; name it with --exercise"
    assert recognition(facts, "python") == f"{said}; name it with exercise"
    assert recognition(facts, "page") == said
    assert "it may also be a Romanian deadlift (31 %)" in recognition(replace(facts, runner_up="romanian_deadlift"))
    assert "it may also be an overhead press;" in recognition(
        replace(facts, runner_up="overhead_press", runner_up_confidence=None)
    )
    assert recognition(replace(facts, source="user")) == "exercise named by you"
    assert recognition(plain().exercise) == "exercise recognised, 93 % sure"


def test_what_is_less_likely_than_not_is_not_called_recognised() -> None:
    facts = replace(edited_analysis(two_shots()).exercise, confidence=0.42)
    assert recognition(facts, "page") == "not sure which exercise: split squat (42 %) or goblet squat (31 %)"
    assert recognition(facts) == "not sure which exercise: split squat (42 %) or goblet squat (31 %); name it with --exercise"
    alone = replace(facts, runner_up=None, runner_up_confidence=None)
    assert recognition(alone, "page") == "not sure which exercise: split squat (42 %)"


def test_a_page_names_no_option_of_the_command_line(tmp_path: Path) -> None:
    motion, reps = made_up_motion()
    analysis = made_up_analysis(reps, float(motion.times[-1]))
    unsure = replace(analysis.exercise, working_leg=None, working_leg_told=False, runner_up="goblet_squat")
    source = write_page(tmp_path, replace(analysis, exercise=unsure), [shot_of(motion, reps)]).read_text(encoding="utf-8")
    top = source[source.index("<header") : source.index("</header>")]
    assert "tell which leg is in front" in top
    assert 'href="#wrong"' in top
    assert "--" not in top
    said = " ".join(printed(replace(analysis, exercise=unsure)).split())
    assert "can't tell which leg is in front; name it with --leg" in said


def of_reps(severities: dict[tuple[str, int], Severity], verdicts: list[RepVerdict]) -> Analysis:
    """A set of so many reps, with these findings."""
    analysis = plain()
    reps = tuple(replace(analysis.reps[0], index=i, verdict=verdict) for i, verdict in enumerate(verdicts, 1))
    one = analysis.findings[0]
    findings = tuple(replace(one, rule=rule, rep=rep, severity=severity) for (rule, rep), severity in severities.items())
    summary = replace(analysis.summary, reps=len(reps), clean_reps=verdicts.count("clean"))
    return replace(analysis, reps=reps, findings=findings, summary=summary)


@pytest.mark.parametrize(
    ("severities", "verdicts", "said"),
    [
        ({("short_range", 1): "fault"}, ["fault"], "The one rep was not clean: not deep enough."),
        ({("short_range", 1): "borderline"}, ["borderline"], "Possible fault in the one rep: not deep enough."),
        (
            {("short_range", rep): "fault" for rep in (1, 2)}, ["fault", "fault"],
            "Neither rep was clean: not deep enough in both reps.",
        ),
        (
            {("short_range", rep): "fault" for rep in (1, 2, 3)} | {("torso_upright", 1): "borderline"}, ["fault"] * 3,
            "None of the 3 reps was clean: not deep enough in all 3 reps; possible fault: trunk too upright in 1 of 3 reps.",
        ),
        (
            {("short_range", rep): "borderline" for rep in (2, 3, 4, 5)} | {("torso_upright", 4): "borderline"},
            ["not_judged", *["borderline"] * 4],
            "Possible faults: not deep enough in 4 of 5 reps, trunk too upright in 1 of 5 reps. Rep 1 could not be judged.",
        ),
        ({("short_range", 2): "borderline"}, ["clean", "borderline", "clean"],
         "2 of 3 reps were clean; possible fault: not deep enough in 1 of 3 reps."),
    ],
)  # fmt: skip
def test_the_verdict_of_a_set_says_in_how_many_of_its_reps(
    severities: dict[tuple[str, int], Severity], verdicts: list[RepVerdict], said: str
) -> None:
    assert set_in_words(of_reps(severities, verdicts)) == said


def test_an_edited_clip_says_which_shots_were_analysed() -> None:
    analysis = edited_analysis(two_shots())
    said = shots_analysed(analysis)
    assert said == "shots 1 and 3 of 3 analysed (0:00.0–0:05.7, 0:06.8–0:12.5), lifter seen in 80 % of their frames"
    assert "filmed from both sides" in printed(analysis)
    assert "shot 2 (0:05.7–0:06.8): not analysed: no repetition was found" in printed(analysis)
    one = replace(analysis, shots=tuple(replace(shot, analysed=shot.number == 3) for shot in analysis.shots))
    assert (shots_analysed(one) or "").startswith("shot 3 of 3 analysed (0:06.8–0:12.5), lifter seen in 80 % of its")
    many = replace(analysis, shots=tuple(replace(analysis.shots[0], number=n) for n in range(1, 181)))
    assert shots_analysed(many) == "shots 1 to 180 of 180 analysed, lifter seen in 80 % of their frames"
    assert shots_analysed(plain()) is None
    assert shots_analysed(replace(analysis, shots=analysis.shots[:1])) is None


def test_the_table_has_shots_only_where_there_are_several() -> None:
    assert "rep  shot" in printed(edited_analysis(two_shots()))
    assert "shot" not in printed(plain())


def test_what_was_not_counted_has_its_time_and_reason() -> None:
    text = printed(edited_analysis(two_shots()))
    assert "Not counted" in text
    assert "0:00.0–0:00.5 (shot 1)  walking to the bench" in text
    assert f"setting up {HOSTILE_REASON}" in text
    assert "Not counted" not in printed(plain())


def test_a_clock_never_shows_sixty_seconds() -> None:
    assert [clock(s) for s in (0, 9.96, 59.97, 60, 125.25)] == ["0:00.0", "0:10.0", "1:00.0", "1:00.0", "2:05.2"]


def test_a_clip_that_was_turned_over_is_said_to_be(tmp_path: Path) -> None:
    motion, reps = made_up_motion()
    analysis = made_up_analysis(reps, float(motion.times[-1]))
    turned = replace(analysis, clip=replace(analysis.clip, turned_over=True))
    assert file_in_words(analysis) == []
    assert "turned over" in printed(turned)
    write_page(tmp_path, turned, [shot_of(motion, reps)])
    assert "turned over" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_terminal_and_page_say_how_much_of_a_damaged_file_is_lost(tmp_path: Path) -> None:
    motion, reps = made_up_motion()
    analysis = made_up_analysis(reps, float(motion.times[-1]))
    assert damage_in_words(analysis) is None
    parts = (DamagedPart(0.0, 0.0, 2), DamagedPart(3.4, 4.0, 12))
    damaged = replace(analysis, clip=replace(analysis.clip, frames=217, lost_frames=14, damaged=parts))
    said = "14 of its 217 pictures cannot be read, and 0:03.4–0:04.0 cannot be trusted"
    assert said in str(damage_in_words(damaged))
    assert said in printed(damaged)
    write_page(tmp_path, damaged, [shot_of(motion, reps)])
    assert said in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert analysis_from_data(json.loads(json.dumps(data_of(damaged)))) == damaged


def test_a_reason_stands_once_with_all_its_rules_and_reps() -> None:
    gaps = (
        NotJudged("torso_upright", 1, "the trunk is hidden", "hidden"),
        NotJudged("torso_upright", 3, "the trunk is hidden", "hidden"),
        NotJudged("torso_collapsed", None, "the trunk is hidden", "hidden"),
        NotJudged("short_range", None, "switched off", "switched_off"),
    )
    analysis = replace(plain(), not_judged=gaps)
    assert unjudged(analysis) == [
        Unjudged("the trunk is hidden", ("trunk too upright (reps 1 and 3)", "leans too far forward"))
    ]
    assert printed(analysis).count("the trunk is hidden") == 1
    assert switched_off(analysis) == '"Not deep enough" is switched off'
    assert '"Not deep enough" is switched off.' in printed(analysis)


def test_reps_are_listed_as_people_say_them() -> None:
    assert rep_numbers([3]) == "rep 3"
    assert rep_numbers([2, 1]) == "reps 1 and 2"
    assert rep_numbers([6, 1, 2, 3, 4, 8, 9]) == "reps 1 to 4, 6, 8 and 9"


def test_what_is_borderline_is_not_called_a_fault() -> None:
    analysis = plain()
    fault = replace(analysis.findings[0], rule="short_range", rep=1)
    mixed = replace(analysis, findings=(replace(analysis.findings[1], rep=1), fault))
    found = faults_in_words(mixed.reps[0], mixed.exercise.name, mixed.findings)
    assert found == [("fault", "not deep enough"), ("borderline", "trunk too upright")]
    assert "fault: not deep enough; possible fault: trunk too upright" in printed(mixed)


def test_what_to_change_first_is_what_happens_most_often_not_what_is_surest() -> None:
    analysis = plain()
    surest = replace(analysis.findings[0], rule="stance_too_narrow", confidence=0.99)
    often = [replace(analysis.findings[0], rule="short_range", rep=rep, confidence=0.9) for rep in (1, 2)]
    note = replace(analysis.findings[2], confidence=0.99)
    found = key_finding(replace(analysis, findings=(note, surest, *often)))
    assert found is not None
    assert found.rule == "short_range"
    assert key_finding(replace(analysis, findings=())) is None


def in_two_sets(analysis: Analysis, number: int) -> Analysis:
    sets = (
        ClipSet(1, None, 30.0, 1.0, 12.0, "split_squat", "bulgarian", 5, 4, {"torso_upright": 1}),
        ClipSet(2, 30.0, None, 50.0, 61.5, "romanian_deadlift", None, 3, 0, {}),
    )
    return replace(analysis, sets=sets, set_number=number)


def test_of_several_sets_each_says_which_it_is_and_leads_to_the_others(tmp_path: Path) -> None:
    motion, reps = made_up_motion()
    first, second = (in_two_sets(made_up_analysis(reps, 10.0), number) for number in (1, 2))
    assert set_of_sets(first) == "set 1 of 2 in this clip, 0:01.0–0:12.0"
    assert other_sets(first) == [("set-2/", "set 2: Romanian deadlift, 0:50.0–1:01.5, 0 of 3 reps clean")]
    assert other_sets(second) == [("../", "set 1: Bulgarian split squat, 0:01.0–0:12.0, 4 of 5 reps clean")]
    assert set_of_sets(made_up_analysis(reps, 10.0)) is None
    console = Console(file=io.StringIO(), width=200)
    console.print(report(second))
    assert "Set 2 of 2 in this clip, 0:50.0–1:01.5" in console.file.getvalue()  # type: ignore[attr-defined]
    assert analysis_from_data(data_of(second)) == second
    page = write_page(tmp_path, second, [shot_of(motion, reps)]).read_text(encoding="utf-8")
    assert 'href="../report.html"' in page
    assert "Set 2 of 2" in page


def test_a_phone_gets_the_findings_of_every_set_with_the_sets_number() -> None:
    _, reps = made_up_motion()
    one, other = (in_two_sets(made_up_analysis(reps, 10.0), number) for number in (1, 2))
    both, single = result_of(one, other), result_of(one)
    assert both["reps"] == 2 * single["reps"]
    assert len(both["findings"]) == 2 * len(single["findings"])
    assert all(finding["title"].startswith(("Set 1: ", "Set 2: ")) for finding in both["findings"])
    assert both["headline"].startswith("Set 1: ")
    assert "Set 2: " in both["headline"]
