#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# browser.sh BUILD: the HTML reports in a real Chromium, as a change board, a screen reader, a
# telephone and a printer have them. The last tests prove, on a page that is broken on purpose, that
# each rule can fail.
. "$(dirname "$0")/common.sh"
needs node npm chromium jq pdftotext pdfinfo xmllint

# playwright-core drives, axe-core judges: by the hashes of the lock file, kept in the build folder.
modules=$build/browser
lock=$(cat tests/live/browser/package*.json | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$modules/installed" 2>/dev/null)" != "$lock" ]; then
    rm -rf "$modules" && mkdir -p "$modules" && cp tests/live/browser/package*.json "$modules"
    (cd "$modules" && npm ci --ignore-scripts --no-audit --no-fund) >"$work/npm.log" 2>&1 &&
        echo "$lock" >"$modules/installed"
fi
rule "playwright-core and axe-core are installed" same "$lock" "$(cat "$modules/installed" 2>/dev/null)" \
    $([ ! -f "$work/npm.log" ] || echo "$work/npm.log")
[ "$failed" -eq 0 ] || done_testing

# -- The pages: golden ones, one of a single look, and one that breaks every rule --------------------
pages=$work/pages
mkdir "$pages"
"$build/unit/test_html" "$pages"
"$check" --replay tests/scenarios/three-faults --baseline tests/scenarios/before -H esa1.example.com \
    --format html >"$pages/single.html"
cat >"$pages/broken.html" <<'END'
<!DOCTYPE html><html><head><title></title><style>@media print { body { display: none } }</style></head>
<body><h3>x</h3><p style="color:#ccc;background:#fff">pale</p><div style="width:900px">wide</div>
<img src="https://outside.example/x.png"/><a href="#nowhere">x</a><br>
<script>console.error('said'); alert('up'); document.body.append('by a script')</script></body></html>
END
names='passing failing hostile single'
# shellcheck disable=SC2086  # a list of words
CHROMIUM=$(command -v chromium) NODE_PATH=$modules/node_modules TMPDIR=$work \
    timeout 900 node tests/live/browser/look.js "$pages" $names broken >"$work/seen.json" 2>"$work/node.log" ||
    sed 's/^/# /' "$work/node.log"
offences() { # offences PAGE RULE
    jq -r --arg page "$1" --arg rule "$2" '.[$page][$rule] | if . == null then "was not looked at" else .[] end' \
        "$work/seen.json"
}
prints() { # prints PAGE VERDICT: on paper too
    local count
    count=$(pdfinfo "$pages/$1.pdf" 2>&1 | sed -n 's/^Pages: *//p')
    [ "${count:-0}" -gt 0 ] || echo "${count:-no} pages"
    pdftotext -layout "$pages/$1.pdf" - 2>&1 | grep -qw -- "$2" || echo "$2 is not printed"
}
well_formed() { xmllint --noout "$pages/$1.html" 2>&1 | head -n 5; }
verdict() { # verdict PAGE: what it should be
    case $1 in passing) echo SUCCESSFUL ;; *) echo UNSUCCESSFUL ;; esac
}

while IFS='|' read -r key text; do
    for name in $names; do
        rule "$name: $text" offences "$name" "$key"
    done
done <<'END'
console|nothing is said on the console
requests|nothing is asked for outside the page
inert|no element and no attribute comes out of a text, nothing pops up
axe light|axe-core finds nothing in the light
axe dark|axe-core finds nothing in the dark
axe narrow|axe-core finds nothing at 320 px
wide|nothing is wider than 320 px but tables that scroll
keyboard|the keyboard gets to the verdict and to folded evidence
without scripts|it says the same without scripts
END
for name in $names; do
    rule "$name: the verdict is on paper" prints "$name" "$(verdict "$name")"
    rule "$name: it is well-formed" well_formed "$name"
done

# -- Each rule can fail -----------------------------------------------------------------------------
fails() { # fails COMMAND…: complains when COMMAND has nothing to complain of
    local said
    said=$("$@")
    [ -n "$said" ] && [ "$said" != "was not looked at" ] || echo "no offence in the broken page"
}
for key in console requests inert 'axe light' 'axe dark' 'axe narrow' wide keyboard 'without scripts'; do
    rule "rule '$key' can fail" fails offences broken "$key"
done
rule "rule 'on paper' can fail" fails prints broken UNSUCCESSFUL
rule "rule 'well-formed' can fail" fails well_formed broken
done_testing
