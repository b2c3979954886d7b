"""Runs the steps of the action, or the script of the job for GitLab, as the real ones would.

usage: steps.py action FOLDER NAME=VALUE...   (prints outputs, exits as the action)
       steps.py gitlab FOLDER
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent


def outputs(path):
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def action(folder, given):
    document = yaml.safe_load((ROOT / "action.yml").read_text())
    inputs = {name: about.get("default", "") for name, about in document["inputs"].items()}
    unknown = given.keys() - inputs.keys()
    assert not unknown, f"the action has no input {unknown}"
    inputs.update(given)
    required = {name for name, about in document["inputs"].items() if about.get("required")}
    assert required <= given.keys(), f"needed: {required}"
    assert document["runs"]["using"] == "composite"

    temp = Path(folder) / "runner"
    temp.mkdir(exist_ok=True)
    known = {"github.action_path": str(ROOT), "runner.temp": str(temp)}
    known.update({f"inputs.{name}": value for name, value in inputs.items()})

    def filled(text):
        return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda found: known[found[1]], text)

    status = 0
    for step in document["runs"]["steps"]:
        assert "${{" not in step["run"], "a value in the text of a step could be a command"
        output, summary = temp / f"{step['id']}.output", Path(folder) / "summary.md"
        output.write_text("")
        env = os.environ | {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
        env |= {name: filled(value) for name, value in step.get("env", {}).items()}
        # As a runner calls it.
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        status = subprocess.run(shell, cwd=folder, env=env, check=False).returncode
        known.update({f"steps.{step['id']}.outputs.{n}": v for n, v in outputs(output).items()})
        if status != 0:
            break
    for name, about in document["outputs"].items():
        key = re.fullmatch(r"\$\{\{\s*([\w.-]+)\s*\}\}", about["value"])[1]
        print(f"{name}={known.get(key, '')}")
    return status


def gitlab(folder):
    job = yaml.safe_load((ROOT / "examples/ci/gitlab-ci.yml").read_text())["tcpcheck"]
    env = os.environ | job["variables"]
    script = "set -eo pipefail\n" + "\n".join(job["script"])
    status = subprocess.run(["bash", "-c", script], cwd=folder, env=env, check=False).returncode
    missing = [path for path in job["artifacts"]["paths"] if not (Path(folder) / path).exists()]
    assert not missing, f"no such artifact: {missing}"
    return status


if __name__ == "__main__":
    what, folder, *rest = sys.argv[1:]
    match what:
        case "action":
            sys.exit(action(folder, dict(pair.split("=", 1) for pair in rest)))
        case "gitlab":
            sys.exit(gitlab(folder))
        case _:
            sys.exit(__doc__)
