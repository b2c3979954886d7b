//! The same frames as a pcapng file that is valid, but as odd as can be.

use crate::capture::{Capture, anonymise};
use crate::trace::random::Random;

const NS_PER_S: u64 = 1_000_000_000;
const ETHERNET: u32 = 1;

/// Numbers in the byte order of a section.
#[derive(Clone, Copy)]
struct Order {
    big: bool,
}

impl Order {
    fn u16(self, n: u16) -> [u8; 2] {
        if self.big {
            n.to_be_bytes()
        } else {
            n.to_le_bytes()
        }
    }

    fn u32(self, n: u32) -> [u8; 4] {
        if self.big {
            n.to_be_bytes()
        } else {
            n.to_le_bytes()
        }
    }

    fn u64(self, n: u64) -> [u8; 8] {
        if self.big {
            n.to_be_bytes()
        } else {
            n.to_le_bytes()
        }
    }

    fn words(self, words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| self.u32(*word)).collect()
    }

    fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let padded = body.len().next_multiple_of(4);
        let len = u32::try_from(padded + 12).unwrap();
        let mut block = self.words(&[kind, len]);
        block.extend(body);
        block.resize(padded + 8, 0);
        block.extend(self.u32(len));
        block
    }

    fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        let mut option = self.u16(code).to_vec();
        option.extend(self.u16(u16::try_from(value.len()).unwrap()));
        option.extend(value);
        option.resize(option.len().next_multiple_of(4), 0);
        option
    }
}

/// An interface of the section that is being written.
struct Interface {
    /// The octet of `if_tsresol`.
    resolution: u8,
    offset_s: i64,
    fcs_len: u8,
}

impl Interface {
    /// The time stamp for a moment, which is exact at every resolution used here.
    fn units(&self, time_ns: u64) -> u64 {
        let offset_ns = i128::from(self.offset_s) * i128::from(NS_PER_S);
        let ns = u128::try_from(i128::from(time_ns) - offset_ns).unwrap();
        let units = match self.resolution {
            decimal @ ..0x80 => ns * 10_u128.pow(u32::from(decimal) - 9),
            binary => (ns << (binary & 0x7f)).div_ceil(u128::from(NS_PER_S)),
        };
        u64::try_from(units).unwrap()
    }
}

struct Writer<'a> {
    random: &'a mut Random,
    file: Vec<u8>,
    order: Order,
    interfaces: Vec<Interface>,
    link: u32,
    /// Where the time stamps of the capture begin.
    start_s: u64,
}

/// The frames in a pcapng file of several sections in either byte order, with several
/// interfaces of all resolutions and offsets, both kinds of blocks with a time, frame
/// check sequences, and blocks and options that mean nothing to TCP among them.
pub fn decorated(capture: &Capture, random: &mut Random) -> Vec<u8> {
    let start_s = capture.time_ns(0) / NS_PER_S;
    let mut writer = Writer {
        random,
        file: Vec::new(),
        order: Order { big: false },
        interfaces: Vec::new(),
        link: capture.link(),
        start_s,
    };
    for at in 0..capture.frames.len() {
        if at == 0 || writer.random.one_in(12) {
            writer.begin_section();
        }
        if writer.random.one_in(5) {
            writer.clutter();
        }
        if writer.random.one_in(10) {
            writer.add_interface();
        }
        writer.packet(capture, at);
    }
    writer.clutter();
    writer.file
}

/// A section with one interface in nanoseconds.
fn plain(capture: &Capture, order: Order) -> Vec<u8> {
    let mut body = order.u32(0x1a2b_3c4d).to_vec();
    body.extend([1, 0, 0, 0]);
    body.extend([0xff; 8]);
    let mut file = order.block(0x0a0d_0d0a, &body);
    let interface = order.words(&[capture.link(), 0]);
    let resolution = order.option(9, &[9]);
    file.extend(order.block(1, &[interface, resolution].concat()));
    file
}

/// The frames twice, an hour apart and of other hosts, with a count of lost frames
/// before or behind them.
pub fn with_losses(capture: &Capture, said_first: bool) -> Vec<u8> {
    const HOUR_NS: u64 = 3600 * NS_PER_S;
    let order = Order { big: false };
    let mut file = plain(capture, order);
    let lost = order.option(5, &order.u64(3));
    let statistics = order.block(5, &[order.words(&[0, 0, 0]), lost].concat());
    if said_first {
        file.extend(&statistics);
    }
    let mut again = capture.clone();
    anonymise(&mut again, 0x5a);
    let span_ns = capture.time_ns(capture.frames.len() - 1) - capture.time_ns(0);
    for (frames, later_ns) in [(capture, 0), (&again, span_ns + HOUR_NS)] {
        for (at, frame) in frames.frames.iter().enumerate() {
            let time = capture.time_ns(at) + later_ns;
            let captured = u32::try_from(frame.octets.len()).unwrap();
            let (upper, lower) = ((time >> 32) as u32, time as u32);
            let mut body = order.words(&[0, upper, lower, captured, frame.original_len]);
            body.extend(&frame.octets);
            file.extend(order.block(6, &body));
        }
    }
    if !said_first {
        file.extend(&statistics);
    }
    file
}

/// The frames without their times.
pub fn timeless(capture: &Capture) -> Vec<u8> {
    let order = Order { big: false };
    let mut file = plain(capture, order);
    for frame in &capture.frames {
        let original_len = u32::try_from(frame.octets.len()).unwrap();
        let body = [&order.u32(original_len)[..], &frame.octets].concat();
        file.extend(order.block(3, &body));
    }
    file
}

impl Writer<'_> {
    fn block(&mut self, kind: u32, body: &[u8]) {
        self.file.extend(self.order.block(kind, body));
    }

    /// Some options of any kind that say nothing of frames and times.
    fn options(&mut self) -> Vec<u8> {
        let mut options = Vec::new();
        for _ in 0..self.random.below(4) {
            let code = *self
                .random
                .choose(&[1, 2988, 2989, 19_372, 0x7654])
                .unwrap();
            let text: Vec<u8> = (0..self.random.below(20))
                .map(|at| b'a' + at as u8)
                .collect();
            options.extend(self.order.option(code, &text));
        }
        options
    }

    /// The end of options, which need not be written.
    fn end(&mut self, options: &mut Vec<u8>) {
        if self.random.one_in(2) {
            options.extend([0; 4]);
        }
    }

    fn begin_section(&mut self) {
        self.order = Order {
            big: self.random.one_in(2),
        };
        self.interfaces.clear();
        let minor = if self.random.one_in(2) { 2 } else { 0 };
        let length = *self.random.choose(&[u64::MAX, 0, 4096]).unwrap();
        let mut body = self.order.u32(0x1a2b_3c4d).to_vec();
        body.extend(self.order.u16(1));
        body.extend(self.order.u16(minor));
        body.extend(self.order.u64(length));
        body.extend(self.options());
        self.end(&mut body);
        self.block(0x0a0d_0d0a, &body);
        self.add_interface();
        for _ in 0..self.random.below(3) {
            self.add_interface();
        }
    }

    fn add_interface(&mut self) {
        // Times are printed at the finest resolution known up to then.
        let resolution = match self.interfaces.len() {
            0 => 9,
            _ => *self
                .random
                .choose(&[9, 10, 12, 0x80 | 30, 0x80 | 33])
                .unwrap(),
        };
        let offset_s = match resolution {
            9 => *self.random.choose(&[0, -86_400, 1_000_000]).unwrap(),
            _ => self.start_s.cast_signed() - i64::from(self.random.within(0..90_000)),
        };
        let fcs_len = if self.link == ETHERNET && self.random.one_in(3) {
            4
        } else {
            0
        };
        let order = self.order;
        let mut options = self.options();
        options.extend(order.option(9, &[resolution]));
        options.extend(order.option(14, &order.u64(offset_s.cast_unsigned())));
        options.extend(order.option(11, b"\0ip or ip6"));
        if fcs_len > 0 {
            // Octets or bits: the specification has said both.
            let value = if self.random.one_in(2) { 4 } else { 32 };
            options.extend(order.option(13, &[value]));
        }
        self.end(&mut options);
        let mut body = order.u16(u16::try_from(self.link).unwrap()).to_vec();
        body.extend([0; 2]);
        body.extend(order.u32(if self.random.one_in(2) { 0 } else { 65_535 }));
        body.extend(options);
        self.block(1, &body);
        self.interfaces.push(Interface {
            resolution,
            offset_s,
            fcs_len,
        });
    }

    /// A block that holds no packet and has no number.
    fn clutter(&mut self) {
        let order = self.order;
        match self.random.below(6) {
            0 => self.block(
                4,
                &[&order.option(1, b"\x0a\0\0\x01host\0")[..], &[0; 4]].concat(),
            ),
            1 => self.block(
                0x0a,
                &[&order.words(&[0x544c_534b, 4])[..], b"KEYS"].concat(),
            ),
            2 => self.block(0x8000_1234, b"of somebody's own"),
            3 => self.block(7, b""),
            4 => {
                let interface = u32::try_from(self.random.below(self.interfaces.len())).unwrap();
                let mut body = order.words(&[interface, 0, 0]);
                body.extend(self.options());
                body.extend(order.option(4, &order.u64(1 << 40)));
                self.end(&mut body);
                self.block(5, &body);
            }
            _ => self.block(0x0000_0b16, &[0xff; 64]),
        }
    }

    fn packet(&mut self, capture: &Capture, at: usize) {
        let (order, frame) = (self.order, &capture.frames[at]);
        let number = self.random.below(self.interfaces.len());
        let interface = &self.interfaces[number];
        let units = interface.units(capture.time_ns(at));
        let mut octets = frame.octets.clone();
        let mut original_len = frame.original_len;
        let is_cut = original_len as usize > octets.len();
        let mut flags = 0x0800_001c & u32::try_from(self.random.next() >> 32).unwrap();
        let mut fcs_len = interface.fcs_len;
        if self.link == ETHERNET && self.random.one_in(4) {
            fcs_len = 2;
            flags |= u32::from(fcs_len) << 5;
        }
        original_len += u32::from(fcs_len);
        if !is_cut {
            octets.extend(&[0xfc; 4][..fcs_len.into()]);
        }
        let captured = u32::try_from(octets.len()).unwrap();
        let is_old = self.random.one_in(3);
        let mut body = match is_old {
            true => [order.u16(u16::try_from(number).unwrap()), order.u16(0xffff)].concat(),
            false => order.u32(u32::try_from(number).unwrap()).to_vec(),
        };
        body.extend(order.words(&[(units >> 32) as u32, units as u32, captured, original_len]));
        body.extend(&octets);
        body.resize(body.len().next_multiple_of(4), 0);
        body.extend(self.options());
        if flags != 0 {
            body.extend(order.option(2, &order.u32(flags)));
        }
        body.extend(order.option(3, &[2, 0xde, 0xad, 0xbe, 0xef]));
        if !is_old && self.random.one_in(2) {
            body.extend(order.option(4, &order.u64(0)));
            body.extend(order.option(5, &order.u64(at as u64)));
            body.extend(order.option(6, &order.u32(3)));
            body.extend(order.option(7, &[1, 0, 0, 0, 0, 0, 0, 0, 1]));
        }
        self.end(&mut body);
        self.block(if is_old { 2 } else { 6 }, &body);
    }
}
