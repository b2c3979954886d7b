//! What is to be said of a drawn segment.

use bitflags::bitflags;

bitflags! {
    /// What the machine knows of a drawn segment, beside what stands in it.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
    pub struct Marks: u32 {
        /// Data, SYN or FIN that was sent before.
        const RETRANSMISSION = 1 << 0;
        /// Of these, and of what is [`Marks::OUT_OF_ORDER`] as its first copy was not captured: the
        /// retransmission timer ran out.
        const BY_TIMEOUT = 1 << 1;
        /// Of these: duplicate ACKs or SACK asked for it.
        const FAST = 1 << 2;
        /// Of these: the last segment, before the timer ran out (RFC 8985, 7).
        const TAIL_PROBE = 1 << 3;
        /// Of these: the peer had acknowledged all of it.
        const NEEDLESS = 1 << 4;
        /// Of these: an ICMP error said that it was too big.
        const TOO_BIG = 1 << 5;
        /// It was sent before others that were captured earlier, and repeats nothing.
        const OUT_OF_ORDER = 1 << 6;
        /// Octets just before it had not been captured by then.
        const HOLE = 1 << 7;
        /// An empty ACK with the number and the window of the one before.
        const DUPLICATE_ACK = 1 << 8;
        /// A keepalive.
        const KEEPALIVE = 1 << 9;
        /// It asks whether a closed window is still closed.
        const WINDOW_PROBE = 1 << 10;
        /// An empty ACK right behind a keepalive or a window probe of the peer.
        const ANSWER = 1 << 11;
        /// It offers no window.
        const ZERO_WINDOW = 1 << 12;
        /// An empty ACK that changes nothing but the window.
        const WINDOW_UPDATE = 1 << 13;
        /// Its data reaches to the edge of the window that its receiver offered.
        const WINDOW_FULL = 1 << 14;
        /// A SYN that opened nothing; not part of the connection.
        const ASIDE = 1 << 15;
        /// The checksum is wrong: it changed nothing.
        const DAMAGED = 1 << 16;
        /// No endpoint takes it in, for its form: it changed nothing.
        const VOID = 1 << 17;
        /// The window may have to be scaled by a shift that is not known.
        const UNSCALED = 1 << 18;
        /// The window field was not captured.
        const CUT = 1 << 19;
        /// The machine has noted it for the rules.
        const NOTED = 1 << 20;
    }
}
