#!/bin/sh
# Installs packages in an empty root, checks that their files are there, and that removing them leaves none. As root.
set -e
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/triggers"
touch "$root/var/lib/dpkg/status"
# The root has neither the packages that these depend on nor a shell for their scripts.
dpkg_root() { dpkg --root="$root" --force-depends --force-script-chrootless "$@" >/dev/null 2>"$root/errors" || { cat "$root/errors"; exit 1; }; }
files() { find "$root" -path "$root/var" -prune -o -path "$root/errors" -prune -o ! -type d -print | sort; }
dpkg_root --unpack "$@"
for file in usr/bin/libudp usr/include/libudp.h usr/share/man/man3/udp_sendto.3.gz "usr/lib/*/libudp.so.0"; do
    find "$root"/$file | grep -q . || { echo "not installed: $file"; exit 1; }
done
# The scripts would compile for Python of the host.
rm -f "$root"/var/lib/dpkg/info/*.prerm "$root"/var/lib/dpkg/info/*.postrm
dpkg_root --purge libudp-tools python3-libudp libudp-dev libudp0
test -z "$(files)" || { echo 'left behind:'; files; exit 1; }
echo 'installed and removed without a trace'
