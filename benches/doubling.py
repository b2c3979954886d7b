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
import re
import subprocess
import sys
import tempfile

import common


def frames_per_count(shape, options):
    """How many frames of the capture a count stands for."""
    sizes = []
    for count in (3000, 6000):
        with tempfile.NamedTemporaryFile() as capture:
            write(shape, count, options, capture.name)
            sizes.append((count, packets(capture.name)))
    (low, first), (high, second) = sizes
    each = (second - first) / (high - low)
    # What is no frame, or a small part of one, counts as one.
    return each if each >= 0.1 else 1.0


def write(shape, count, options, path):
    """Writes a capture of a shape."""
    subprocess.run([common.HOSTILE, shape, str(count), *options, "-o", path], check=True)


def packets(path):
    """Frames in a capture. The report is not kept: children are charged with the memory of this
    process, too."""
    report = subprocess.Popen([common.TCPCHECK, "--format", "json", path], stdout=subprocess.PIPE)
    with report.stdout as text:
        found = (re.search(rb'"packets": ?(\d+)', line) for line in text)
        number = next(match for match in found if match).group(1)
    report.wait()
    return int(number)


def cost(path, seconds):
    """Processor time in seconds and peak memory in MB of one run; None if it takes too long."""
    ran = common.cost([common.TCPCHECK, path], seconds)
    if ran is None:
        return None
    status, used, memory = ran
    if status not in (0, 1, 2):
        sys.exit(f"{path}: ended with {status}")
    return used, memory


def row(shape, args):
    options = args.options.split()
    each = frames_per_count(shape, options)
    costs = []
    for power in reversed(range(args.times)):
        count = max(1, round(args.frames / each / 2**power))
        with tempfile.NamedTemporaryFile(dir=args.scratch) as capture:
            write(shape, count, options, capture.name)
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
    common.need(str(common.TCPCHECK), str(common.HOSTILE))
    names = subprocess.run([common.HOSTILE, "--names"], capture_output=True, text=True, check=True)
    print("| shape | frames | s | ns/frame, doubling | worst ratio | MB at half | MB |")
    print("|---|---|---|---|---|---|---|")
    for shape in args.shapes or names.stdout.split():
        print(row(shape, args), flush=True)


if __name__ == "__main__":
    main()
