"""The pages that a phone sees: templates and files of the app, and what a page may load."""

from formcheck.serve.pages.files import PageFile, locked_page, page_files
from formcheck.serve.pages.policy import SHELL_POLICY, page_policy

__all__ = ["SHELL_POLICY", "PageFile", "locked_page", "page_files", "page_policy"]
