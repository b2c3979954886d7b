#!/usr/bin/env python3
"""What hostile captures cost, in doubling sizes.

    cargo build --release --example hostile --bin tcpcheck
    benches/doubling.py [--frames 1000000] [--times 4] [--seconds 120] [SHAPE...]

Each shape of `examples/hostile` is written in sizes that double, the largest with about so many
frames, and the release binary reads each. The table has a row a shape: processor time for the
largest, nanoseconds a frame for each size, the worst ratio of the cost of a frame from one size
to the next, and the peak of resident memory. A ratio that stays near 1 is linear; whatever
reaches 1.3 is marked. Figures below 20 ms are not compared.
"""

import argparse
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
HOSTILE = TARGET / "examples" / "hostile"
TCPCHECK = Path(os.environ.get("TCPCHECK", TARGET / "tcpcheck"))


def frames_per_count(shape, options):
    """How many frames of the capture a count stands for."""
    sizes = []
    for count in (3000, 6000):
        with tempfile.NamedTemporaryFile() as capture:
            subprocess.run([HOSTILE, shape, str(count), *options, "-o", capture.name], check=True)
            sizes.append((count, packets(capture.name)))
    (low, first), (high, second) = sizes
    each = (second - first) / (high - low)
    # What is no frame, or a small part of one, counts as one.
    return each if each >= 0.1 else 1.0


def packets(path):
    """Frames in a capture. The report is not kept: children are charged with the memory of this
    process, too."""
    report = subprocess.Popen([TCPCHECK, "--format", "json", path], stdout=subprocess.PIPE)
    with report.stdout as text:
        found = (re.search(rb'"packets": ?(\d+)', line) for line in text)
        number = next(match for match in found if match).group(1)
    report.wait()
    return int(number)


def cost(path, seconds):
    """Processor time in seconds and peak memory in MB of one run; None if it takes too long."""
    # Others may use the machine: what counts is the time of this process.
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with open(os.devnull, "wb") as nowhere:
        child = subprocess.Popen([TCPCHECK, path], stdout=nowhere, stderr=nowhere, preexec_fn=limit)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
        return None
    if child.returncode not in (0, 1, 2):
        sys.exit(f"{path}: ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def row(shape, args):
    options = args.options.split()
    each = frames_per_count(shape, options)
    costs = []
    for power in reversed(range(args.times)):
        count = max(1, round(args.frames / each / 2**power))
        with tempfile.NamedTemporaryFile(dir=args.scratch) as capture:
            subprocess.run([HOSTILE, shape, str(count), *options, "-o", capture.name], check=True)
            one = cost(capture.name, args.seconds)
        if one is None:
            return f"| {shape} | {count} | more than {args.seconds} s | | | **hangs** | |"
        costs.append((count * each, *one))
    each_ns = [seconds / frames * 1e9 for frames, seconds, _ in costs]
    ratios = [b / a for a, b, (_, s, _) in zip(each_ns, each_ns[1:], costs) if s >= 0.02]
    worst = max(ratios, default=1.0)
    frames, seconds, memory = costs[-1]
    steps = " ".join(f"{ns:.0f}" for ns in each_ns)
    mark = f"**{worst:.2f}**" if worst >= 1.3 else f"{worst:.2f}"
    half = costs[-2][2] if len(costs) > 1 else memory
    return f"| {shape} | {frames:.0f} | {seconds:.2f} | {steps} | {mark} | {half:.0f} | {memory:.0f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("shapes", nargs="*")
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--options", default="", help="options for the shapes, such as '--ipv6'")
    parser.add_argument("--scratch", help="where captures are written before they are read")
    args = parser.parse_args()
    names = subprocess.run([HOSTILE, "--names"], capture_output=True, text=True, check=True)
    print("| shape | frames | s | ns/frame, doubling | worst ratio | MB at half | MB |")
    print("|---|---|---|---|---|---|---|")
    for shape in args.shapes or names.stdout.split():
        print(row(shape, args), flush=True)


if __name__ == "__main__":
    main()
