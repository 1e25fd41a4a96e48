# make install, make uninstall: the library, its headers, libudp.pc for pkg-config, and what find_package reads. Run it in this directory.
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

# Another form of the header for readers without a preprocessor, and one for programs.
install_headers := libudp.h libudp.ffi.h libudp.json
install_cmake := libudp-config.cmake libudp-config-version.cmake
install_cmakedir = $(install_lib)/cmake/libudp

.PHONY: build install uninstall

install: $(BUILD)
	$(INSTALL) -d "$(install_lib)/pkgconfig" "$(install_cmakedir)" "$(install_include)"
	$(INSTALL) -m 755 "$(TARGET_DIR)/libudp.so" "$(install_lib)/$(install_real)"
	ln -sf $(install_real) "$(install_lib)/$(install_soname)"
	ln -sf $(install_soname) "$(install_lib)/libudp.so"
	$(INSTALL) -m 644 "$(TARGET_DIR)/libudp.a" "$(install_lib)/libudp.a"
	for header in $(install_headers); do $(INSTALL) -m 644 include/$$header "$(install_include)/$$header" || exit 1; done
	$(install_pc) libudp.pc.in >"$(install_lib)/pkgconfig/libudp.pc"
	chmod 644 "$(install_lib)/pkgconfig/libudp.pc"
	from_lib=$$(realpath -m --relative-to="$(LIBDIR)" "$(INCLUDEDIR)"); for file in $(install_cmake); do \
	    sed "s|@VERSION@|$(install_version)|; s|@INCLUDE_FROM_LIB@|$$from_lib|" packaging/$$file.in \
	        >"$(install_cmakedir)/$$file" && chmod 644 "$(install_cmakedir)/$$file" || exit 1; done
	@# A system directory is searched for a new library only after ldconfig(8), which needs root.
	@case "$(DESTDIR)$(LIBDIR)" in /usr/*) PATH="$$PATH:/usr/sbin:/sbin" ldconfig 2>/dev/null || true ;; esac

uninstall:
	rm -f "$(install_lib)/$(install_real)" "$(install_lib)/$(install_soname)" "$(install_lib)/libudp.so"
	rm -f "$(install_lib)/libudp.a" "$(install_lib)/pkgconfig/libudp.pc"
	for header in $(install_headers); do rm -f "$(install_include)/$$header" || exit 1; done
	for file in $(install_cmake); do rm -f "$(install_cmakedir)/$$file" || exit 1; done
	rmdir "$(install_cmakedir)" 2>/dev/null || true
