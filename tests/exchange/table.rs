//! Captures through the table of connections alone, without the rest of a run.

use std::io::Cursor;

use tcpcheck::capture::CaptureReader;
use tcpcheck::decode::{Decoded, Decoder};
use tcpcheck::flow::table::{Left, Table};
use tcpcheck::limits::TableLimits;

/// Gives a table with `limits` all of `capture`, and empties it; what leaves it goes to `take`.
pub fn through_table(capture: &[u8], limits: TableLimits, mut take: impl FnMut(Left)) {
    let mut table = Table::with_limits(limits);
    let mut decoder = Decoder::default();
    let mut reader = CaptureReader::from_reader(Box::new(Cursor::new(capture.to_vec()))).unwrap();
    while let Ok(Some(frame)) = reader.next_frame() {
        match decoder.decode(&frame, frame.time.unwrap_or_default()) {
            Ok(Decoded::Segment(segment)) => table.take(&segment, &mut take),
            Ok(Decoded::IcmpError(error)) => table.hear(&error, &mut take),
            _ => {}
        }
    }
    while table.pop(&mut take) {}
}
