# make install, make uninstall: the library, its header, and libudp.pc for pkg-config.
#
#   PREFIX, LIBDIR, INCLUDEDIR  where it is to be used
#   DESTDIR                     put in front of them while installing, as packagers do
#   TARGET_DIR                  where libudp.so and libudp.a lie
#   BUILD                       what is made first; `make install BUILD=` takes what is there, as root without Rust may

install_from := $(dir $(lastword $(MAKEFILE_LIST)))

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DESTDIR ?=
TARGET_DIR ?= $(or $(CARGO_TARGET_DIR),$(install_from)target)/release
BUILD ?= build
INSTALL ?= install

install_version := $(shell sed -n '/^\[package\]/,/^version/s/^version = "\(.*\)"/\1/p' $(install_from)Cargo.toml)
# The ABI's number, as build.rs gives it to the linker.
install_soname := libudp.so.0
install_real := libudp.so.$(install_version)
install_lib = $(DESTDIR)$(LIBDIR)
install_include = $(DESTDIR)$(INCLUDEDIR)

# Below the prefix it is said relative to it: then pkg-config can follow a tree that was moved.
install_pc = sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(install_version)|' \
	-e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
	-e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|'

.PHONY: build install uninstall

install: $(BUILD)
	$(INSTALL) -d $(install_lib)/pkgconfig $(install_include)
	$(INSTALL) -m 755 $(TARGET_DIR)/libudp.so $(install_lib)/$(install_real)
	ln -sf $(install_real) $(install_lib)/$(install_soname)
	ln -sf $(install_soname) $(install_lib)/libudp.so
	$(INSTALL) -m 644 $(TARGET_DIR)/libudp.a $(install_lib)/libudp.a
	$(INSTALL) -m 644 $(install_from)include/libudp.h $(install_include)/libudp.h
	$(install_pc) $(install_from)libudp.pc.in > $(install_lib)/pkgconfig/libudp.pc
	chmod 644 $(install_lib)/pkgconfig/libudp.pc
	@test -n '$(DESTDIR)' || echo 'If programs do not find the library, ldconfig (as root) makes it known.'

uninstall:
	rm -f $(install_lib)/$(install_real) $(install_lib)/$(install_soname) $(install_lib)/libudp.so
	rm -f $(install_lib)/libudp.a $(install_include)/libudp.h $(install_lib)/pkgconfig/libudp.pc
