"""Runs questions.sql by DuckDB's Python package, whose program is not always installed."""
import csv, pathlib, sys

import duckdb

out = csv.writer(sys.stdout, lineterminator="\n")
for question in pathlib.Path(sys.argv[1]).read_text().split(";"):
    if question.strip():
        out.writerows(duckdb.sql(question).fetchall())
