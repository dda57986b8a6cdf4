"""The comparison's page: one HTML file that opens from disk, the video beside a chart of both, and the table below."""

from formcheck.compare.page.build import write_comparison_page

__all__ = ["write_comparison_page"]
