"""Plumbing of the lab: sockets inside namespaces, a relay, captures.

Run by make.sh, which makes the namespaces and names them in the environment.
"""

import contextlib
import ctypes
import fcntl
import heapq
import os
import random
import select
import signal
import socket
import struct
import subprocess
import threading
import time

CLIENT = os.environ.get("LAB_CLIENT", "")
WIRE = os.environ.get("LAB_WIRE", "")
SERVER = os.environ.get("LAB_SERVER", "")
OUT = os.environ.get("OUT", ".")

CLIENT_IP, SERVER_IP = "10.1.0.1", "10.1.0.2"
CLIENT_IP6, SERVER_IP6 = "fd00:1::1", "fd00:1::2"

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
CLONE_NEWNET = 0x40000000
SOL_PACKET, PACKET_VNET_HDR, PACKET_OUTGOING = 263, 15, 4
VNET_HDR_LEN = 10

_libc = ctypes.CDLL(None, use_errno=True)


def inside(namespace, function, *args):
    """The result of a call made inside a namespace. A socket made there stays there."""
    result = []

    def run():
        with open(f"/run/netns/{namespace}") as handle:
            if _libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
                result.append(OSError(ctypes.get_errno(), f"setns {namespace}"))
                return
        try:
            result.append(function(*args))
        except BaseException as error:  # handed to the caller
            result.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(result[0], BaseException):
        raise result[0]
    return result[0]


def sysctl(namespace, **settings):
    """Settings below net.ipv4 of a namespace."""
    for name, value in settings.items():
        command = ["ip", "netns", "exec", namespace, "sysctl", "-q", f"net.ipv4.{name}={value}"]
        subprocess.run(command, check=True)


def offload(on):
    """Whether the ends leave checksums and segmentation to their network cards."""
    set_transmit_checksum = 0x17  # ETHTOOL_STXCSUM
    for namespace in (CLIENT, SERVER):
        sock = inside(namespace, socket.socket, socket.AF_INET, socket.SOCK_DGRAM)
        value = ctypes.create_string_buffer(struct.pack("II", set_transmit_checksum, int(on)))
        request = struct.pack("16sP8x", b"eth0", ctypes.addressof(value))
        fcntl.ioctl(sock, 0x8946, request)  # SIOCETHTOOL
        sock.close()


def tcp_socket(namespace, family=socket.AF_INET):
    sock = inside(namespace, socket.socket, family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.settimeout(20)
    return sock


def listen(port=8080, backlog=16, namespace=None, family=socket.AF_INET, prepare=None):
    sock = tcp_socket(namespace or SERVER, family)
    if prepare:
        prepare(sock)
    sock.bind(("", port))
    sock.listen(backlog)
    return sock


def connect(port=8080, source_port=0, namespace=None, address=SERVER_IP, family=socket.AF_INET, prepare=None):
    sock = tcp_socket(namespace or CLIENT, family)
    if prepare:
        prepare(sock)
    if source_port:
        sock.bind(("", source_port))
    sock.connect((address, port))
    return sock


def read(sock, count):
    """Exactly so many octets."""
    data = b""
    while len(data) < count:
        chunk = sock.recv(count - len(data))
        if not chunk:
            raise EOFError(f"{len(data)} of {count} octets")
        data += chunk
    return data


def text(count, seed=1):
    """Octets of data that mean nothing."""
    source = random.Random(seed)
    return bytes(source.choice(b"abcdefghijklmnopqrstuvwxyz ") for _ in range(count))


class Seen:
    """What the relay sees of a TCP frame."""

    def __init__(self, frame, towards):
        self.towards = towards  # "server" or "client"
        self.tcp = False
        v6 = frame[12:14] == b"\x86\xdd"
        if frame[12:14] == b"\x08\x00" and frame[23] == 6:
            start, end = 14 + (frame[14] & 15) * 4, 14 + struct.unpack("!H", frame[16:18])[0]
        elif v6 and frame[20] == 6:
            start, end = 54, 54 + struct.unpack("!H", frame[18:20])[0]
        else:
            return
        self.tcp = True
        self.seq, self.ack = struct.unpack("!II", frame[start + 4 : start + 12])
        self.flags = frame[start + 13] & 0x3F
        self.length = end - start - (frame[start + 12] >> 4) * 4

    def is_a(self, *flags):
        """Just these flags, PSH aside."""
        return self.flags & ~PSH == sum(flags)


class Relay:
    """Hands frames from one side to the other after `delay` seconds.

    `fate(seen, number)` is asked for every TCP frame, `number` counting those
    of its direction from 1. It answers None to lose it, or seconds to add.
    """

    def __init__(self, delay=0.005, fate=None):
        self.delay = delay
        self.fate = fate or (lambda seen, number: 0)
        self.sockets = {}
        for side in ("client", "server"):
            sock = inside(WIRE, socket.socket, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            # Offload marks travel with the frame, so that the far end sees it as it was.
            sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            sock.bind((side, 3))
            self.sockets[side] = sock
        self.counts = {"client": 0, "server": 0}
        self.stopping = False
        self.thread = threading.Thread(target=self.run)

    def run(self):
        waiting, order = [], 0
        sides = {sock: side for side, sock in self.sockets.items()}
        while not self.stopping or waiting:
            pause = max(0, min(0.05, waiting[0][0] - time.monotonic())) if waiting else 0.05
            for sock in select.select(list(sides), [], [], pause)[0]:
                data, address = sock.recvfrom(1 << 17)
                if address[2] == PACKET_OUTGOING:
                    continue
                towards = "server" if sides[sock] == "client" else "client"
                seen = Seen(data[VNET_HDR_LEN:], towards)
                if not seen.tcp:
                    continue
                self.counts[towards] += 1
                more = self.fate(seen, self.counts[towards])
                if more is not None:
                    order += 1
                    heapq.heappush(waiting, (time.monotonic() + self.delay + more, order, towards, data))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, towards, data = heapq.heappop(waiting)
                self.sockets[towards].send(data)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.thread.join()


def lose(*rules):
    """A fate: each rule `(test, times)` loses the first so many frames that pass its test."""
    left = [[test, times] for test, times in rules]

    def fate(seen, _number):
        for rule in left:
            if rule[1] > 0 and rule[0](seen):
                rule[1] -= 1
                return None
        return 0

    return fate


@contextlib.contextmanager
def tcpdump(namespace, name, interface="eth0", *more):
    """Captures TCP into OUT/name.pcap while the block runs."""
    path = os.path.join(OUT, f"{name}.pcap")
    command = ["ip", "netns", "exec", namespace, "tcpdump", "-i", interface, "-w", path]
    command += ["-U", "--immediate-mode", "-B", "16384", "-n", "-s", "0", "-Z", "root", *more, "tcp"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if "listening on" in line:
            break
    time.sleep(0.1)
    try:
        yield
    finally:
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        report = process.communicate(timeout=10)[1]
        if "0 packets dropped by kernel" not in report:
            raise RuntimeError(f"{name}: the capture is not whole: {report}")


@contextlib.contextmanager
def lab(name, delay=0.005, fate=None, server=True, cards=False):
    """Relay and captures around a scenario: NAME.pcap and NAME@server.pcap.

    With `cards` the ends leave checksums and segmentation to their cards, which
    a capture at the end shows as partial checksums and frames above the MSS.
    """
    offload(cards)
    with contextlib.ExitStack() as stack:
        relay = stack.enter_context(Relay(delay, fate))
        stack.enter_context(tcpdump(CLIENT, name))
        if server:
            stack.enter_context(tcpdump(SERVER, f"{name}@server"))
        yield relay


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def raw_syn(source, source_port, destination, port, seq):
    """An IPv4 datagram with a SYN, as a flood tool makes it."""
    addresses = socket.inet_aton(source) + socket.inet_aton(destination)

    def tcp(total):
        header = struct.pack("!HHIIBBHHH", source_port, port, seq, 0, 6 << 4, SYN, 1024, total, 0)
        return header + bytes([2, 4, 5, 180])

    segment = tcp(checksum(addresses + struct.pack("!HH", 6, 24) + tcp(0)))
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), seq & 0xFFFF, 0, 64, 6, 0) + addresses
    return header + segment
