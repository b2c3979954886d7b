//! What remarks about the capture of a connection have in common.

use crate::machine::side::Side;
use crate::rules::verdict::Verdict;
use crate::segment::Timestamp;

/// A remark about the connection as a whole: no endpoint, no packet.
pub fn about_connection(time: Timestamp, message: impl Into<String>) -> Verdict {
    Verdict::omission(Side::Client, time, message).endpoint(None)
}
