"""The report page: one HTML file that opens from disk, with the video beside charts that move with it."""

from formcheck.report.page.build import write_page

__all__ = ["write_page"]
