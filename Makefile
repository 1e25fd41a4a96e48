# The front door. `make` lists what there is; nothing below writes outside this checkout, but for the caches of cargo
# and pip, and `deps` and `install`, whose work it is. CARGO_TARGET_DIR moves what is built.

PYTHON ?= python3
CFLAGS ?= -O2 -Wall -Wextra

override CARGO_TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
# Where libudp.so and libudp.a lie.
TARGET_DIR := $(CARGO_TARGET_DIR)/release
VENV := $(CURDIR)/.venv
TMPDIR := $(CARGO_TARGET_DIR)/tmp
# What the benchmark builds and sets up.
BENCH := $(CARGO_TARGET_DIR)/bench
export CARGO_TARGET_DIR TMPDIR

# The Python package of this checkout with the library of this checkout, nothing installed.
IN_PLACE := PYTHONPATH=$(CURDIR)/bindings/python LIBUDP_LIBRARY=$(TARGET_DIR)/libudp.so

# The library built to be tried in other ways.
OTHERWISE := CARGO_TARGET_DIR=$(CARGO_TARGET_DIR)/otherwise RUSTFLAGS='--cfg loom --cfg udp_fallback'

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build demo test bench install header deps lint clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(CURDIR)/Makefile
	@echo 'make install   install library, header and libudp.pc under PREFIX (/usr/local), staged in DESTDIR'
	@echo 'make uninstall remove them again'

build: | $(TMPDIR) ## build the library for use (target/release)
	cargo build --release --locked
	@# Programs that are linked with the library ask for it by its soname.
	@ln -sf libudp.so $(TARGET_DIR)/libudp.so.0

demo: build $(CARGO_TARGET_DIR)/examples/echo_server ## see it work: C, Python, GBK, broadcast, chat
	@$(IN_PLACE) $(PYTHON) examples/demo.py $(CARGO_TARGET_DIR)/examples/echo_server

test: lint build ## run the lints and all tests: Rust, C, C++, Python, loom
	cargo test --locked --no-fail-fast
	@# Every interleaving of calls with a close; and the core where a system has neither mmsg nor super-datagrams. Their
	@# own folder: the flags would have all else built anew.
	$(OTHERWISE) cargo test --release --locked --lib loom
	$(OTHERWISE) cargo test --release --locked --test core --test batch --test path --test allocations
	$(IN_PLACE) $(VENV)/bin/pytest -q bindings/python
	@# The wheel, as a user gets it.
	$(VENV)/bin/pip install -q --force-reinstall --no-deps ./bindings/python
	cd $(TMPDIR) && $(VENV)/bin/python -c 'import libudp; print("the wheel is at", libudp.__file__); \
	    assert libudp.__file__.startswith("$(VENV)/")'

lint: $(VENV)/ready ## check format and style: fmt, clippy, rustdoc, mypy
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --locked
	cd bindings/python && $(VENV)/bin/mypy --strict libudp examples ../../examples/demo.py

bench: build $(BENCH)/venv/ready ## measure the library beside bare calls, mmsg, GSO, libuv, quinn-udp, asyncio, uvloop
	$(IN_PLACE) $(BENCH)/venv/bin/python benches/python/bench.py >$(BENCH)/python.tsv
	@# libuv-sys2 reads a header with libclang, which needs the compiler's own headers.
	LIBCLANG_PATH=$$(echo $(BENCH)/venv/lib/python3*/site-packages/clang/native) \
	    BINDGEN_EXTRA_CLANG_ARGS=-I$$($(CC) -print-file-name=include) CARGO_TARGET_DIR=$(BENCH) \
	    cargo build --release --locked --manifest-path benches/Cargo.toml
	LIBUDP_LIBRARY=$(TARGET_DIR)/libudp.so $(BENCH)/release/libudp-bench benches $(BENCH)/python.tsv

header: ## write include/libudp.h from the source
	UPDATE_HEADER=1 cargo test --locked --test header

# Without them, the tests that need them say so and skip; only with CI set do they fail.
APT_PACKAGES := iproute2 ethtool pkg-config valgrind nftables binutils g++ python3-venv dnsmasq-base socat ncat tcpdump
deps: ## install the system packages that some tests need (root, Debian; runs apt-get)
	@command -v apt-get >/dev/null || { echo 'make deps: no apt-get here; install yourself: $(APT_PACKAGES)'; exit 1; }
	@test "$$(id -u)" = 0 || { echo 'make deps: apt-get needs root; as root it installs: $(APT_PACKAGES)'; exit 1; }
	@echo 'Installing with apt-get, for the tests: $(APT_PACKAGES)'
	apt-get update -q
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(APT_PACKAGES)

clean: ## remove what was built
	cargo clean
	rm -rf $(VENV)

# The virtual environment of the Python tests: the test tools that bindings/python asks for, and the package.
$(VENV)/ready: bindings/python/pyproject.toml | $(TMPDIR)
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo 'The Python tests need python3-venv, which is missing; on Debian `make deps` brings it.'; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -q './bindings/python[test]'
	touch $@

$(BENCH)/venv/ready: benches/python/requirements.txt | $(TMPDIR)
	rm -rf $(@D)
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install -q -r $<
	touch $@

# The demo's server, linked as a user's program is.
$(CARGO_TARGET_DIR)/examples/%: examples/%.c include/libudp.h
	@mkdir -p $(@D)
	$(CC) -std=c99 $(CFLAGS) -Iinclude $< -L$(TARGET_DIR) -ludp -Wl,-rpath,$(TARGET_DIR) -o $@

$(TMPDIR):
	@mkdir -p $@

-include install.mk
