"""The logbook's page: one HTML file that opens from disk, with what changed over the weeks, exercise by exercise."""

from formcheck.logbook.page.build import write_log_page

__all__ = ["write_log_page"]
