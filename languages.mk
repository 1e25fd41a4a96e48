# `make languages`: the echo programs of examples/languages, each with the library of this checkout.

.PHONY: languages
languages: build
	examples/languages/run.sh "$(TARGET_DIR)/libudp.so" "$(CURDIR)/include" "$(CARGO_TARGET_DIR)/languages"

# `make tools`: the library inside SQLite, PostgreSQL and GDB.
.PHONY: tools
tools: build tmp
	$(IN_PLACE) $(PYTHON) examples/tools/run.py "$(TARGET_DIR)" "$(CURDIR)/include" "$(CARGO_TARGET_DIR)/tools"
