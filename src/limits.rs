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

/// State transitions kept per connection; an orderly life has eight.
pub const TIMELINE_STEPS: usize = 64;

/// Latest segments with new octets kept per direction, to compare
/// retransmissions with and to name the packet of unacknowledged octets.
pub const RECENT_SEGMENTS: usize = 32;

/// Lone SYNs kept, the oldest given up first: what fills up under a flood. At
/// about 130 octets each they take 35 MB.
pub const LONE_SYNS: usize = 262_144;

/// Connections kept that are open or closed less than [`LINGER_NS`] ago. At
/// about 3 KiB each they take 200 MB at the most.
pub const CONNECTIONS: usize = 65_536;

/// Of [`CONNECTIONS`], how many may be closed ones that linger.
pub const CLOSED_CONNECTIONS: usize = 16_384;

/// How long a closed connection is remembered, so that what follows on its
/// sockets is understood: twice the MSL of RFC 9293, 3.4.2 (240 s).
pub const LINGER_NS: i64 = 240 * crate::segment::NS_PER_S;

/// Connections listed in a report; the rest is judged and counted.
pub const CONNECTIONS_LISTED: usize = 1_000_000;

/// Findings listed in a report; the rest is counted.
pub const FINDINGS: usize = 1_000_000;

/// Sockets remembered as having answered a SYN.
pub const LISTENERS: usize = 65_536;
