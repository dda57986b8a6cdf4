"""The version, where every room can read it without the package's face, which knows all of them."""

__version__ = "0.3.0"
