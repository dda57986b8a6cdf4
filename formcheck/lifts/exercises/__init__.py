"""The exercises, one file each; each defines `EXERCISES`."""
