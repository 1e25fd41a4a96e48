# make man, make install-man: the manuals, from the header and the help of the command.
# MANDIR, DESTDIR and BUILD are as in install.mk.

MANDIR ?= $(or $(PREFIX),/usr/local)/share/man
MAN_PAGES := $(CARGO_TARGET_DIR)/man

.PHONY: man install-man uninstall-man
man: $(BUILD)
	rm -rf "$(MAN_PAGES)"
	$(IN_PLACE) $(PYTHON) packaging/manuals.py "$(MAN_PAGES)"

install-man: man
	cd "$(MAN_PAGES)" && for page in man*/*; do install -D -m 644 "$$page" "$(DESTDIR)$(MANDIR)/$$page"; done

# The names come from the header, so that nothing has to be built.
uninstall-man:
	for name in $$(sed -n 's/^[a-z].*\<\(udp_[a-z_]*\)(.*/\1/p' include/libudp.h); do \
	    rm -f "$(DESTDIR)$(MANDIR)/man3/$$name.3"; done
	rm -f "$(DESTDIR)$(MANDIR)/man1/libudp.1" "$(DESTDIR)$(MANDIR)/man7/libudp.7"
