//! Facts that the machine states about segments, without judgement.
//!
//! "Own" is the sender of the segment, "peer" the other end, both as far as
//! captured before this segment. Rules name the observations on which they
//! wake, so an orderly segment costs no rule anything.

use bitflags::bitflags;

bitflags! {
    /// What is worth noting about one segment.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
    pub struct Observations: u128 {
        // ---- the segment alone ----
        /// SYN without ACK.
        const SYN = 1 << 0;
        /// SYN with ACK.
        const SYN_ACK = 1 << 1;
        /// FIN set.
        const FIN = 1 << 2;
        /// RST set.
        const RST = 1 << 3;
        /// Flags that no state sends: none at all, SYN+FIN, SYN+RST, RST+FIN,
        /// or no ACK although neither SYN nor RST is set.
        const ODD_FLAGS = 1 << 4;
        /// The acknowledgment field is not zero although ACK is clear.
        const ACK_FIELD_WITHOUT_FLAG = 1 << 5;
        /// One of the three reserved bits is set.
        const RESERVED_BITS = 1 << 6;
        /// The data offset is impossible.
        const BAD_DATA_OFFSET = 1 << 7;
        /// URG set.
        const URGENT = 1 << 8;
        /// Port 0, or an address that no endpoint can have.
        const ODD_ADDRESS = 1 << 9;
        /// Source and destination are the same socket.
        const SAME_SOCKETS = 1 << 10;
        /// The checksum is wrong, and not for offload: the segment changed nothing.
        const BAD_CHECKSUM = 1 << 11;
        /// SYN with data.
        const SYN_DATA = 1 << 12;
        /// FIN with data.
        const FIN_DATA = 1 << 13;

        // ---- opening ----
        /// SYN or SYN-ACK with the same ISN as before.
        const SYN_REPEATED = 1 << 14;
        /// SYN or SYN-ACK with another ISN than this end sent before.
        const ISN_CHANGED = 1 << 15;
        /// The first segment of this end that is neither SYN nor RST.
        const FIRST_AFTER_SYN = 1 << 16;
        /// The handshake was not over yet.
        const OPENING = 1 << 17;
        /// Data outside the SYN while no segment of the peer had acknowledged the own SYN.
        const DATA_BEFORE_SYN_ACKED = 1 << 18;
        /// ACK (not on a RST) at or below the peer's ISN, by at most 1024.
        const ACK_NOT_BEYOND_ISN = 1 << 19;
        /// SEG.SEQ below the own ISN.
        const SEQ_BELOW_ISN = 1 << 20;
        /// A SYN although both ends were synchronized.
        const SYN_WHEN_SYNCHRONIZED = 1 << 21;
        /// SYN-ACK whose ack fits no SYN of the peer.
        const SYN_ACK_UNFITTING = 1 << 22;
        /// Octets that this end had sent in its SYN, sent again behind it.
        const SYN_DATA_AGAIN = 1 << 45;

        // ---- numbers ----
        /// ACK beyond everything that the peer was seen to send.
        const ACK_BEYOND_SENT = 1 << 23;
        /// ACK below an earlier one of this end.
        const ACK_BACK = 1 << 24;
        /// First-time octets below a number that the peer had acknowledged already.
        const CONTRADICTS_ACK = 1 << 25;
        /// The same numbers with other data than before.
        const CONTENT_DIFFERS = 1 << 26;
        /// Octets that were sent before.
        const RETRANSMISSION = 1 << 27;

        // ---- closing ----
        /// The own FIN again, at the same number.
        const FIN_REPEATED = 1 << 28;
        /// A FIN at another number than the own one before.
        const FIN_MOVED = 1 << 29;
        /// Data at or beyond the own FIN, in whichever order the two came.
        const DATA_PAST_FIN = 1 << 30;
        /// The first ACK of the peer's FIN.
        const FIRST_ACK_OF_FIN = 1 << 31;
        /// An ACK just short of the peer's FIN, sent after it was captured.
        const ACK_SHORT_OF_FIN = 1 << 32;
        /// An ACK beyond the peer's FIN.
        const ACK_BEYOND_FIN = 1 << 33;
        /// The first new octets of this end after it acknowledged the peer's FIN.
        const HALF_CLOSE_DATA = 1 << 34;
        /// A segment behind the own FIN that carries neither data, SYN, FIN nor RST.
        const EMPTY_AFTER_OWN_FIN = 1 << 35;

        // ---- resets and their like ----
        /// Not a RST, after a RST of this end.
        const AFTER_OWN_RST = 1 << 37;
        /// Not a RST, after a RST of the peer.
        const AFTER_PEER_RST = 1 << 38;
        /// The receiver should answer with an empty ACK and change nothing:
        /// a SYN on a synchronized connection, a RST inside the window but not
        /// at RCV.NXT, or an unacceptable segment.
        const PROVOKES_ACK = 1 << 39;
        /// The first segment of this end after one of the peer's that `PROVOKES_ACK`.
        const AFTER_PROVOCATION = 1 << 40;

        // ---- SACK and checksums: bits 64 to 71 ----
        /// SACK blocks that cannot stand beside each other or beside the ack.
        const SACK_FORM = 1 << 64;
        /// A SACK block with octets that the peer was not seen to send.
        const SACK_UNSENT = 1 << 65;
        /// The third ACK in a row of all but the last octet of a segment.
        const ACKS_ONE_SHORT = 1 << 66;
        /// Segments that an end could not use got no ACK (set when the connection ends).
        const UNANSWERED = 1 << 67;
        /// Octets that were reported by SACK are asked for again.
        const SACK_TAKEN_BACK = 1 << 68;
        /// A SACK block that reports as received twice what was captured once.
        const DSACK_OF_ONCE = 1 << 69;
        /// Octets that were sent before others captured earlier; the first such segment of an end.
        const OUT_OF_ORDER = 1 << 70;
        /// An ACK of octets that were captured only with a wrong checksum.
        const ACKS_DAMAGED = 1 << 71;

        // ---- window and probes: bits 72 to 79 ----
        /// Data beyond every window edge that the peer had offered (the first few).
        const BEYOND_WINDOW = 1 << 72;
        /// The right edge of the own window lies before one offered earlier (the first few).
        const WINDOW_SHRUNK = 1 << 73;
        /// The first window of zero.
        const ZERO_WINDOW = 1 << 74;
        /// The third probe of a closed window since the peer's last segment.
        const PROBES_WITHOUT_ANSWER = 1 << 75;
        /// Data that had waited for a closed window which was never probed.
        const RESUMES_UNPROBED = 1 << 76;
        /// A segment above the peer's MSS (the first few).
        const OVER_MSS = 1 << 77;
        /// The last of many tiny steps of the own window, or of many tiny segments.
        const SILLY_WINDOW = 1 << 78;
        /// An ack beyond every window edge that this end had offered (the first few).
        const BEYOND_OWN_WINDOW = 1 << 79;

        // ---- retransmission, acknowledgment, keepalive: bits 80 to 95 ----
        /// The first segment of its kind (timeout, fast, ...) that this end sent again.
        const SENT_AGAIN = 1 << 80;
        /// Data sent again that the peer had acknowledged before, and its sender must know: the
        /// first, and the first with better proof.
        const ACKED_SENT_AGAIN = 1 << 81;
        /// The first repetition of SND.UNA by the timer, less than 0.9 s after the one before.
        const TIMER_EARLY = 1 << 82;
        /// The first repetition after which the timer has not grown three times running.
        const TIMER_STEADY = 1 << 83;
        /// The segment with which the first flight exceeds ten segments.
        const INITIAL_BURST = 1 << 84;
        /// New data in order waited long for this ACK of it (the first of an end).
        const LATE_ACK = 1 << 88;
        /// With this ACK, so many of this end have covered more than two full segments each
        /// that it can be judged (once per end).
        const STRETCH_ACKS = 1 << 89;
        /// A keepalive: all is acknowledged, the peer has room, and nobody stirs (the first
        /// few of an end).
        const KEEPALIVE = 1 << 90;
        /// The form of a keepalive, while octets of this end were outstanding (the first few).
        const KEEPALIVE_TOO_EARLY = 1 << 91;

        // ---- options and timestamps: bits 96 to 111 ----
        /// An option's length is below 2 or runs past the end of the header.
        const OPTIONS_BROKEN = 1 << 96;
        /// An option has a length that its definition does not allow.
        const OPTION_MISFIT = 1 << 97;
        /// An option that belongs on SYNs, on a segment without SYN.
        const SYN_OPTION_LATE = 1 << 98;
        /// SYN with a window scale above 14.
        const WINDOW_SCALE_LARGE = 1 << 99;
        /// TSecr is not zero although ACK is clear.
        const ECHO_WITHOUT_ACK = 1 << 100;
        /// Octets other than zero behind the end of the options.
        const DATA_AFTER_OPTIONS = 1 << 101;
        /// SYN without MSS, or with one below 1220.
        const SEGMENT_SIZE_ODD = 1 << 102;
        /// Two authentication options, or two kinds of signature.
        const AUTH_DOUBLED = 1 << 103;
        /// No signature, although all SYNs of this end had one.
        const AUTH_MISSING = 1 << 104;
        /// No timestamps, although all SYNs of both ends had them (keepalives aside).
        const STAMP_MISSING = 1 << 105;
        /// Timestamps, although the SYNs of one end, or of both, had none.
        const STAMP_UNNEGOTIATED = 1 << 106;
        /// SACK, although no SYN of the peer permitted it.
        const SACK_UNPERMITTED = 1 << 107;
        /// TSval below that of an earlier segment of this end (the first few).
        const STAMP_BACK = 1 << 108;
        /// TSecr is no TSval that the peer had sent (the first few).
        const ECHO_UNKNOWN = 1 << 109;
        /// Acknowledges octets that came only with a TSval below one that this end had echoed.
        const OLD_STAMP_ACCEPTED = 1 << 110;
        /// SYN-ACK with an option that no SYN of the peer had.
        const OPTION_UNOFFERED = 1 << 111;

        // ---- congestion marks: bits 112 to 117 ----
        /// Data marked ECN-capable although no ECN mode was agreed (the first few).
        const ECT_UNAGREED = 1 << 112;
        /// ECN-capable or marked where RFC 3168 has no mark: SYN, empty segment,
        /// octets sent before (the first few).
        const ECT_MISPLACED = 1 << 113;
        /// The first ACK of octets that were marked on the way, without ECE.
        const CE_NOT_ECHOED = 1 << 114;
        /// New data without CWR, although the peer has sent ECE for long.
        const ECE_UNANSWERED = 1 << 115;
        /// ECE again and again, although the peer's CWR was acknowledged.
        const ECE_AFTER_CWR = 1 << 116;
        /// ECE, CWR or AE outside a SYN, where they mean nothing (the first few).
        const ECN_FLAGS_STRAY = 1 << 117;

        // ---- who sent it: bits 118 to 127 ----
        /// The last of several RSTs, SYNs or data segments of one end whose numbers look
        /// guessed (once per end).
        const GUESSES = 1 << 124;
        /// With this empty ACK, both ends have answered each other's with the same ones for so
        /// long that it cannot be chance (once per end).
        const ACK_STORM = 1 << 125;
        /// Its hop count is far from those of all earlier segments of this end (the first few).
        const OTHER_HOP_COUNT = 1 << 118;
        /// This end counts its identifications up, and that of this segment is far off.
        const ID_OFF_COUNT = 1 << 119;
        /// Its identification is that of the peer's segment before it.
        const ID_OF_PEER = 1 << 120;
        /// Its TSval is none that the clock of this end can have shown.
        const OTHER_CLOCK = 1 << 121;
        /// A RST or FIN that the capturing host itself has sent.
        const SENT_HERE = 1 << 122;

        // ---- the connection as a whole ----
        /// Something of this end was sent, and never acknowledged (set when the connection ends).
        const UNACKNOWLEDGED = 1 << 48;
        /// The connection began with something else than a SYN or SYN-ACK.
        const MID_STREAM = 1 << 49;
        /// Set on every connection that ends: for rules about the connection as a whole.
        const ENDED = 1 << 50;
    }
}
