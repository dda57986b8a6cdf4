"""A folder of clips: found by content, analysed on all cores or on a cluster, resumed after any interruption."""
