"""The class `Socket`, one file per topic."""
