"""Grades a folder of students' captures: python3 grade.py FOLDER (see docs/formats.md)."""
import collections, json, subprocess, sys

run = subprocess.run(["tcpcheck", "--profile", "textbook", "--format", "json", sys.argv[1]], stdout=subprocess.PIPE)
report = json.loads(run.stdout)
why = collections.defaultdict(list)
for finding in report["findings"]:
    cost = {"error": 20, "warning": 5}.get(finding["severity"], 0)
    if cost and finding["certainty"] == "definite" and finding["blames"] != "third-party":
        why[finding["capture"]].append((cost, f"{finding['rule']}: {finding['display_filter']}"))
for capture in report["captures"]:
    lost = why[capture["path"]] if capture["complete"] and capture["connections"] else None
    grade = "not graded" if lost is None else max(0, 100 - sum(cost for cost, _ in lost))
    print(capture["path"], grade, *(reason for _, reason in lost or []), capture["error"] or "", sep="\t")
