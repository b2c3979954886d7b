//! What an end reported by SACK (RFC 2018, RFC 2883).

pub mod beyond;
pub mod form;
pub mod report;
pub mod twice;

use super::Step;
use crate::machine::observe::Relative;
use crate::observation::Observations;
use crate::segment::Flags;
use crate::seq::SeqNo;

use beyond::Beyond;
use report::Report;
use twice::Twice;

/// So many segments of an end are noted for the form of their blocks: a
/// device that shifts numbers spoils every one.
const NOTED_FOR_FORM: u8 = 8;

/// What is remembered once there was a block, or something sent again.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// Segments noted for the form of their blocks.
    noted_for_form: u8,
    /// Blocks beyond what the peer has sent.
    pub beyond: Beyond,
    /// What this end has reported so far.
    pub report: Report,
    /// What the peer sent more than once.
    pub twice: Twice,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Sack {
    book: Option<Box<Book>>,
}

impl Sack {
    /// Octets of memory that it takes in boxes.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.book.as_deref().map_or(0, size_of_val)
    }

    /// What was watched, if there was anything to watch.
    #[must_use]
    pub fn book(&self) -> Option<&Book> {
        self.book.as_deref()
    }

    /// Every block of this end lies elsewhere than its peer's numbers, as if a
    /// device on the way had shifted those, and not the blocks.
    #[must_use]
    pub fn is_shifted(&self) -> bool {
        self.book().is_some_and(|book| book.beyond.is_shifted())
    }

    /// Octets that this end reported by SACK are missing in the capture, or may be.
    #[must_use]
    pub fn shows_loss(&self) -> bool {
        self.book().is_some_and(|book| book.beyond.shows_loss())
    }

    /// The end of the furthest block that this end has reported and not acknowledged since.
    #[must_use]
    pub fn reported_up_to(&self) -> Option<SeqNo> {
        self.book()?.report.up_to()
    }

    /// Blocks were reported that the ack has not come to, or lie beyond what the peer has sent.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        let waits = |book: &Book| book.report.is_waiting() || book.beyond.held().is_some();
        self.book().is_some_and(waits)
    }

    /// This end sends `step.segment`.
    #[inline]
    pub fn sent(&mut self, step: &Step<'_>, notes: &mut Relative) {
        if step.segment.options.sack_blocks > 0 || self.book.is_some() {
            self.read(step, notes);
        }
    }

    fn read(&mut self, step: &Step<'_>, notes: &mut Relative) {
        let segment = step.segment;
        let blocks = segment.options.sack_blocks();
        if !segment.flags.contains(Flags::ACK) || segment.has(Flags::SYN | Flags::RST) {
            return;
        }
        let book = self.book.get_or_insert_default();
        book.report.sent(step, notes);
        if blocks.is_empty() {
            return;
        }
        if form::is_wrong(segment.ack, blocks) && book.noted_for_form < NOTED_FOR_FORM {
            book.noted_for_form += 1;
            notes.saw |= Observations::SACK_FORM;
        }
        // Comparing with an inverted block would lead nowhere.
        if form::invalid(blocks).is_none() {
            book.beyond.sent(step, notes);
            book.twice.sent(step, notes);
        }
    }

    /// A segment of the peer passes the monitor on its way to this end.
    #[inline]
    pub fn passed(&mut self, step: &Step<'_>) {
        let new_data = step.saw.is_empty() && step.segment.payload_len > 0;
        if !new_data || self.book.is_some() {
            self.compare(step);
        }
    }

    fn compare(&mut self, step: &Step<'_>) {
        match &mut self.book {
            Some(book) => {
                book.beyond.passed(step);
                book.twice.passed(step);
            }
            None if twice::is_again(step) => {
                self.book.get_or_insert_default().twice.passed(step);
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests;
