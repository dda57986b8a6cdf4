"""The logbook: every logged set with its form, and what it says about the next one.

`Logbook` reads and writes it; an `Entry` is one set with its reps and findings.
"""
