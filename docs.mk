# make man, make install-man: the manuals, from the header and the help of the command. make docs: the reference in HTML.
# MANDIR, DESTDIR and BUILD are as in install.mk.

MANDIR ?= $(or $(PREFIX),/usr/local)/share/man
MAN_PAGES := $(CARGO_TARGET_DIR)/man
DOCS := $(CARGO_TARGET_DIR)/docs
PDOC := $(CARGO_TARGET_DIR)/pdoc

.PHONY: man install-man uninstall-man docs
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

# pdoc brings markdown2, which turns the guides into HTML.
docs: $(BUILD)
	rm -rf "$(DOCS)" "$(PDOC)" && mkdir -p "$(DOCS)"
	(cat docs/Doxyfile; echo 'OUTPUT_DIRECTORY = "$(DOCS)"') | doxygen -
	$(PYTHON) -m venv "$(PDOC)" && "$(PDOC)/bin/pip" install -q pdoc
	$(IN_PLACE) "$(PDOC)/bin/pdoc" -o "$(DOCS)/python" libudp
	cp docs/*.svg "$(DOCS)"
	for guide in docs/*.md; do \
	    { echo '<!DOCTYPE html><meta charset="utf-8">' && \
	    "$(PDOC)/bin/python" -m markdown2 -x tables,header-ids,fenced-code-blocks "$$guide"; } | \
	    sed 's/href="\([a-z]*\)\.md/href="\1.html/g' >"$(DOCS)/$$(basename "$$guide" .md).html" || exit 1; \
	done
