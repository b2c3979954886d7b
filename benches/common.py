"""What the measuring scripts of this folder have in common."""

import datetime
import os
import platform
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
TCPCHECK = Path(os.environ.get("TCPCHECK", TARGET / "tcpcheck"))
HOSTILE = TARGET / "examples" / "hostile"
TRAFFIC = TARGET / "examples" / "traffic"

KINDS = ["bulk", "web", "flood", "small"]


def need(*programs):
    """Ends with a word of advice where a program is missing."""
    for program in programs:
        if not shutil.which(program):
            sys.exit(f"{program} is missing: {ADVICE.get(Path(program).name, 'please install it')}")


ADVICE = {
    "tcpcheck": "cargo build --release",
    "traffic": "cargo build --release --example traffic",
    "hostile": "cargo build --release --example hostile",
    "hyperfine": "cargo install hyperfine, or as your system has it",
    "valgrind": "your system has it",
}


def generate(kind, how_much, path):
    """Writes a capture of a kind; `how_much` is such as ["--size", "100M"]."""
    subprocess.run([TRAFFIC, kind, *how_much, "-o", path], check=True)


def packets(path):
    """Records of a pcap file, counted without its being read as a whole."""
    count = 0
    with open(path, "rb", buffering=1 << 20) as capture:
        capture.seek(24)
        while header := capture.read(16):
            capture.read(struct.unpack_from("<I", header, 8)[0])
            count += 1
    return count


def cost(command, seconds=None):
    """Processor time in seconds and peak memory in MB of one run, its output thrown away; None if
    it takes more processor time than `seconds`."""
    # Others may use the machine: what counts is the time of this process.
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with open(os.devnull, "wb") as nowhere:
        child = subprocess.Popen(
            command, stdout=nowhere, stderr=nowhere, preexec_fn=limit if seconds else None
        )
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
        return None
    return child.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def has_option(program, option):
    """Whether the program's help lists an option."""
    text = subprocess.run([program, "--help"], capture_output=True, text=True).stdout
    return re.search(rf"(^|\s){re.escape(option)}\b", text) is not None


def machine():
    """This machine in a line."""
    model, memory = platform.processor() or platform.machine(), ""
    try:
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
        model = found.group(1) if found else model
        kb = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text()).group(1)
        memory = f", {int(kb) / 2**20:.0f} GB"
    except (OSError, AttributeError):
        pass
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores{memory}, {platform.system()}"


def load():
    """A remark where others keep the machine busy, so that times are worth little."""
    busy = os.getloadavg()[0]
    return f" The machine was busy besides (load {busy:.1f})." if busy > 1.5 else ""


def today():
    """The date."""
    return datetime.date.today().isoformat()


def commit():
    """The commit that is checked out, if any."""
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    )
    return asked.stdout.strip() or "unknown"
