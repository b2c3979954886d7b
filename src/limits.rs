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
