#!/usr/bin/env bash
# Tries all recipes for CI with a passing and a failing capture: the steps of the action, the hook
# for pre-commit, the job for GitLab, the tests for pytest.
#
# Needs Python with pyyaml, pytest and pre-commit (PYTHON names it), git and a built tcpcheck (TCPCHECK
# names it; built where it is not given). BUILD=1 also has the action and the hook build it themselves.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
python=${PYTHON:-python3}
if [ -z "${TCPCHECK:-}" ]; then
    cargo build --quiet
    TCPCHECK=$root/target/debug/tcpcheck
fi
export TCPCHECK
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/bin"
ln -s "$TCPCHECK" "$place/bin/tcpcheck"
export PATH=$place/bin:$PATH

mkdir -p "$place/good/captures" "$place/bad/captures" "$place/empty/captures"
for folder in good bad; do
    cp testdata/lab/four-segment-close.pcap "$place/$folder/captures/it's fine.pcap"
done
cp testdata/lab/close-wait-stuck.pcap "$place/bad/captures/stuck.pcap"

# expect STATUS COMMAND...: its output goes to $place/out.
expect() {
    local wanted=$1 status=0
    shift
    "$@" >"$place/out" 2>&1 || status=$?
    if [ "$status" != "$wanted" ]; then
        cat "$place/out"
        printf 'status %s where %s was expected: %s\n' "$status" "$wanted" "$*" >&2
        exit 1
    fi
}

# shows TEXT [FILE]: it stands there.
shows() {
    if ! grep -qF -e "$1" "${2:-$place/out}"; then
        cat "${2:-$place/out}"
        printf 'not there: %s\n' "$1" >&2
        exit 1
    fi
}

printf '== action\n'
action=("$python" examples/ci/steps.py action)
expect 0 "${action[@]}" "$place/good" binary="$TCPCHECK" path=captures
shows 'exit-status=0'
shows 'failing-findings=0'
shows 'TCP was spoken correctly' "$place/good/summary.md"
expect 1 "${action[@]}" "$place/bad" binary="$TCPCHECK" path=captures
shows 'exit-status=1'
shows 'failing-findings=1'
shows 'warning TD012' "$place/bad/summary.md"
expect 0 "${action[@]}" "$place/bad" binary="$TCPCHECK" path=captures fail-on=error summary=false
expect 2 "${action[@]}" "$place/empty" binary="$TCPCHECK" path=captures
shows 'exit-status=2'
expect 2 "${action[@]}" "$place/good" binary="$TCPCHECK" path=captures args=--no-such-option
shows 'report='
# Several paths and options, some with what a shell would take for more.
paths="captures/it's fine.pcap"$'\n'"captures/stuck.pcap"
expect 0 "${action[@]}" "$place/bad" binary="$TCPCHECK" path="$paths" args=$'--ignore\nTD012'
expect 2 "${action[@]}" "$place/good" binary="$TCPCHECK" path='$(touch oops); --version'
[ ! -e "$place/good/oops" ]
# Known findings.
(cd "$place/bad" && tcpcheck --write-baseline known.toml captures >/dev/null)
expect 0 "${action[@]}" "$place/bad" binary="$TCPCHECK" path=captures baseline=known.toml
shows 'failing-findings=0'
# The nearest configuration, or one that is given.
printf '[[ignore]]\nrules = ["TD012"]\nreason = "A lesson."\n' >"$place/bad/lesson.toml"
expect 0 "${action[@]}" "$place/bad" binary="$TCPCHECK" path=captures config=lesson.toml

printf '== GitLab\n'
expect 0 "$python" examples/ci/steps.py gitlab "$place/good"
expect 1 "$python" examples/ci/steps.py gitlab "$place/bad"
expect 2 "$python" examples/ci/steps.py gitlab "$place/empty"

printf '== pytest\n'
tests=("$python" -m pytest -q -p no:cacheprovider examples/ci/test_captures.py)
CAPTURES=$place/good/captures expect 0 "${tests[@]}"
shows '2 passed'
CAPTURES=$place/bad/captures expect 1 "${tests[@]}"
shows '1 failed, 2 passed'
shows 'TD012'
CAPTURES=$place/empty/captures expect 1 "${tests[@]}"
shows 'there is no capture in'

printf '== pre-commit\n'
export GIT_CONFIG_GLOBAL=/dev/null PRE_COMMIT_HOME=$place/pre-commit
# A repository with the definition alone: for the hook that is installed it takes no more.
git init --quiet "$place/hooks"
cp .pre-commit-hooks.yaml "$place/hooks"
commit() {
    git -C "$1" add -A
    git -C "$1" -c user.name=x -c user.email=x@example.org commit --quiet -m "$2"
}
commit "$place/hooks" Hooks
for folder in good bad; do
    git init --quiet "$place/$folder"
    printf 'no capture\n' >"$place/$folder/notes.txt"
    commit "$place/$folder" Captures
done
hook() {
    (cd "$place/$1" && "$python" -m pre_commit try-repo "$2" "$3" --all-files --verbose)
}
expect 0 hook good "$place/hooks" tcpcheck-system
shows 'Passed'
shows 'TCP was spoken correctly'
expect 1 hook bad "$place/hooks" tcpcheck-system
shows 'Failed'
shows 'warning TD012'

if [ -n "${BUILD:-}" ]; then
    printf '== built by the action and by the hook\n'
    expect 1 "${action[@]}" "$place/bad" path=captures
    shows 'warning TD012'
    expect 0 hook good "$root" tcpcheck
    expect 1 hook bad "$root" tcpcheck
fi
printf 'All recipes do what they say.\n'
