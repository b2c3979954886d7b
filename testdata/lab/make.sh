#!/bin/sh
# Makes the captures of this folder anew, from real connections between two
# network namespaces of this host. Nothing leaves them. Wants root, iproute2,
# tcpdump and python3 (standard library only).
#
#   testdata/lab/make.sh              all scenarios, about three minutes
#   testdata/lab/make.sh NAME...      some of them
#   testdata/lab/make.sh --list       their names
#   OUT=/tmp/lab testdata/lab/make.sh writes elsewhere
set -eu

here=$(cd "$(dirname "$0")" && pwd)
OUT=${OUT:-$here}
export OUT PYTHONDONTWRITEBYTECODE=1

if [ "${1:-}" = --list ]; then
    exec python3 "$here/scenarios.py" --list
fi
if [ "$(id -u)" != 0 ]; then
    echo "make.sh: root is needed to make network namespaces" >&2
    exit 1
fi
for tool in ip tcpdump python3; do
    command -v "$tool" >/dev/null || { echo "make.sh: $tool is missing" >&2; exit 1; }
done

# client -- wire -- server: the frames cross the namespace in the middle, where
# a relay (lab.py) hands them on later, in another order, or not at all.
LAB_CLIENT=tcplab-$$-client
LAB_WIRE=tcplab-$$-wire
LAB_SERVER=tcplab-$$-server
export LAB_CLIENT LAB_WIRE LAB_SERVER

remove() {
    for ns in "$LAB_CLIENT" "$LAB_WIRE" "$LAB_SERVER"; do
        ip netns delete "$ns" 2>/dev/null || true
    done
}

# One end: its namespace, its last octet, that of its peer, its port on the wire.
end() {
    ip link add eth0 netns "$1" address "02:00:00:00:00:0$2" type veth \
        peer name "$4" netns "$LAB_WIRE"
    ip -n "$LAB_WIRE" link set "$4" up
    ip netns exec "$1" sysctl -q net.ipv6.conf.all.accept_dad=0 \
        net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitations=0
    ip -n "$1" link set lo up
    ip -n "$1" link set eth0 arp off up
    ip -n "$1" address add "10.1.0.$2/24" dev eth0
    ip -n "$1" address add "fd00:1::$2/64" dev eth0 nodad
    ip -n "$1" neighbour add "10.1.0.$3" lladdr "02:00:00:00:00:0$3" dev eth0
    ip -n "$1" neighbour add "fd00:1::$3" lladdr "02:00:00:00:00:0$3" dev eth0
}

make_namespaces() {
    for ns in "$LAB_CLIENT" "$LAB_WIRE" "$LAB_SERVER"; do
        ip netns add "$ns"
    done
    end "$LAB_CLIENT" 1 2 client
    end "$LAB_SERVER" 2 1 server
    # Addresses for documentation, for the flood: towards the client, which drops them.
    ip -n "$LAB_SERVER" route add 198.51.100.0/24 via 10.1.0.1
    ip -n "$LAB_SERVER" route add 203.0.113.0/24 via 10.1.0.1
}

trap remove EXIT
trap 'exit 1' HUP INT TERM

if [ $# -eq 0 ]; then
    set -- $(python3 "$here/scenarios.py" --list)
fi
# Fresh namespaces for each, so that no TIME-WAIT, cookie or metric is left over.
for name in "$@"; do
    make_namespaces
    python3 "$here/scenarios.py" "$name"
    remove
done
