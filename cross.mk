# `make cross`: the library on other systems.

.PHONY: cross
cross: tmp
	tests/cross/run.sh
