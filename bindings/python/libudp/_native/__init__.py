"""The shared library: find it, load it, declare its functions, call them."""
