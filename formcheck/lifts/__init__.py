"""Lifts: reps, recognition, rules and the judge."""
