//! Integers in either byte order, read without a chance to panic.

/// The byte order of a file or section: that of the machine that wrote it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Endian {
    /// Least significant octet first.
    Little,
    /// Most significant octet first.
    Big,
}

impl Endian {
    /// The 16-bit number at `at`; `None` where `bytes` ends before it does.
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let octets = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Endian::Little => u16::from_le_bytes(octets),
            Endian::Big => u16::from_be_bytes(octets),
        })
    }

    /// The 32-bit number at `at`; `None` where `bytes` ends before it does.
    pub(super) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let octets = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Endian::Little => u32::from_le_bytes(octets),
            Endian::Big => u32::from_be_bytes(octets),
        })
    }

    /// The 64-bit number at `at`; `None` where `bytes` ends before it does.
    pub(super) fn u64(self, bytes: &[u8], at: usize) -> Option<u64> {
        let octets = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Endian::Little => u64::from_le_bytes(octets),
            Endian::Big => u64::from_be_bytes(octets),
        })
    }

    /// A 16-bit number as it is written.
    pub(super) const fn put_u16(self, number: u16) -> [u8; 2] {
        match self {
            Endian::Little => number.to_le_bytes(),
            Endian::Big => number.to_be_bytes(),
        }
    }

    /// A 32-bit number as it is written.
    pub(super) const fn put_u32(self, number: u32) -> [u8; 4] {
        match self {
            Endian::Little => number.to_le_bytes(),
            Endian::Big => number.to_be_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_are_read() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(Endian::Little.u16(&bytes, 1), Some(0x0302));
        assert_eq!(Endian::Big.u16(&bytes, 1), Some(0x0203));
        assert_eq!(Endian::Little.u32(&bytes, 4), Some(0x0807_0605));
        assert_eq!(Endian::Big.u64(&bytes, 0), Some(0x0102_0304_0506_0708));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for endian in [Endian::Little, Endian::Big] {
            assert_eq!(endian.u16(&endian.put_u16(0x0102), 0), Some(0x0102));
            assert_eq!(
                endian.u32(&endian.put_u32(0x0102_0304), 0),
                Some(0x0102_0304)
            );
        }
    }

    #[test]
    fn what_is_not_there_is_none() {
        assert_eq!(Endian::Little.u32(&[1, 2, 3], 0), None);
        assert_eq!(Endian::Big.u16(&[1, 2, 3], usize::MAX), None);
    }
}
