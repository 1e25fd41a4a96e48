"""The version of the package. A test compares it with the version of the crate."""

__version__ = "0.1.0"
