# `make release`: wheels, archives and the sdist for every platform, in the directory of the build.

.PHONY: release
release: tmp .venv/ready
	.venv/bin/python packaging/release.py "$(CARGO_TARGET_DIR)/release-files"
