#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# new.sh NAME [FROM]: makes the scenario NAME as a folder of relative symlinks to every file of FROM
# (healthy). Then replace the links of the documents that differ by files: `find NAME -type f`
# shows exactly the fault.
set -eu
cd "$(dirname "$0")"
name=${1:?usage: new.sh NAME [FROM]} from=${2:-healthy}
[ -d "$from" ] || { echo "new.sh: no scenario '$from'" >&2; exit 1; }
[ ! -e "$name" ] || { echo "new.sh: '$name' exists" >&2; exit 1; }
(cd "$from" && find . \( -type f -o -type l \)) | while read -r file; do
    mkdir -p "$name/$(dirname "$file")"
    ln -sr "$from/$file" "$name/$file"
done
