# `make suites`: the tests of other packages over the library's sockets.

.PHONY: suites
suites: build
	$(IN_PLACE) $(PYTHON) tests/suites/run.py "$(CARGO_TARGET_DIR)/suites" $(SUITE)
