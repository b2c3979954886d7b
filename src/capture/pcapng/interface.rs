//! The interfaces of a pcapng section.

use super::blocks::BadBlock;
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
    /// A packet names this interface.
    pub(super) has_frames: bool,
    /// Frames lost in all, from the latest statistics.
    statistics: Option<u64>,
    /// Frames lost, summed over the counts that stand beside packets.
    lost: Option<u64>,
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
            has_frames: false,
            statistics: None,
            lost: None,
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

    /// Takes over what an Interface Statistics Block says was lost since the
    /// capture began; a later one replaces it.
    pub(super) fn statistics(&mut self, drops: Option<u64>) {
        self.statistics = drops.or(self.statistics);
    }

    /// Adds what a packet says was lost since the one before it.
    pub(super) fn lost(&mut self, drops: Option<u32>) {
        if let Some(drops) = drops {
            let before = self.lost.unwrap_or(0);
            self.lost = Some(before.saturating_add(u64::from(drops)));
        }
    }

    /// Frames lost: the two ways of counting them count the same ones. That the
    /// packets say nothing was lost between them is no word on the end, so only
    /// statistics can say zero.
    fn drops(&self) -> Option<u64> {
        self.statistics.max(self.lost.filter(|&lost| lost > 0))
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
    earlier: Drops,
}

/// Frames lost on several interfaces.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Drops {
    sum: u64,
    /// Some interface says something.
    known: bool,
    /// Some interface has frames and says nothing.
    silent: bool,
}

impl Drops {
    fn add(mut self, interface: &Interface) -> Drops {
        match interface.drops() {
            Some(drops) => {
                self.sum = self.sum.saturating_add(drops);
                self.known = true;
            }
            None => self.silent |= interface.has_frames,
        }
        self
    }
}

impl Section {
    pub(super) fn new(endian: Endian, first_interface: u32) -> Section {
        Section {
            endian,
            interfaces: Vec::new(),
            first_interface,
            earlier: Drops::default(),
        }
    }

    /// The section behind this one.
    pub(super) fn next(&self, endian: Endian) -> Section {
        let count = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        Section {
            earlier: self.all_drops(),
            ..Section::new(endian, self.first_interface.saturating_add(count))
        }
    }

    /// The interface that blocks of this section call by `number`.
    pub(super) fn interface_mut(&mut self, number: u32) -> Option<&mut Interface> {
        self.interfaces.get_mut(number as usize)?.as_mut()
    }

    /// Frames lost in all sections; zero only if no interface is silent.
    pub(super) fn drops(&self) -> Option<u64> {
        let drops = self.all_drops();
        (drops.sum > 0 || drops.known && !drops.silent).then_some(drops.sum)
    }

    fn all_drops(&self) -> Drops {
        let interfaces = self.interfaces.iter().flatten();
        interfaces.fold(self.earlier, Drops::add)
    }
}
