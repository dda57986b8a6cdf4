"""One file an exercise family; each defines `EXERCISES`."""
