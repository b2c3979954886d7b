"""The scenarios: what is done between client and server while the capture runs."""

import contextlib
import random
import socket
import struct
import sys
import threading
import time

from lab import (
    ACK, CLIENT, CLIENT_IP, FIN, SERVER, SERVER_IP, SERVER_IP6, SYN,
    Relay, connect, inside, lab, listen, lose, offload, raw_syn, read, sysctl, tcp_socket, tcpdump, text,
)

REQUEST, ANSWER = text(100, seed=1), text(1000, seed=2)
SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__.replace("_", "-")] = function
    return function


def opened(**how):
    """A listener, and the two ends of a connection to it."""
    listener = listen(**{k: v for k, v in how.items() if k in ("port", "family", "namespace")})
    client = connect(**how)
    server, _ = listener.accept()
    server.settimeout(20)
    return listener, client, server


def talk(client, server, request=REQUEST, answer=ANSWER):
    client.sendall(request)
    read(server, len(request))
    server.sendall(answer)
    read(client, len(answer))
    time.sleep(0.05)


def end_of(sock):
    """Waits for the peer's FIN."""
    while sock.recv(65536):
        pass


def four_way(client, server):
    client.shutdown(socket.SHUT_WR)
    end_of(server)
    time.sleep(0.1)  # long enough for the ACK to go alone
    server.close()
    end_of(client)
    client.close()
    time.sleep(0.1)


def linger0(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@scenario
def four_segment_close(name):
    with lab(name):
        _, client, server = opened()
        talk(client, server)
        four_way(client, server)


@scenario
def three_segment_close(name):
    with lab(name):
        _, client, server = opened()
        talk(client, server)
        client.shutdown(socket.SHUT_WR)
        end_of(server)
        server.close()
        end_of(client)
        client.close()
        time.sleep(0.1)


@scenario
def simultaneous_close(name):
    with lab(name, delay=0.02):
        _, client, server = opened()
        talk(client, server)
        client.shutdown(socket.SHUT_WR)
        server.shutdown(socket.SHUT_WR)
        time.sleep(0.3)
        client.close()
        server.close()


@scenario
def simultaneous_open(name):
    with lab(name, delay=0.02):
        ends = [tcp_socket(CLIENT), tcp_socket(SERVER)]
        for sock in ends:
            sock.bind(("", 7000))
        calls = [
            threading.Thread(target=ends[0].connect, args=((SERVER_IP, 7000),)),
            threading.Thread(target=ends[1].connect, args=((CLIENT_IP, 7000),)),
        ]
        for call in calls:
            call.start()
        for call in calls:
            call.join()
        talk(*ends)
        four_way(*ends)


@scenario
def half_close(name):
    with lab(name):
        _, client, server = opened()
        client.sendall(REQUEST)
        client.shutdown(socket.SHUT_WR)
        end_of(server)
        for _ in range(3):
            time.sleep(0.1)
            server.sendall(ANSWER)
        read(client, 3 * len(ANSWER))
        time.sleep(0.1)
        server.close()
        end_of(client)
        client.close()
        time.sleep(0.1)


@scenario
def refused(name):
    with lab(name):
        with contextlib.suppress(ConnectionRefusedError):
            connect(port=9)


@scenario
def unanswered(name):
    with lab(name, fate=lambda seen, number: None, server=False):
        sock = tcp_socket(CLIENT)
        sock.settimeout(4)
        with contextlib.suppress(TimeoutError):
            sock.connect((SERVER_IP, 8080))
        sock.close()


@scenario
def reset_linger(name):
    with lab(name):
        _, client, server = opened()
        talk(client, server)
        linger0(client)
        client.close()
        time.sleep(0.1)
        server.close()


@scenario
def reset_unread(name):
    with lab(name):
        _, client, server = opened()
        talk(client, server)
        client.sendall(REQUEST)
        time.sleep(0.1)
        server.close()  # with the request unread
        time.sleep(0.1)
        client.close()


@scenario
def data_after_close(name):
    with lab(name):
        _, client, server = opened()
        client.sendall(REQUEST)
        read(server, len(REQUEST))
        client.close()  # no more interest in the answer
        time.sleep(0.1)
        server.sendall(ANSWER)
        time.sleep(0.1)
        server.close()


def flood(name, cookies, spoofed, pause):
    sysctl(SERVER, tcp_syncookies=cookies, tcp_max_syn_backlog=8, tcp_synack_retries=1)
    source = random.Random(9293)
    raw = inside(CLIENT, socket.socket, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    with lab(name):
        listener = listen(backlog=8)
        real = []

        def visit():
            client = connect()
            server, _ = listener.accept()
            server.settimeout(20)
            talk(client, server)
            four_way(client, server)
            real.append(client)

        visitor = threading.Thread(target=visit)
        for number in range(spoofed):
            address = source.choice(("198.51.100.", "203.0.113.")) + str(source.randrange(1, 255))
            syn = raw_syn(address, source.randrange(1024, 65536), SERVER_IP, 8080, source.getrandbits(32))
            raw.sendto(syn, (SERVER_IP, 0))
            if number == spoofed // 2:
                visitor.start()
            time.sleep(pause)
        visitor.join()
        if not real:
            raise RuntimeError("the real connection did not come through")


@scenario
def syn_flood(name):
    flood(name, cookies=1, spoofed=250, pause=0.004)


@scenario
def syn_flood_no_cookies(name):
    flood(name, cookies=0, spoofed=250, pause=0.004)


@scenario
def syn_lost(name):
    with lab(name, fate=lose((lambda s: s.is_a(SYN), 1))):
        _, client, server = opened()
        talk(client, server)
        four_way(client, server)


@scenario
def syn_ack_lost(name):
    with lab(name, fate=lose((lambda s: s.is_a(SYN, ACK), 1))):
        _, client, server = opened()
        talk(client, server)
        four_way(client, server)


@scenario
def fin_lost(name):
    lost = lose((lambda s: s.towards == "server" and s.is_a(FIN, ACK), 1))
    with lab(name, fate=lost):
        _, client, server = opened()
        talk(client, server)
        four_way(client, server)


@scenario
def last_ack_lost(name):
    closed = []

    def fate(seen, _number):
        # The first ACK of the server's FIN goes astray.
        if seen.towards == "client" and seen.flags & FIN:
            closed.append(seen.seq + seen.length + 1)
        if seen.towards == "server" and len(closed) == 1 and seen.ack == closed[0]:
            closed.append(None)
            return None
        return 0

    with lab(name, fate=fate):
        _, client, server = opened()
        talk(client, server)
        four_way(client, server)
        time.sleep(0.6)


@scenario
def close_wait_stuck(name):
    with lab(name):
        listener, client, server = opened()
        talk(client, server)
        client.shutdown(socket.SHUT_WR)
        time.sleep(65)  # the server's application has forgotten its socket
        other = connect()
        other_server, _ = listener.accept()
        talk(other, other_server)
        four_way(other, other_server)
    linger0(server)
    server.close()


@scenario
def keepalive(name):
    def alive(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)

    with lab(name):
        _, client, server = opened(prepare=alive)
        talk(client, server)
        time.sleep(3.5)
        four_way(client, server)


@scenario
def keepalive_unanswered(name):
    gone = threading.Event()

    def alive(sock):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)

    with lab(name, fate=lambda seen, number: None if gone.is_set() else 0):
        _, client, server = opened(prepare=alive)
        talk(client, server)
        gone.set()
        with contextlib.suppress(TimeoutError):
            client.recv(1)
        time.sleep(0.2)


@scenario
def zero_window(name):
    with lab(name):
        listener = listen(prepare=lambda s: s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096))
        client = connect()
        server, _ = listener.accept()
        server.settimeout(20)
        data = text(12000)
        sender = threading.Thread(target=client.sendall, args=(data,))
        sender.start()
        time.sleep(2.5)  # the window fills, probes follow
        assert read(server, len(data)) == data
        sender.join()
        four_way(client, server)


@scenario
def port_reuse(name):
    """The server closes first, and the client calls again from the same port."""
    with lab(name):
        listener = listen()
        for _ in range(3):
            client = connect(source_port=40001)
            server, _ = listener.accept()
            talk(client, server)
            four_way(server, client)


@scenario
def port_reuse_time_wait(name):
    """The client, in TIME-WAIT, calls again from the same port (tcp_tw_reuse)."""
    sysctl(CLIENT, tcp_tw_reuse=1)
    with lab(name):
        listener = listen()
        for _ in range(2):
            client = connect(source_port=40001)
            server, _ = listener.accept()
            server.settimeout(20)
            talk(client, server)
            four_way(client, server)
            time.sleep(1.5)


def transfer(client, server, data):
    sender = threading.Thread(target=client.sendall, args=(data,))
    sender.start()
    assert read(server, len(data)) == data
    sender.join()


@scenario
def data_loss(name):
    """Eight of a hundred frames with data, four without, are lost: seeded, but what they meet varies."""
    dice = random.Random(7323)

    def fate(seen, number):
        if number <= 2:
            return 0
        return None if dice.random() < (0.08 if seen.length else 0.04) else 0

    with lab(name, fate=fate):
        _, client, server = opened()
        transfer(client, server, text(40000))
        four_way(client, server)
        time.sleep(1)


@scenario
def reordered(name):
    """Every seventh frame with data is overtaken by those behind it."""

    def fate(seen, number):
        return 0.004 if seen.length and number % 7 == 0 else 0

    with lab(name, fate=fate):
        _, client, server = opened()
        transfer(client, server, text(30000))
        four_way(client, server)


@scenario
def network_cards(name):
    """Checksums and segmentation are left to network cards that are none."""
    with lab(name, cards=True):
        _, client, server = opened()
        transfer(client, server, text(40000))
        four_way(client, server)


@scenario
def fast_open(name):
    sysctl(CLIENT, tcp_fastopen=1)
    sysctl(SERVER, tcp_fastopen=2)
    with lab(name):
        listener = listen(prepare=lambda s: s.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 8))
        for _ in range(2):  # the first asks for a cookie, the second has it
            client = tcp_socket(CLIENT)
            client.setblocking(True)
            client.sendto(REQUEST, socket.MSG_FASTOPEN, (SERVER_IP, 8080))
            server, _ = listener.accept()
            server.settimeout(20)
            read(server, len(REQUEST))
            server.sendall(ANSWER)
            read(client, len(ANSWER))
            time.sleep(0.05)
            four_way(client, server)


@scenario
def ecn(name):
    sysctl(CLIENT, tcp_ecn=1)
    sysctl(SERVER, tcp_ecn=1)
    with lab(name):
        _, client, server = opened()
        talk(client, server)
        four_way(client, server)


@scenario
def plain_options(name):
    """No timestamps, no SACK, no window scale."""
    for namespace in (CLIENT, SERVER):
        sysctl(namespace, tcp_timestamps=0, tcp_sack=0, tcp_window_scaling=0)
    with lab(name):
        _, client, server = opened()
        talk(client, server)
        four_way(client, server)


@scenario
def ipv6(name):
    with lab(name):
        _, client, server = opened(family=socket.AF_INET6, address=SERVER_IP6)
        talk(client, server)
        four_way(client, server)


def on_loopback(name, interface, *more):
    with tcpdump(CLIENT, name, interface, *more):
        _, client, server = opened(namespace=CLIENT, address="127.0.0.1")
        talk(client, server)
        four_way(client, server)


@scenario
def loopback(name):
    on_loopback(name, "lo")


@scenario
def loopback_any_sll(name):
    on_loopback(name, "any", "-y", "LINUX_SLL")


@scenario
def loopback_any_sll2(name):
    on_loopback(name, "any", "-y", "LINUX_SLL2")


@scenario
def any_sll2(name):
    """At the client, on all interfaces: every frame says which way it went."""
    offload(False)
    with Relay(), tcpdump(CLIENT, name, "any", "-y", "LINUX_SLL2"):
        _, client, server = opened()
        talk(client, server)
        four_way(client, server)


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(SCENARIOS))
    else:
        for argument in sys.argv[1:]:
            print(argument, flush=True)
            SCENARIOS[argument](argument)
