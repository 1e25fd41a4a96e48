# make harden: memory and system calls that fail, stack use, chaos with forks, AddressSanitizer, and a short run of each
# fuzz target. tests/harden/run.sh says what it runs, and which variables make it longer.

.PHONY: harden
harden: build
	TARGET_DIR="$(TARGET_DIR)" bash tests/harden/run.sh
