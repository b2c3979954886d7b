//! The comments that are to be written, packet by packet.

use std::io;

use crate::limits::ADDED_COMMENTS;

/// Comments in order of their packets.
pub(super) struct Comments<'a> {
    all: &'a mut dyn Iterator<Item = io::Result<(u64, String)>>,
    /// The next one.
    next: Option<(u64, String)>,
    /// There may be more.
    begun: bool,
}

impl<'a> Comments<'a> {
    pub(super) fn new(all: &'a mut dyn Iterator<Item = io::Result<(u64, String)>>) -> Comments<'a> {
        Comments {
            all,
            next: None,
            begun: false,
        }
    }

    fn advance(&mut self) -> io::Result<()> {
        self.next = self.all.next().transpose()?;
        Ok(())
    }

    /// The comments on a packet. Beyond [`ADDED_COMMENTS`] octets they are only counted.
    pub(super) fn on(&mut self, packet: u64) -> io::Result<Vec<String>> {
        if !self.begun {
            self.begun = true;
            self.advance()?;
        }
        let (mut texts, mut octets, mut more) = (Vec::new(), 0_usize, 0_u64);
        while let Some((_, text)) = self.next.take_if(|(place, _)| *place == packet) {
            octets = octets.saturating_add(text.len());
            if octets <= ADDED_COMMENTS {
                texts.push(text);
            } else {
                more = more.saturating_add(1);
            }
            self.advance()?;
        }
        if more > 0 {
            texts.push(format!("tcpcheck: {more} more; its report has them all"));
        }
        Ok(texts)
    }

    /// A packet on which there is a comment that was not asked for.
    pub(super) fn missing(&mut self) -> io::Result<Option<u64>> {
        if !self.begun {
            self.begun = true;
            self.advance()?;
        }
        Ok(self.next.as_ref().map(|(packet, _)| *packet))
    }
}
