# make deb: Debian packages, in target/deb. Needs dpkg-dev, debhelper, dh-python and lintian. They are built in a copy, without the caches of earlier builds.

DEB := $(CARGO_TARGET_DIR)/deb

.PHONY: deb
deb: tmp
	rm -rf "$(DEB)" && mkdir -p "$(DEB)/libudp"
	git archive HEAD | tar x -C "$(DEB)/libudp"
	cp -r packaging/debian "$(DEB)/libudp/debian"
	cd "$(DEB)/libudp" && env -u CARGO_TARGET_DIR -u MAKEFLAGS -u MFLAGS -u MAKEOVERRIDES dpkg-buildpackage -b -us -uc
	lintian --fail-on error,warning "$(DEB)"/*.deb
	packaging/deb-test.sh "$(DEB)"/*.deb
