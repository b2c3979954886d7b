//! Every limit of the program, in one place. Reaching one is never silent:
//! the report names it (`limits` of a capture).

/// Ranges beyond a hole that are kept per direction. A receiver with a window
/// of 64 KiB has at most 45 segments of 1460 octets outstanding; more holes
/// than this need a larger window and heavy loss.
pub const OUT_OF_ORDER_RANGES: usize = 64;

/// Ranges of octets kept per direction that were acknowledged but not captured.
pub const MISSING_RANGES: usize = 16;

/// Noted segments kept per connection; handshake and teardown need about ten.
pub const EVENTS: usize = 256;

/// Of [`EVENTS`], how many may be segments that are noted only in passing.
pub const EVENTS_IN_PASSING: usize = 192;

/// Kinds of ICMP errors kept per connection, each with its first and a count;
/// a path in trouble shows one or two.
pub const ICMP_KINDS: usize = 6;

/// State transitions kept per connection; an orderly life has eight.
pub const TIMELINE_STEPS: usize = 64;

/// Segments kept back per connection because their numbers are another
/// connection's, until the other end answers one or shows that it is none.
pub const STRAYS: usize = 16;

/// Latest segments with new octets kept per direction, to compare
/// retransmissions with and to name the packet of unacknowledged octets.
pub const RECENT_SEGMENTS: usize = 32;

/// Segments with a wrong checksum kept per direction until their octets come in
/// good order. What is beyond is as if it had never been sent.
pub const DAMAGED_SEGMENTS: usize = 16;

/// SYNs and SYN-ACKs kept of connections of which nothing else was captured, those that
/// have waited for the longest time given up first: what fills up under a flood. A SYN takes
/// 64 octets (48 more with IPv6 or in a tunnel), whatever follows it 48 each, and the index
/// 7 MB at the most, while it grows: 29 MB.
pub const HALF_OPEN_SEGMENTS: usize = 196_608;

/// Connections kept that are open or closed less than [`LINGER_NS`] ago, as far as
/// [`CONNECTION_OCTETS`] allow.
pub const CONNECTIONS: usize = 65_536;

/// Octets that all these connections may take together, whatever was remembered of each
/// included: one that is merely open takes 5 KB, and 2 KB more once it is long, one that was closed
/// in good order 8 KB, and one in which everything is odd 100 KB. Idle ones are given up first.
pub const CONNECTION_OCTETS: usize = 140_000_000;

/// Octets that connections which left the table may take while they wait to be judged by what the
/// whole capture showed until then. Only those that were given up for a limit come in such numbers;
/// beyond this they are judged by what is known when the round ends.
pub const WAITING_OCTETS: usize = 24_000_000;

/// Of [`CONNECTIONS`], how many may be closed ones that linger.
pub const CLOSED_CONNECTIONS: usize = 8_192;

/// How long a closed connection is remembered, so that what follows on its
/// sockets is understood: twice the MSL of RFC 9293, 3.4.2 (240 s).
pub const LINGER_NS: i64 = 240 * crate::segment::NS_PER_S;

/// Tunnels around one packet that are looked into. Three or four are in use
/// in data centres that stack them.
pub const TUNNEL_DEPTH: usize = 8;

/// Headers below IP that are looked into, one behind the other, tags and label
/// stacks included. A frame of a provider's network has about ten.
pub const LINK_LAYERS: usize = 32;

/// Chains of tunnels whose names are kept; 100 octets for one tunnel. Those
/// beyond are told apart, but not named.
pub const TUNNELS: usize = 16_384;

/// Packets in pieces that are kept until the rest comes; 250 octets each at
/// the least, all of them within [`FRAGMENT_OCTETS`].
pub const FRAGMENTED_PACKETS: usize = 8_192;

/// Octets that packets in pieces may take together.
pub const FRAGMENT_OCTETS: usize = 8 * 1024 * 1024;

/// Pieces of one packet; with the smallest MTU that IPv4 allows (68 octets) the
/// longest packet has 1366.
pub const FRAGMENT_PIECES: usize = 2_048;

/// Pairs of addresses with overlapping fragments that are told.
pub const FRAGMENT_OVERLAPS: usize = 256;

/// Segments of a connection that are kept where it is to be drawn as text: a quarter of them
/// from its beginning, a quarter from its end, and of what lies between those that are worth a
/// look. What is beyond is summed up. A segment takes some 70 octets, one with SACK twice as much.
pub const DRAWN_SEGMENTS: usize = 512;

/// Octets that all pictures of connections in the table may take together. Beyond it a connection is
/// drawn in few segments.
pub const DRAWN_OCTETS: usize = 100_000_000;

/// The limits of a table of connections; others than these only in tests.
#[derive(Clone, Copy, Debug)]
pub struct TableLimits {
    /// See [`HALF_OPEN_SEGMENTS`]; with 0, every opening is a connection at once.
    pub half_open: usize,
    /// Orderly segments of long connections are put down before the machine is told of them;
    /// else it takes in each by itself.
    pub stretches: bool,
    /// Connections that are a textbook's so far are kept small; else every one is given to the
    /// machine at once.
    pub lives: bool,
    /// See [`CONNECTIONS`].
    pub connections: usize,
    /// See [`CONNECTION_OCTETS`].
    pub octets: usize,
    /// See [`WAITING_OCTETS`].
    pub waiting: usize,
    /// See [`CLOSED_CONNECTIONS`].
    pub closed_connections: usize,
    /// See [`LINGER_NS`].
    pub linger_ns: i64,
    /// Segments of each connection that are kept to be drawn; with 0, no connection is drawn.
    pub drawn: usize,
    /// See [`DRAWN_OCTETS`].
    pub drawn_octets: usize,
}

impl TableLimits {
    /// Those of each of so many `parts` of a table.
    #[must_use]
    pub const fn divided(self, parts: usize) -> TableLimits {
        TableLimits {
            half_open: self.half_open.div_ceil(parts),
            stretches: self.stretches,
            lives: self.lives,
            connections: self.connections.div_ceil(parts),
            octets: self.octets.div_ceil(parts),
            waiting: self.waiting.div_ceil(parts),
            closed_connections: self.closed_connections.div_ceil(parts),
            linger_ns: self.linger_ns,
            drawn: self.drawn,
            drawn_octets: self.drawn_octets.div_ceil(parts),
        }
    }
}

impl Default for TableLimits {
    fn default() -> TableLimits {
        TableLimits {
            half_open: HALF_OPEN_SEGMENTS,
            stretches: true,
            lives: true,
            connections: CONNECTIONS,
            octets: CONNECTION_OCTETS,
            waiting: WAITING_OCTETS,
            closed_connections: CLOSED_CONNECTIONS,
            linger_ns: LINGER_NS,
            drawn: 0,
            drawn_octets: DRAWN_OCTETS,
        }
    }
}

/// Connections listed in a report; the rest is judged and counted. They lie in a
/// temporary file, at some 200 octets each.
pub const CONNECTIONS_LISTED: usize = 10_000_000;

/// Findings listed in a report; the rest is counted. They lie beside their
/// connections, at some 200 octets each. One connection cannot have many: what
/// a rule says again in the same case of the same endpoint goes under the first.
pub const FINDINGS: usize = 10_000_000;

/// Kinds of findings (see [`Kind`](crate::report::fingerprint::Kind)) that are counted, so that equal
/// findings have fingerprints of their own; 18 MB. A test bench has a few dozen; a scan of all
/// ports with many faults in each connection has as many as that.
pub const FINDING_KINDS: usize = 917_504;

/// Octets of connections and findings that are held in memory before they go
/// to the temporary file, in order. A report needs a buffer of
/// [`SPOOL_BUFFER`] for each time that this was filled.
pub const SPOOL_MEMORY: usize = 16 * 1024 * 1024;

/// Octets read from the temporary file at a time, from each of its parts: 6 MB
/// for a file of 3 GB.
pub const SPOOL_BUFFER: usize = 32 * 1024;

/// The limits of a report; others than these only in tests.
#[derive(Clone, Copy, Debug)]
pub struct ReportLimits {
    /// See [`CONNECTIONS_LISTED`].
    pub connections: usize,
    /// See [`FINDINGS`].
    pub findings: usize,
    /// See [`FINDING_KINDS`].
    pub kinds: usize,
    /// See [`SPOOL_MEMORY`].
    pub memory: usize,
}

impl Default for ReportLimits {
    fn default() -> ReportLimits {
        ReportLimits {
            connections: CONNECTIONS_LISTED,
            findings: FINDINGS,
            kinds: FINDING_KINDS,
            memory: SPOOL_MEMORY,
        }
    }
}

/// Sockets remembered as having answered a SYN.
pub const LISTENERS: usize = 65_536;

/// Octets the reader asks its source for at a time, and the size its buffer
/// begins with. Large enough that the cost of a system call does not show.
pub const READ_BUFFER_LEN: usize = 256 * 1024;

/// Longest packet of a pcap file in octets, for all link types that carry IP.
///
/// A pcap record has no second length to check the first against, so this is
/// what finds a damaged file. It is the most that libpcap ever captures, and
/// what libpcap and Wireshark accept.
pub const PACKET_LEN: u32 = 256 * 1024;

/// Longest packet of the few link types with larger ones (USB, D-Bus), and
/// longest pcapng block, in octets.
///
/// It is what libpcap and Wireshark accept for those link types. The buffer
/// grows to it only as the octets arrive.
pub const BLOCK_LEN: u32 = 128 * 1024 * 1024;

/// Most interfaces in one section of a pcapng file.
pub const INTERFACES: usize = 65_536;

/// Captures of a merge that are open at a time: those that overlap. Each takes a buffer of
/// [`READ_BUFFER_LEN`], 50 MB in all, and a file descriptor, of which a process may have 256 on
/// some systems.
pub const MERGED_OPEN: usize = 200;

/// Octets that may be taken to find the file and the number of each packet of a merge. It takes
/// about one octet a packet where two files take turns, next to nothing where one follows the other.
pub const MERGED_NUMBERS: usize = 128 * 1024 * 1024;

/// Connections of overlapping captures of a merge that are watched for contradictions between the
/// files, and SYNs that are remembered for it: about 350 octets each.
pub const MERGED_PAIRS: usize = 65_536;

/// Connections in mobile networks whose tunnels are remembered, 150 octets each. What was longest
/// without a segment is forgotten; where it had moved, all that are not remembered may have.
pub const MOVED_USERS: usize = 65_536;

/// How many recoverable problems of a capture are kept with their message; the
/// rest is counted.
pub const PROBLEMS: usize = 100;

/// Comments kept of a capture; the rest is counted.
pub const COMMENTS: usize = 100;

/// Octets kept of a comment. An option of pcapng can hold 65,535.
pub const COMMENT_LEN: usize = 1000;

/// Most memory in octets that unpacking a compressed capture may need for the
/// data it refers back to. It is what `zstd` allows itself without `--long=28`
/// or more, and twice what `xz -9` needs.
pub const UNPACK_WINDOW: u64 = 128 * 1024 * 1024;

/// Without any frame for so long, it is remembered that the capture paused.
pub const PAUSE_NS: i64 = 60 * crate::segment::NS_PER_S;

/// Pauses of a capture remembered (16 octets each). Beyond them nothing is
/// said about what an endpoint failed to send.
pub const PAUSES: usize = 4096;

// Of patterns. A hash table is full at seven eighths of a power of two, so just below that
// the limits stand. All together they take 115 MB at the most, in a capture made for it; a flood
// of ten million SYNs from random sources makes them take 25 MB.

/// Services whose SYNs are counted for floods. A service takes 200 octets,
/// and 2 KiB more when there are many sources: 17 MB at the most. A flooded
/// one is among the busiest, and those are kept.
pub const PATTERN_SERVICES: usize = 7_168;

/// Quarter seconds of services in which SYNs are counted: four hours of a busy
/// service, or two minutes of a hundred; 8 MB.
pub const PATTERN_SLOTS: usize = 57_344;

/// Sources whose first attempt is kept until they have made another: what a
/// flood with forged sources fills up. At 136 octets each they take 2 MB.
pub const PATTERN_SOURCES: usize = 14_336;

/// Pairs of source and host, and of source and port, that are looked at for
/// scans. A pair takes 150 octets, and up to 6 KiB when it has many targets: 22 MB of
/// either kind at the most.
pub const PATTERN_SCAN_GROUPS: usize = 3_584;

/// Sources with the kind of their probes without SYN, and with a number that the
/// probes share. A group takes 250 octets, and up to 5 KiB when it has many targets: 18 MB.
pub const PATTERN_PROBE_GROUPS: usize = 3_584;

/// Hosts whose first ISNs are kept, as clients and as servers; 1.3 KiB each, 5 MB of either.
pub const PATTERN_ISN_HOSTS: usize = 3_584;

/// Half minutes of source and service in which SYNs with timestamps are counted; 6 MB.
pub const PATTERN_TIMESTAMP_SLOTS: usize = 14_336;

/// Services with connections in CLOSE-WAIT; 4 KiB each, 4 MB at the most.
pub const PATTERN_CLOSE_WAIT_SERVICES: usize = 896;

/// Tens of seconds of network and service in which idle connections are counted; 2 MB.
pub const PATTERN_STARVED_SLOTS: usize = 14_336;

/// Tens of seconds of source and service in which TIME-WAITs are counted; 3 MB.
pub const PATTERN_TIME_WAIT_SLOTS: usize = 14_336;

/// Octets of comments that are added to one block of a capture, or for want of room at its end;
/// a finding takes 200. More are only counted there.
pub const ADDED_COMMENTS: usize = 1024 * 1024;
