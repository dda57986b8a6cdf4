"""Two filmed sets side by side, or two reps of one: aligned by the phase of the rep, with what differs beyond our error."""
