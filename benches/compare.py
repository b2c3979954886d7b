#!/usr/bin/env python3
"""What checking costs beside what other programs do with the same capture.

    cargo build --release --bin tcpcheck --example traffic
    benches/compare.py [--size 100M] [--runs 5] [--kinds web,flood] [--threads 1,2]

Needed are hyperfine and tcpdump; tshark, tcptrace and Suricata are measured where they are
installed. For each kind that `examples/traffic` writes, hyperfine runs all programs one after the
other, with a warm page cache. The table (markdown) has the median wall time, also as a ratio to
`tcpdump -r F -w /dev/null`, wall and processor time for a packet, and the peak of resident memory
(where GNU time is not installed, nothing below 15 MB can be seen).

`--update` puts the table into docs/performance.md. A size of 1G takes an hour with tshark:
`--skip tshark` leaves it out.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import common

PAGE = common.ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: benches/compare.py --update -->", "<!-- end of figures -->"

STREAM_EVENTS = [
    Path(folder) / "stream-events.rules"
    for folder in ("/etc/suricata/rules", "/usr/share/suricata/rules")
]


def programs(args, scratch):
    """Name, executable and arguments of each; the capture's name is put where `{}` stands."""
    yield "tcpdump -w /dev/null", "tcpdump", ["-r", "{}", "-w", "/dev/null"]
    if args.threads and common.has_option(args.tcpcheck, "--threads"):
        for threads in args.threads:
            name = f"**tcpcheck**, {threads} thread{'' if threads == '1' else 's'}"
            yield name, args.tcpcheck, ["--threads", threads, "{}"]
    else:
        yield "**tcpcheck**", args.tcpcheck, ["{}"]
    yield "tshark -z expert", "tshark", ["-r", "{}", "-q", "-z", "expert"]
    yield "tcptrace", "tcptrace", ["-n", "{}"]
    rules = next((path for path in STREAM_EVENTS if path.exists()), "/dev/null")
    arguments = ["-r", "{}", "-S", str(rules), "-k", "all", "-l", str(scratch)]
    yield "Suricata, stream events", "suricata", arguments


def commands(args, scratch):
    """What can be measured, and what cannot, with the reason."""
    found, missing = [], []
    for name, executable, arguments in programs(args, scratch):
        plain = Path(executable).name
        if plain in args.skip:
            missing.append((name, "skipped"))
        elif not shutil.which(executable):
            missing.append((name, "not installed"))
        else:
            found.append((name, [str(executable), *arguments]))
    return found, missing


def filled(command, capture):
    """A command with the capture's name."""
    return [word.replace("{}", str(capture)) for word in command]


def wall_times(found, capture, runs):
    """Hyperfine's results of all programs, in one run."""
    lines = [shlex.join(filled(command, capture)) for _, command in found]
    with tempfile.NamedTemporaryFile(suffix=".json") as results:
        options = ["--shell=none", "--ignore-failure", "--warmup", "1", "--runs", str(runs)]
        options += ["--style", "none", "--export-json", results.name]
        subprocess.run(["hyperfine", *options, *lines], check=True, stderr=subprocess.DEVNULL)
        return json.load(results)["results"]


def peak(command):
    """Peak of resident memory of one run, in MB."""
    if not shutil.which("time"):
        return common.cost(command)[2]
    # It takes less itself than Python, whose own memory would be the least to be seen.
    with tempfile.NamedTemporaryFile("r") as told, open(os.devnull, "wb") as nowhere:
        wrapped = ["time", "-f", "%M", "-o", told.name, *command]
        subprocess.run(wrapped, stdout=nowhere, stderr=nowhere)
        return int(told.read().split()[-1]) / 1024


def rows(kind, args, scratch, found, missing):
    """The lines of the table for one kind."""
    capture = Path(scratch) / f"{kind}.pcap"
    common.generate(kind, ["--size", args.size], capture)
    packets = common.packets(capture)
    results = wall_times(found, capture, args.runs)
    fastest = results[0]["median"]
    title = f"{kind}, {packets / 1e6:.2f} M packets, {capture.stat().st_size / 1e6:.0f} MB"
    for (name, command), result in zip(found, results):
        memory = peak(filled(command, capture))
        wall, busy = result["median"], result["user"] + result["system"]
        figures = f"{wall:.3f} | {wall / fastest:.2f} | {wall / packets * 1e9:.0f}"
        yield f"| {title} | {name} | {figures} | {busy / packets * 1e9:.0f} | {memory:.0f} |"
        title = ""
    for name, reason in missing:
        yield f"| {title} | {name} | {reason} | | | | |"
    capture.unlink()


def table(args):
    """The whole text, line by line."""
    with tempfile.TemporaryDirectory(dir=args.scratch) as scratch:
        found, missing = commands(args, scratch)
        yield f"{common.today()}, {common.machine()}; tcpcheck of commit {common.commit()}, "
        yield f"{versions(found)}; median of {args.runs} runs.{common.load()}"
        yield ""
        yield "| capture | program | wall s | times tcpdump | wall ns/packet | CPU ns/packet | MB |"
        yield "|---|---|--:|--:|--:|--:|--:|"
        for kind in args.kinds:
            yield from rows(kind, args, scratch, found, missing)


def versions(found):
    """What the other programs say that they are."""
    said = []
    for executable in dict.fromkeys(command[0] for _, command in found):
        if Path(executable).name == "tcpcheck":
            continue
        asked = subprocess.run([executable, "--version"], capture_output=True, text=True)
        version = re.search(r"\d+(\.\d+)+", asked.stdout + asked.stderr)
        said.append(f"{executable} {version.group(0) if version else ''}".strip())
    return ", ".join(said)


def update(text):
    """Puts the table into the page."""
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    words = lambda text: text.split(",")
    parser.add_argument("--size", default="100M", help="of each capture (default: 100M)")
    parser.add_argument("--runs", type=int, default=5, help="of each program (default: 5)")
    parser.add_argument("--kinds", type=words, default=common.KINDS, help="such as bulk,small")
    parser.add_argument("--skip", type=words, default=[], help="programs, such as tshark,suricata")
    parser.add_argument("--threads", type=words, default=[], help="such as 1,2: a row for each")
    parser.add_argument("--tcpcheck", default=str(common.TCPCHECK), help="the binary")
    parser.add_argument("--scratch", help="where captures are written")
    parser.add_argument("--update", action="store_true", help="put it into docs/performance.md")
    args = parser.parse_args()
    common.need(args.tcpcheck, str(common.TRAFFIC), "hyperfine", "tcpdump")
    lines = []
    for line in table(args):
        print(line, flush=True)
        lines.append(line)
    if args.update:
        update("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
