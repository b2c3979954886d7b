#!/bin/sh
# Runs the recipes of docs/formats.md on captures, and checks reports by the schemas of their formats.
#
#   examples/recipes/check.sh [CAPTURE...]       default: testdata/lab
#
# Needs tcpcheck in the PATH (or TCPCHECK=PROGRAM) and jq, and for python3 (or PYTHON=PROGRAM) the packages
# duckdb, pandas, jsonschema and lxml. What is missing is skipped, and said. Schemas that are not
# ours are named by the caller:
#   SARIF_SCHEMA=FILE   sarif-schema-2.1.0.json, from docs.oasis-open.org/sarif/sarif/v2.1.0
#   JUNIT_XSD=FILE      junit-10.xsd, from the xUnit plugin of Jenkins
set -eu

recipes=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$recipes/../.." && pwd)
python=${PYTHON:-python3}
tcpcheck=$(command -v "${TCPCHECK:-tcpcheck}") || { echo "skipped: tcpcheck is not in the PATH (TCPCHECK=PROGRAM)"; exit 0; }
case $tcpcheck in /*) ;; *) tcpcheck=$PWD/$tcpcheck ;; esac
[ $# -gt 0 ] || set -- "$root/testdata/lab"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
skipped=0

has() { # what it is for, package...
    why=$1; shift
    for package in "$@"; do
        "$python" -c "import $package" 2>/dev/null || {
            echo "skipped: $why ($python has no $package; pip install $package)"
            skipped=$((skipped + 1)); return 1; }
    done
}

fail() { echo "FAILED: $*"; exit 1; }

# One run writes them all. Findings in captures are no fault of the recipes.
status=0
"$tcpcheck" --format github -o "$work/report.json" -o "$work/report.ndjson" -o "$work/report.csv" \
    -o "$work/report.sarif" -o "$work/report.xml" -o "$work/report.md" "$@" >"$work/report.log" || status=$?
[ "$status" -le 1 ] || fail "tcpcheck ends with status $status"
cd "$work"

# The three questions, whose answers are the same by all.
if command -v jq >/dev/null; then
    jq --slurp --raw-output --from-file "$recipes/questions.jq" report.ndjson | tr -d '"' >by_jq
    echo "ok: jq answers the questions ($(wc -l <by_jq) rows)"
else
    echo "skipped: the questions by jq, which is not installed"; skipped=$((skipped + 1))
fi
if has "the questions by DuckDB" duckdb; then
    "$python" "$recipes/run_sql.py" "$recipes/questions.sql" >by_duckdb
    echo "ok: DuckDB answers the questions ($(wc -l <by_duckdb) rows)"
    if [ -e by_jq ]; then
        diff by_jq by_duckdb || fail "DuckDB and jq do not agree"
        echo "ok: DuckDB and jq agree"
    fi
    "$python" -c "
import duckdb
rows = duckdb.sql(\"SELECT count(*) FROM 'report.csv'\").fetchall()
lines = duckdb.sql(\"SELECT count(*) FROM 'report.ndjson' WHERE kind = 'finding'\").fetchall()
assert rows == lines, (rows, lines)"
    echo "ok: DuckDB reads as many findings from csv as from ndjson"
fi
if has "the questions by pandas" pandas; then
    # Prints as csv what the recipe prints for people; pandas reads fractions a little roughly.
    "$python" - "$recipes/questions.py" >by_pandas <<'PYTHON'
import builtins, pathlib, sys
import pandas
show = lambda table: builtins.print(
    table.convert_dtypes().to_csv(index=False, header=False, float_format="%.12g"), end="")
exec(pathlib.Path(sys.argv[1]).read_text(), {"print": show})
PYTHON
    echo "ok: pandas answers the questions ($(wc -l <by_pandas) rows)"
    if [ -e by_jq ]; then
        diff by_jq by_pandas || fail "pandas and jq do not agree"
        echo "ok: pandas and jq agree"
    fi
fi

# Grades.
mkdir bin submissions && ln -s "$tcpcheck" bin/tcpcheck
for name in three-segment-close four-segment-close refused; do
    cp "$root/testdata/lab/$name.pcap" submissions/
done
echo junk >submissions/junk.pcap
PATH="$work/bin:$PATH" "$python" "$recipes/grade.py" submissions >grades 2>/dev/null
cut -f 1,2 grades | tr '\t' ' ' >marks
diff - marks <<'MARKS' || fail "grades"
submissions/four-segment-close.pcap 100
submissions/junk.pcap not graded
submissions/refused.pcap 100
submissions/three-segment-close.pcap 95
MARKS
echo "ok: $(wc -l <marks) submissions are graded"

# Schemas.
if has "the JSON report by its schema" jsonschema; then
    "$tcpcheck" schema >schema.json
    "$python" "$recipes/schemas.py" report.json schema.json || fail "report.json"
    if [ -n "${SARIF_SCHEMA:-}" ]; then
        "$python" "$recipes/schemas.py" report.sarif "$SARIF_SCHEMA" || fail "report.sarif"
    else
        echo "skipped: SARIF by its schema (SARIF_SCHEMA=FILE)"; skipped=$((skipped + 1))
    fi
fi
if [ -z "${JUNIT_XSD:-}" ]; then
    echo "skipped: JUnit by its schema (JUNIT_XSD=FILE)"; skipped=$((skipped + 1))
elif has "JUnit by its schema" lxml; then
    "$python" "$recipes/schemas.py" report.xml "$JUNIT_XSD" || fail "report.xml"
fi

# What GitHub takes.
[ "$(wc -c <report.md)" -lt 1048576 ] || fail "the step summary is beyond 1 MiB"
if grep -qvE '^(::(error|warning|notice) [^:]*::|tcpcheck: )' report.log; then fail "a line is no command"; fi
echo "done; $skipped skipped"
