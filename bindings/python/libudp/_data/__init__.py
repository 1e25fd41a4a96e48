"""Plain data: what needs no socket."""
