//! How long a Multipath TCP option may be, by its subtype.

/// Whether RFC 8684, 3 (or RFC 6824, 3, the version before it) draws the
/// subtype with this `length`; `data` is what lies behind kind and length.
/// Subtypes that neither names may have any.
pub(super) fn length_fits(length: u8, data: &[u8]) -> bool {
    let Some(first) = data.first() else {
        return false;
    };
    match first >> 4 {
        // MP_CAPABLE: on SYN, SYN-ACK, ACK, and with the length of data and its checksum.
        0 => matches!(length, 4 | 12 | 20 | 22 | 24),
        // MP_JOIN: on SYN, SYN-ACK, ACK.
        1 => matches!(length, 12 | 16 | 24),
        2 => data
            .get(1)
            .is_some_and(|flags| sequence_signal(*flags, length)),
        // ADD_ADDR: either version of IP, with or without port and HMAC.
        3 => matches!(length, 8 | 10 | 16 | 18 | 20 | 22 | 28 | 30),
        // REMOVE_ADDR: at least one address.
        4 => length >= 4,
        // MP_PRIO: in the older version perhaps with an address.
        5 => matches!(length, 3 | 4),
        // MP_FAIL, MP_FASTCLOSE.
        6 | 7 => length == 12,
        // MP_TCPRST.
        8 => length == 4,
        _ => true,
    }
}

/// The data sequence signal: its flags say what follows (RFC 8684, 3.3).
fn sequence_signal(flags: u8, length: u8) -> bool {
    let (ack, long_ack) = (flags & 0x01 != 0, flags & 0x02 != 0);
    let (mapping, long_mapping) = (flags & 0x04 != 0, flags & 0x08 != 0);
    let number = |long| if long { 8 } else { 4 };
    let mut expected = 4;
    if ack {
        expected += number(long_ack);
    }
    if mapping {
        // Subflow sequence number and length; a checksum where both ends use one.
        expected += number(long_mapping) + 6;
    }
    length == expected || (mapping && length == expected + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lengths that fit an option beginning with these octets.
    fn fitting(data: &[u8]) -> Vec<u8> {
        (3..=40)
            .filter(|length| length_fits(*length, data))
            .collect()
    }

    #[test]
    fn each_subtype_has_its_lengths() {
        assert_eq!(fitting(&[0x01, 0x01]), [4, 12, 20, 22, 24]);
        assert_eq!(fitting(&[0x10, 0]), [12, 16, 24]);
        assert_eq!(fitting(&[0x31, 0]), [8, 10, 16, 18, 20, 22, 28, 30]);
        assert_eq!(fitting(&[0x40, 1])[0], 4);
        assert_eq!(fitting(&[0x50, 1]), [3, 4]);
        assert_eq!(fitting(&[0x60, 0]), [12]);
        assert_eq!(fitting(&[0x70, 0]), [12]);
        assert_eq!(fitting(&[0x80, 0]), [4]);
        assert_eq!(fitting(&[0xf0]).len(), 38, "an experiment");
        assert!(fitting(&[]).is_empty());
    }

    #[test]
    fn the_flags_of_a_sequence_signal_give_its_length() {
        for (flags, expected) in [
            (0x00, vec![4]),
            (0x01, vec![8]),
            (0x03, vec![12]),
            (0x04, vec![14, 16]),
            (0x0c, vec![18, 20]),
            (0x05, vec![18, 20]),
            (0x0f, vec![26, 28]),
            (0x10, vec![4]),
        ] {
            assert_eq!(fitting(&[0x20, flags]), expected, "{flags:#x}");
        }
        assert!(fitting(&[0x20]).is_empty());
    }
}
