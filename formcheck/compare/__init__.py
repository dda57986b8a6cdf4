"""Two filmed sets side by side, or two reps of one: aligned by the phase of the rep, with what differs beyond our error."""

from formcheck.compare.comparison import Comparison, comparison_to_data
from formcheck.compare.differences import compared
from formcheck.compare.pairing import Pair, pairs_of_set, pairs_of_two
from formcheck.compare.saved import SavedSet, load_saved

__all__ = [
    "Comparison",
    "Pair",
    "SavedSet",
    "compared",
    "comparison_to_data",
    "load_saved",
    "pairs_of_set",
    "pairs_of_two",
]
