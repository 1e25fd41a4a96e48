"""The version of the package, which is the crate's: a test holds them together."""

__version__ = "0.1.0"
