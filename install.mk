# make install, make uninstall: the library, its header, and libudp.pc for pkg-config. Run it in this directory.
#
#   PREFIX, LIBDIR, INCLUDEDIR  where the files will be used
#   DESTDIR                     prepended to them while installing, as packagers do
#   TARGET_DIR                  the directory of libudp.so and libudp.a
#   BUILD                       what is made first; `make install BUILD=` installs what is there, for root without Rust

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DESTDIR ?=
TARGET_DIR ?= $(or $(CARGO_TARGET_DIR),target)/release
BUILD ?= build
INSTALL ?= install

install_version := $(shell sed -n '/^\[package\]/,/^version/s/^version = "\(.*\)"/\1/p' Cargo.toml)
# The number of the ABI, as in build.rs.
install_soname := libudp.so.0
install_real := libudp.so.$(install_version)
install_lib = $(DESTDIR)$(LIBDIR)
install_include = $(DESTDIR)$(INCLUDEDIR)

# Directories below the prefix are written relative to it, so that pkg-config can follow a tree that was moved. It needs
# a backslash before a space.
install_pc = sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	-e 's|dir=$(PREFIX)/|dir=$${prefix}/|; s|@VERSION@|$(install_version)|; /^[a-z]*=\//s/ /\\ /g'

.PHONY: build install uninstall

install: $(BUILD)
	$(INSTALL) -d "$(install_lib)/pkgconfig" "$(install_include)"
	$(INSTALL) -m 755 "$(TARGET_DIR)/libudp.so" "$(install_lib)/$(install_real)"
	ln -sf $(install_real) "$(install_lib)/$(install_soname)"
	ln -sf $(install_soname) "$(install_lib)/libudp.so"
	$(INSTALL) -m 644 "$(TARGET_DIR)/libudp.a" "$(install_lib)/libudp.a"
	$(INSTALL) -m 644 include/libudp.h "$(install_include)/libudp.h"
	$(install_pc) libudp.pc.in >"$(install_lib)/pkgconfig/libudp.pc"
	chmod 644 "$(install_lib)/pkgconfig/libudp.pc"
	@# A system directory is searched for a new library only after ldconfig(8), which needs root.
	@case "$(DESTDIR)$(LIBDIR)" in /usr/*) PATH="$$PATH:/usr/sbin:/sbin" ldconfig 2>/dev/null || true ;; esac

uninstall:
	rm -f "$(install_lib)/$(install_real)" "$(install_lib)/$(install_soname)" "$(install_lib)/libudp.so"
	rm -f "$(install_lib)/libudp.a" "$(install_include)/libudp.h" "$(install_lib)/pkgconfig/libudp.pc"
