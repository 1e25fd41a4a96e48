# `make` lists the targets. They write only below this checkout and to the caches of cargo and pip, except for `deps` and
# `install`. CARGO_TARGET_DIR moves the build. The path of the checkout may contain spaces: make splits names at spaces,
# so the names of targets are relative, and recipes quote absolute paths.

PYTHON ?= python3
CFLAGS ?= -O2 -Wall -Wextra

# Absolute, because some recipes run in another directory.
override CARGO_TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
ifeq ($(filter /%,$(firstword $(CARGO_TARGET_DIR))),)
override CARGO_TARGET_DIR := $(CURDIR)/$(CARGO_TARGET_DIR)
endif
# The directory of libudp.so and libudp.a.
TARGET_DIR := $(CARGO_TARGET_DIR)/release
BENCH_DIR := $(CARGO_TARGET_DIR)/bench
# Compilers, pip and the tests put temporary files here, so that `make clean` removes what an interrupted run left.
TMPDIR := $(CARGO_TARGET_DIR)/tmp
# The stages of `make test` add a line for each thing that they skip.
LIBUDP_SKIPPED := $(TMPDIR)/skipped
# Debian has nft, ethtool and dnsmasq here, which is not on a user's PATH.
PATH := $(PATH):/usr/sbin:/sbin
export CARGO_TARGET_DIR TMPDIR LIBUDP_SKIPPED PATH

# Runs Python with the package and the library of this checkout, without installing them.
IN_PLACE := PYTHONPATH="$(CURDIR)/bindings/python" LIBUDP_LIBRARY="$(TARGET_DIR)/libudp.so"

# Other build configurations: the model checker, and the code for systems without recvmmsg and GSO. Their flags would
# make cargo rebuild everything in the usual directory.
ALT_CFG := CARGO_TARGET_DIR="$(CARGO_TARGET_DIR)/alt" RUSTFLAGS='--cfg loom --cfg udp_fallback'

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build demo test bench install header deps lint clean tmp

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile
	@echo 'make harden    attack the library: failing memory and system calls, chaos, sanitizer, fuzz targets'
	@echo 'make suites    run the tests of trio, dnspython, aioquic, asyncudp and zeroconf over both kinds of sockets'
	@echo 'make cross     build for ARM, musl, 32 bits, Windows, macOS, FreeBSD; run what an emulator here can run'
	@echo 'make languages run the programs of examples/languages: LuaJIT, PHP, Ruby, Perl, Node.js'
	@echo 'make tools     use the library inside SQLite, PostgreSQL and GDB (examples/tools)'
	@echo 'make release   build the wheels and the archives of a release for every platform, with their checks'
	@echo 'make install   install library, header and libudp.pc under PREFIX (/usr/local), staged in DESTDIR'
	@echo 'make uninstall remove them again'
	@echo 'make docs      write the reference of the C API and of Python, and the guides, in HTML (target/docs)'
	@echo 'make deb       build Debian packages, check them with lintian, install and remove them (target/deb; root)'
	@echo 'make man       write the manuals (target/man); install-man and uninstall-man put them under MANDIR'

build: tmp ## build the library for use (target/release)
	@# Naming the crate types leaves out the Rust library, with which cargo would ignore `lto`.
	cargo rustc --release --locked --lib --crate-type cdylib,staticlib
	@# Programs linked with the library look for it by its soname.
	@ln -sf libudp.so "$(TARGET_DIR)/libudp.so.0"

demo: build ## see it work: C, Python, GBK, broadcast, chat
	@mkdir -p "$(CARGO_TARGET_DIR)/examples"
	@$(CC) -std=c99 $(CFLAGS) -Iinclude examples/echo_server.c -o "$(CARGO_TARGET_DIR)/examples/echo_server" \
	    -L"$(TARGET_DIR)" -ludp -Wl,-rpath,"$(TARGET_DIR)"
	@$(IN_PLACE) $(PYTHON) examples/demo.py "$(CARGO_TARGET_DIR)/examples/echo_server"

LINTS := lint-format lint-clippy lint-docs lint-types
TESTS := test-rust test-loom test-fallback test-python test-wheel
.PHONY: $(LINTS) $(TESTS)

test: tmp ## run the lints and all tests: Rust, C, C++, Python, loom
	+@$(call stages,$(LINTS) $(TESTS))

lint: tmp ## check format and style: rustfmt, clippy, rustdoc, mypy
	+@$(call stages,$(LINTS))

# $(call stages,targets): makes each target, also after one that failed. Then lists what was skipped, which is a failure
# if CI is set, and what failed.
define stages
rm -f "$$LIBUDP_SKIPPED"; failed=; \
for stage in $(1); do $(MAKE) --no-print-directory $$stage || failed="$$failed $$stage"; done; \
if test -s "$$LIBUDP_SKIPPED"; then \
    printf '\nSkipped:\n'; LC_ALL=C sort -u "$$LIBUDP_SKIPPED" | sed 's/^/    /'; \
    test -z "$$CI" || failed="$$failed skipped (CI is set)"; \
fi; \
test -z "$$failed" || { printf '\nFailed:%s\n' "$$failed"; exit 1; }
endef

# $(call need,command,message): ends the recipe line with success if the command fails, and notes the message.
need = $(1) >/dev/null 2>&1 || { echo '$(2)' >>"$$LIBUDP_SKIPPED"; exit 0; };

lint-format:
	@$(call need,cargo fmt --version,rustfmt is missing: rustup component add rustfmt) set -x; cargo fmt --check

lint-clippy:
	@$(call need,cargo clippy --version,clippy is missing: rustup component add clippy) set -x; \
	    cargo clippy --all-targets --locked -- -D warnings

lint-docs:
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --locked

lint-types: .venv/ready
	@test -e .venv/ready || exit 0; cd bindings/python && set -x && \
	    ../../.venv/bin/python -m mypy --strict libudp examples ../../examples/demo.py

test-rust:
	cargo test --locked --no-fail-fast

# Every interleaving of a call with a close.
test-loom:
	$(ALT_CFG) cargo test --release --locked --lib loom

test-fallback:
	$(ALT_CFG) cargo test --release --locked --test socket --test batch --test path_errors --test allocations

test-python: build .venv/ready
	@test -e .venv/ready || exit 0; cd bindings/python && set -x && $(IN_PLACE) ../../.venv/bin/python -m pytest -q

# The wheel as a user installs it.
test-wheel: .venv/ready
	@test -e .venv/ready || exit 0; set -ex; \
	    .venv/bin/python -m pip install -q --force-reinstall --no-deps ./bindings/python; \
	    cd "$$TMPDIR"; "$(CURDIR)/.venv/bin/python" -c \
	    'import sys, libudp; print("the wheel is at", libudp.__file__); assert libudp.__file__.startswith(sys.prefix)'

bench: build benches/.venv/ready ## measure the library beside bare calls, mmsg, GSO, libuv, quinn-udp, asyncio, uvloop
	mkdir -p "$(BENCH_DIR)"
	$(IN_PLACE) benches/.venv/bin/python benches/python/bench.py >"$(BENCH_DIR)/python.tsv"
	$(IN_PLACE) benches/.venv/bin/python benches/python/calls.py >>"$(BENCH_DIR)/python.tsv"
	$(IN_PLACE) benches/.venv/bin/python benches/python/programs.py >>"$(BENCH_DIR)/python.tsv"
	@# libuv-sys2 reads a header with libclang, which needs the compiler's own headers.
	LIBCLANG_PATH="$$(echo "$(CURDIR)"/benches/.venv/lib/python3*/site-packages/clang/native)" \
	    BINDGEN_EXTRA_CLANG_ARGS=-I"$$($(CC) -print-file-name=include)" CARGO_TARGET_DIR="$(BENCH_DIR)" \
	    cargo build --release --locked --manifest-path benches/Cargo.toml
	LIBUDP_LIBRARY="$(TARGET_DIR)/libudp.so" "$(BENCH_DIR)/release/libudp-bench" benches "$(BENCH_DIR)/python.tsv"

header: tmp ## write include/libudp.h from the source
	UPDATE_HEADER=1 cargo test --locked --test header

# For `make cross`, with `make deps CROSS=1`: compilers, emulators, and the musl loader.
CROSS_PACKAGES := gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-arm-linux-gnueabihf libc6-dev-armhf-cross \
    gcc-i686-linux-gnu libc6-dev-i386-cross gcc-mingw-w64-x86-64 qemu-user-static wine wine64 musl
# Tests that need one of these are skipped without it.
APT_PACKAGES := iproute2 ethtool pkg-config valgrind nftables binutils g++ python3-venv dnsmasq-base socat ncat tcpdump \
    abigail-tools luajit php-cli ruby libffi-platypus-perl cmake meson ninja-build mandoc doxygen rustc-web cargo-web \
    rust-web-src sqlite3 libsqlite3-dev postgresql postgresql-server-dev-all gdb clang-19 libclang-rt-19-dev \
    $(if $(shell command -v npm),,nodejs npm) $(if $(CROSS),$(CROSS_PACKAGES))
deps: ## install the system packages that some tests need (root, Debian; runs apt-get)
	@command -v apt-get >/dev/null || { echo 'make deps: no apt-get here; install yourself: $(APT_PACKAGES)'; exit 1; }
	@test "$$(id -u)" = 0 || { echo 'make deps: apt-get needs root; as root it installs: $(APT_PACKAGES)'; exit 1; }
	@echo 'Installing with apt-get, for the tests: $(APT_PACKAGES)'
	apt-get update -q
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(APT_PACKAGES)

clean: ## remove what was built
	cargo clean
	rm -rf .venv benches/.venv

# The virtual environment of the Python tests: the test tools that bindings/python asks for, and the package.
.venv/ready: bindings/python/pyproject.toml | tmp
	@$(call need,$(PYTHON) -c "from ensurepip import version",python3-venv is missing (for the Python tests and mypy): make deps) set -ex; \
	    rm -rf .venv; $(PYTHON) -m venv .venv; .venv/bin/python -m pip install -q './bindings/python[test]'; touch $@

benches/.venv/ready: benches/python/requirements.txt | tmp
	rm -rf benches/.venv
	$(PYTHON) -m venv benches/.venv
	benches/.venv/bin/python -m pip install -q -r $<
	touch $@

tmp:
	@mkdir -p "$(TMPDIR)"

-include install.mk harden.mk cross.mk suites.mk release.mk languages.mk docs.mk package.mk
