#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs those of the named Debian packages that are missing; with sudo when not root.
set -eu
missing=
for package in "$@"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "installing Debian packages:$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "deps: not root and no sudo: ask an administrator for: apt-get install$missing" >&2
        exit 1
    }
    as_root=sudo
fi
# shellcheck disable=SC2086  # a list of words on purpose
install="$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! $install >"$log" 2>&1; then
    $as_root apt-get update -q >>"$log" 2>&1 || true
    $install >>"$log" 2>&1 || { cat "$log" >&2; echo "deps: apt-get could not install:$missing" >&2; exit 1; }
fi
