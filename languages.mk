# `make languages`: the echo programs of examples/languages, each with the library of this checkout.

.PHONY: languages
languages: build
	examples/languages/run.sh "$(TARGET_DIR)/libudp.so" "$(CURDIR)/include" "$(CARGO_TARGET_DIR)/languages"
