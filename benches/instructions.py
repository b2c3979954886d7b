#!/usr/bin/env python3
"""How many instructions checking takes, to be compared from change to change.

    cargo build --release --bin tcpcheck --example traffic
    benches/instructions.py --check        beside what is recorded in benches/instructions.tsv
    benches/instructions.py --record       record it anew

Needed is valgrind. callgrind counts the instructions of the release binary (without the kernel's)
on small captures of `examples/traffic`, which are the same every time; so are the counts, to less
than 0.01 %: hash seeds differ from run to run, so the least of `--runs` runs counts. Another
compiler, or a C library that picks other routines for another processor, gives other counts.
Each row has a kind of capture, the form of the report, packets, instructions, and instructions
for a packet.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import common

RECORD = Path(__file__).with_name("instructions.tsv")

# Large enough that what a run costs once does not matter.
PACKETS = {"bulk": 20_000, "web": 20_000, "flood": 40_000, "small": 50_000}
FORMS = ["text", "json"]


def count(command):
    """Instructions of one run."""
    options = ["--tool=callgrind", "--callgrind-out-file=/dev/null"]
    with open(os.devnull, "wb") as nowhere:
        ran = subprocess.run(
            ["valgrind", *options, *command], stdout=nowhere, stderr=subprocess.PIPE, text=True
        )
    found = re.search(r"Collected : (\d+)", ran.stderr)
    if not found or ran.returncode > 1:
        sys.exit(f"valgrind or tcpcheck failed:\n{ran.stderr}")
    return int(found.group(1))


def measure(args):
    """Kind, form, packets, instructions of the least and of the worst run."""
    options = ["--threads", "1"] if common.has_option(args.tcpcheck, "--threads") else []
    with tempfile.TemporaryDirectory() as scratch:
        for kind, size in PACKETS.items():
            if kind not in args.kinds:
                continue
            capture = Path(scratch) / f"{kind}.pcap"
            common.generate(kind, ["--packets", str(size)], capture)
            packets = common.packets(capture)
            for form in FORMS:
                command = [args.tcpcheck, *options, "--format", form, str(capture)]
                counts = [count(command) for _ in range(args.runs)]
                yield kind, form, packets, min(counts), max(counts)


def recorded():
    """Instructions by kind and form."""
    lines = RECORD.read_text().splitlines()
    fields = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {(kind, form): int(count) for kind, form, _, count, _ in fields[1:]}


def record(args):
    compiler = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout
    header = [f"# {compiler.split(' (')[0].strip()}, commit {common.commit()}"]
    header.append("kind\treport\tpackets\tinstructions\tper packet")
    lines = []
    for kind, form, packets, least, _ in measure(args):
        lines.append(f"{kind}\t{form}\t{packets}\t{least}\t{least / packets:.1f}")
        print(lines[-1], flush=True)
    RECORD.write_text("\n".join([*header, *lines, ""]))


def check(args):
    before = recorded() if RECORD.exists() else {}
    print("| capture | report | instructions | per packet | change | spread of runs |")
    print("|---|---|--:|--:|--:|--:|")
    for kind, form, packets, least, most in measure(args):
        old = before.get((kind, form))
        change = f"{(least / old - 1) * 100:+.2f} %" if old else "new"
        spread = f"{(most / least - 1) * 100:.4f} %"
        each = f"{least} | {least / packets:.0f}"
        print(f"| {kind} | {form} | {each} | {change} | {spread} |", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="print the changes in percent")
    what.add_argument("--record", action="store_true", help="renew benches/instructions.tsv")
    parser.add_argument("--runs", type=int, default=2, help="of each row (default: 2)")
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=common.KINDS)
    parser.add_argument("--tcpcheck", default=str(common.TCPCHECK), help="the binary")
    args = parser.parse_args()
    if args.record and set(args.kinds) != set(common.KINDS):
        parser.error("all kinds are recorded together")
    common.need(args.tcpcheck, str(common.TRAFFIC), "valgrind")
    (record if args.record else check)(args)


if __name__ == "__main__":
    main()
