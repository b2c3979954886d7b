#!/usr/bin/env bash
# Opens pages in a real browser. Installs what it needs: Chromium by the system's packages (or the one that CHROMIUM
# names), playwright-core by npm. Where that is impossible it fails; with BROWSER_TEST=skip it says so and goes on.
set -euo pipefail
cd "$(dirname "$0")/../.."

give_up() {
    printf '\n!! The page cannot be tried in a browser: %s\n' "$1" >&2
    if [ "${BROWSER_TEST:-}" = skip ] && [ -z "${CI:-}" ]; then
        printf '!! BROWSER_TEST=skip: left out.\n' >&2
        exit 0
    fi
    printf '!! (Outside of CI, BROWSER_TEST=skip leaves this test out.)\n' >&2
    exit 1
}

export CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$CHROMIUM" ]; then
    command -v apt-get >/dev/null || give_up 'Chromium is missing; set CHROMIUM to its path'
    { apt-get update && apt-get install -y chromium; } >&2 || give_up 'Chromium cannot be installed'
    CHROMIUM=$(command -v chromium) || give_up 'Chromium is missing after its installation'
fi
command -v npm >/dev/null || give_up 'Node.js with npm is missing'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp tests/browser/check.mjs tests/browser/package.json "$work"
(cd "$work" && npm install --no-audit --no-fund --silent) || give_up 'npm cannot install playwright-core'

cargo build --quiet
tcpcheck=${CARGO_TARGET_DIR:-target}/debug/tcpcheck
# page NAME ARGUMENTS...: a page that may well hold findings.
page() {
    local name=$1 status=0
    shift
    "$tcpcheck" --format html "$@" >"$work/$name.html" || status=$?
    [ "$status" -le 2 ]
}
# A name that would be heard of if it were not escaped.
hostile="$work/<img src=x onerror=alert(1)>&quot;.pcap"
cp testdata/lab/data-loss.pcap "$hostile"
page hostile --show info "$hostile" Cargo.toml
page one testdata/lab/close-wait-stuck.pcap
page all --show info testdata/lab
(cd "$work" && node check.mjs hostile.html one.html all.html)
