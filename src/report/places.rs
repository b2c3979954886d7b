//! Where a packet is to be found: running numbers turned into files and frame numbers.

use std::collections::HashMap;

use super::words::file_name;
use crate::capture::merge::numbers::{Full, Numbers};
use crate::finding::{CaptureName, Moment, PacketRef};
use crate::mention;
use crate::segment::Timestamp;

/// The files of a run, and which of them holds which packet.
#[derive(Debug)]
pub struct Places {
    files: Vec<File>,
    /// `None` for a single file, whose frame numbers are the running ones.
    numbers: Option<Numbers>,
}

#[derive(Debug)]
struct File {
    /// As the user gave it.
    name: CaptureName,
    /// What tells it from the others in a sentence.
    short: CaptureName,
    /// Decimal digits of its time stamps.
    digits: u8,
}

impl Places {
    /// Of a run over one file.
    #[must_use]
    pub fn single(name: &str) -> Places {
        let name = CaptureName::from(name);
        Places {
            files: vec![File {
                short: name.clone(),
                name,
                digits: 0,
            }],
            numbers: None,
        }
    }

    /// Of a run over several files as one.
    #[must_use]
    pub fn merged<'n>(names: impl IntoIterator<Item = &'n str>) -> Places {
        let names: Vec<&str> = names.into_iter().collect();
        let mut sharing: HashMap<&str, u32> = HashMap::new();
        for name in &names {
            *sharing.entry(file_name(name)).or_default() += 1;
        }
        let file = |name: &&str| {
            let short = file_name(name);
            let unique = sharing.get(short) == Some(&1);
            File {
                name: (*name).into(),
                short: if unique { short } else { name }.into(),
                digits: 0,
            }
        };
        Places {
            files: names.iter().map(file).collect(),
            numbers: Some(Numbers::default()),
        }
    }

    /// The running number of frame `number` of `file`, which was captured behind all others so far.
    ///
    /// # Errors
    /// If there is no more room to remember where packets are.
    pub fn add(&mut self, file: usize, number: u64) -> Result<u64, Full> {
        match &mut self.numbers {
            Some(numbers) => numbers.add(file, number),
            None => Ok(number),
        }
    }

    /// Sets how finely the times of a file resolve, as far as that is known.
    pub fn set_digits(&mut self, file: usize, digits: u8) {
        if let Some(file) = self.files.get_mut(file) {
            file.digits = digits;
        }
    }

    /// How finely the times of a file resolve: decimal digits of a second.
    #[must_use]
    pub fn digits(&self, file: usize) -> u8 {
        self.files.get(file).map_or(0, |file| file.digits)
    }

    /// Index of the file with a packet.
    #[must_use]
    pub fn file(&self, packet: u64) -> usize {
        self.of(packet).0
    }

    /// The name of a file, as the user gave it.
    #[must_use]
    pub fn name(&self, file: usize) -> CaptureName {
        let named = self.files.get(file).map(|file| file.name.clone());
        named.unwrap_or_else(|| "".into())
    }

    /// A packet, as people look it up.
    #[must_use]
    pub fn packet(&self, packet: u64) -> PacketRef {
        let (file, packet) = self.of(packet);
        PacketRef {
            capture: self.name(file),
            packet,
        }
    }

    /// A moment with the resolution of a file.
    #[must_use]
    pub fn moment(&self, file: usize, at: Timestamp) -> Moment {
        let digits = self.files.get(file).map_or(0, |file| file.digits);
        Moment { at, digits }
    }

    /// A message with its packets named as people look them up.
    #[must_use]
    pub fn told(&self, message: &str) -> String {
        mention::resolve(message, |packet| {
            let (file, number) = self.of(packet);
            match (&self.numbers, self.files.get(file)) {
                (Some(_), Some(file)) => format!("{number} of {}", file.short),
                _ => number.to_string(),
            }
        })
    }

    fn of(&self, packet: u64) -> (usize, u64) {
        let numbers = self.numbers.as_ref();
        let place = numbers.and_then(|numbers| numbers.of(packet));
        place.unwrap_or((0, packet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mention::Mention;

    #[test]
    fn a_packet_of_several_files_is_named_with_its_file() {
        let mut places = Places::merged(["x/a.pcap", "x/b.pcap", "y/b.pcap"]);
        for (running, (file, number)) in (1..).zip([(1, 1), (0, 1), (2, 1), (1, 2)]) {
            assert_eq!(places.add(file, number), Ok(running));
        }
        let message = format!("packets {}, {} and {}.", Mention(2), Mention(3), Mention(4));
        assert_eq!(
            places.told(&message),
            "packets 1 of a.pcap, 1 of y/b.pcap and 2 of x/b.pcap."
        );
        let packet = places.packet(4);
        assert_eq!((&*packet.capture, packet.packet), ("x/b.pcap", 2));
        let single = Places::single("x/a.pcap");
        assert_eq!(single.told(&format!("packet {}", Mention(7))), "packet 7");
    }
}
