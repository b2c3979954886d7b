//! The interfaces of a pcapng section.

use super::blocks::{BadBlock, Statistics};
use super::losses::{Losses, Sum};
use super::options::Options;
use crate::capture::endian::Endian;
use crate::capture::frame::LinkType;
use crate::capture::time::Resolution;
use crate::segment::Timestamp;

/// One interface that packets were captured on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Interface {
    pub(super) link_type: LinkType,
    /// Octets captured of a packet at most; 0 for no limit.
    pub(super) snap_len: u32,
    pub(super) resolution: Resolution,
    /// Seconds to add to each time stamp.
    offset_s: i64,
    /// Octets of frame check sequence.
    pub(super) fcs_len: u8,
    /// What is known of frames that it lost.
    pub(super) losses: Losses,
}

impl Interface {
    /// From the body of an Interface Description Block; `None` where even the
    /// link type is missing. Whatever is bad in it is said beside.
    pub(super) fn from_block(body: &[u8], endian: Endian) -> (Option<Interface>, Option<BadBlock>) {
        const TSRESOL: u16 = 9;
        const FCSLEN: u16 = 13;
        const TSOFFSET: u16 = 14;
        let (Some(link_type), Some(snap_len), Some(options)) =
            (endian.u16(body, 0), endian.u32(body, 4), body.get(8..))
        else {
            return (None, Some(BadBlock::Incomplete));
        };
        let mut interface = Interface {
            link_type: LinkType(link_type),
            snap_len,
            resolution: Resolution::DEFAULT,
            offset_s: 0,
            fcs_len: 0,
            losses: Losses::default(),
        };
        let mut bad = None;
        for option in Options::new(options, endian) {
            match option {
                Ok((TSRESOL, &[octet])) => interface.resolution = Resolution::from_option(octet),
                Ok((TSOFFSET, value @ [_, _, _, _, _, _, _, _])) => {
                    interface.offset_s = endian.u64(value, 0).unwrap_or_default().cast_signed();
                }
                Ok((FCSLEN, &[octet])) => interface.fcs_len = fcs_octets(octet),
                // All times of the interface depend on these two.
                Ok((TSRESOL | TSOFFSET, _)) => bad = Some(BadBlock::TimeOption),
                Ok((FCSLEN, value)) => {
                    bad = Some(BadBlock::OptionLength {
                        code: FCSLEN,
                        len: value.len(),
                    });
                }
                Ok(_) => {}
                Err(_) => bad = Some(BadBlock::Options),
            }
        }
        (Some(interface), bad)
    }

    /// The moment that a time stamp of this interface stands for.
    pub(super) fn time(&self, units: u64) -> Timestamp {
        self.resolution.timestamp(units, self.offset_s)
    }
}

/// The value of if_fcslen in octets: the specification once gave it in bits, and
/// files of either kind exist.
fn fcs_octets(value: u8) -> u8 {
    match value {
        0..=15 => value,
        bits => bits / 8,
    }
}

/// A section's byte order and interfaces, and what is known of earlier ones.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) endian: Endian,
    /// In the order of their blocks, `None` for bad ones.
    pub(super) interfaces: Vec<Option<Interface>>,
    /// How many interfaces there were in earlier sections.
    pub(super) first_interface: u32,
    /// Frames lost, up to here.
    lost: Sum,
}

impl Section {
    pub(super) fn new(endian: Endian, first_interface: u32) -> Section {
        Section {
            endian,
            interfaces: Vec::new(),
            first_interface,
            lost: Sum::default(),
        }
    }

    /// The section behind this one.
    pub(super) fn next(&self, endian: Endian) -> Section {
        let count = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        Section {
            lost: self.settled(),
            ..Section::new(endian, self.first_interface.saturating_add(count))
        }
    }

    /// The interface that blocks of this section call by `number`.
    pub(super) fn interface(&self, number: u32) -> Option<&Interface> {
        self.interfaces.get(number as usize)?.as_ref()
    }

    /// Notes a packet of an interface, and how many were lost before it if it says so.
    pub(super) fn add_packet(&mut self, number: u32, lost: Option<u64>) {
        self.change(number, |losses| losses.add_packet(lost));
    }

    /// Notes what an Interface Statistics Block says; `None` where the section
    /// has no such interface.
    pub(super) fn add_statistics(&mut self, number: u32, counts: Statistics) -> Option<()> {
        self.interface(number)?;
        self.change(number, |losses| losses.add_statistics(counts));
        Some(())
    }

    fn change(&mut self, number: u32, change: impl FnOnce(&mut Losses)) {
        let interface = self.interfaces.get_mut(number as usize);
        if let Some(interface) = interface.and_then(Option::as_mut) {
            let before = interface.losses.lost();
            change(&mut interface.losses);
            let more = interface.losses.lost().saturating_sub(before);
            self.lost.frames = self.lost.frames.saturating_add(more);
        }
    }

    /// Frames lost in all sections, as far as the capture has said so up to here.
    pub(super) fn lost(&self) -> u64 {
        self.lost.frames
    }

    /// Frames lost in all sections; zero only if each interface proves it.
    pub(super) fn drops(&self) -> Option<u64> {
        let lost = self.settled();
        (lost.frames > 0 || lost.proven && !lost.unproven).then_some(lost.frames)
    }

    fn settled(&self) -> Sum {
        let interfaces = self.interfaces.iter().flatten();
        interfaces.fold(self.lost, |sum, interface| sum.settle(&interface.losses))
    }
}
