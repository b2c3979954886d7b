//! All shapes, a file a kind of harm.

mod clock;
mod closing;
mod fragments;
mod icmp;
mod loads;
mod malformed;
mod patterns;
mod pcapng;
mod reuse;
mod stream;
mod syn_flood;
mod tunnels;

use super::Shape;

macro_rules! shapes {
    ($($name:literal $write:path: $about:literal),+ $(,)?) => {
        /// What can be written.
        pub const SHAPES: &[Shape] = &[$(Shape { name: $name, about: $about, write: $write }),+];
    };
}

shapes! {
    "syn-flood" syn_flood::syn_flood: "SYNs from random sources (--answered, --repetitions, --real, --victims)",
    "open-connections" loads::open_connections: "connections that stay open",
    "closed-connections" loads::closed_connections: "whole connections, one after the other",
    "colliding-keys" loads::colliding_keys: "connections that differ in one port only",
    "interleaved" loads::interleaved: "segments, in turn from each of 60,000 connections",
    "listeners" loads::listeners: "services that answer a SYN",
    "holes" stream::holes: "segments of one connection, each behind a hole",
    "holes-backwards" stream::holes_backwards: "the same, each before the one before it",
    "holes-filled" stream::holes_filled: "the same, 128 holes that are filled from behind, and again",
    "sack-storm" stream::sack_storm: "ACKs with four blocks anywhere in what was sent",
    "one-octet" stream::one_octet: "segments of one octet",
    "retransmissions" stream::retransmissions: "repetitions of one segment",
    "overlapping" stream::overlapping: "segments that each overlap the one before with other data",
    "duplicate-acks" stream::duplicate_acks: "ACKs that say the same",
    "keepalives" stream::keepalives: "keepalives and their answers",
    "zero-window-probes" stream::zero_window_probes: "probes of a shut window and their answers",
    "missing-ranges" stream::missing_ranges: "ACKs for octets that were never captured",
    "port-reuse" reuse::port_reuse: "connections on one pair of sockets, one after the other",
    "syn-candidates" reuse::syn_candidates: "SYNs with other numbers on an open connection",
    "strays" reuse::strays: "segments with another connection's numbers on a closed one",
    "oddities" reuse::oddities: "odd segments, 300 on each connection until the next begins on its sockets",
    "half-opens" reuse::half_opens: "SYNs of one pair of sockets 4 s apart, each with another number",
    "resets" closing::resets: "connections that are reset and go on",
    "fins" closing::fins: "FINs with other numbers on one connection",
    "violating-connections" closing::violating_connections: "connections with a violation each",
    "violations" closing::violations: "violations on one connection",
    "icmp-known" icmp::known: "ICMP errors about one connection",
    "icmp-unknown" icmp::unknown: "ICMP errors about connections that nobody opened",
    "icmp-lone-syns" icmp::lone_syns: "SYNs that an ICMP error answers",
    "fragments-first" fragments::first: "first fragments whose rest never comes",
    "fragments-tiny" fragments::tiny: "fragments of eight octets, 200 a datagram",
    "fragments-overlapping" fragments::overlapping: "fragments that overlap others with other octets",
    "fragments-pieces" fragments::pieces: "pieces of one datagram, in disorder, without an end",
    "tunnels-vxlan" tunnels::vxlan: "segments, each in a VXLAN network of its own",
    "tunnels-gre" tunnels::gre: "segments, each in a GRE tunnel of its own key",
    "tunnels-nested" tunnels::nested: "segments, each 1 to 60 levels deep in IP-in-IP",
    "pcapng-interfaces" pcapng::interfaces: "pcapng blocks of interfaces that nothing uses",
    "pcapng-comments" pcapng::comments: "comments on one frame, as many as a block holds, and again",
    "pcapng-sections" pcapng::sections: "pcapng sections of one frame each",
    "pcapng-statistics" pcapng::statistics: "pcapng blocks of statistics of one interface",
    "pcapng-unknown" pcapng::unknown: "pcapng blocks of a type that nobody knows",
    "malformed" malformed::malformed: "frames with random octets",
    "truncated-headers" malformed::cut: "segments cut at random, in headers mostly",
    "options" malformed::options: "segments with forty octets of random options",
    "extension-headers" malformed::extension_headers: "IPv6 packets with as many extension headers as fit",
    "damaged" malformed::damaged: "segments with a wrong checksum",
    "backwards" clock::backwards: "frames, each earlier than the one before",
    "jumps" clock::jumps: "frames at random times between 1970 and 2106",
    "pauses" clock::pauses: "connections, each 61 s after the one before",
    "floods-apart" patterns::floods_apart: "floods of 100 SYNs, 120 s from one to the next, on one service",
    "scans" patterns::scans: "SYNs to closed ports, 64 from each source",
    "probes" patterns::probes: "FINs without a connection, 8 from each source",
    "isn-hosts" patterns::isn_hosts: "SYNs with countable numbers, 32 from each source",
    "mixed" malformed::mixed: "random segments of a few connections",
}
