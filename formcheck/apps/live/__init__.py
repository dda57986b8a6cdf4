"""The coach who watches while the set runs: framing, the running count, and one cue a rep."""
