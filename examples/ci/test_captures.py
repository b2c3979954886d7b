"""Each capture that was made must hold correct TCP: one test a capture.

Put this file into your tests. CAPTURES names the folder (default: captures), TCPCHECK the
program (default: the one on the path).
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("CAPTURES", "captures"))
ENDINGS = (".pcap", ".pcapng", ".pcap.gz", ".pcapng.gz")
CAPTURES = sorted(path for path in FOLDER.rglob("*") if path.name.endswith(ENDINGS))


def tcpcheck(*captures, options=()):
    """The exit status and the report on captures."""
    program = os.environ.get("TCPCHECK", "tcpcheck")
    command = [program, "--format", "json", *options, "--", *map(str, captures)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # Without a report something is wrong with the command or its configuration.
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def in_words(report):
    """What makes a run fail, a line each."""
    for capture in report["captures"]:
        if capture["error"]:
            yield f"{capture['path']}: {capture['error']}"
    for finding in report["findings"]:
        if finding["fails"]:
            place = f" packet {finding['packet']}" if finding["packet"] else ""
            yield f"{finding['capture']}:{place} {finding['rule']} {finding['message']}"
    for expectation in report["expectations"]:
        if not expectation["met"]:
            yield f"{expectation['capture']}: {expectation['message']}"


def test_there_are_captures():
    """A test bench that captured nothing must not pass."""
    assert CAPTURES, f"there is no capture in {FOLDER}"


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_tcp_is_spoken_correctly(capture):
    status, report = tcpcheck(capture)
    assert status == 0, "\n".join(in_words(report))
