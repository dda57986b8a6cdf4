"""The documentation's site: its pages are README, docs/ and the package, put together; `scripts/docs` builds it."""
