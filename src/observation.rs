//! Facts that the machine states about segments, without judgement.

use bitflags::bitflags;

bitflags! {
    /// What is worth noting about one segment, seen beside what its sender and
    /// its receiver had sent before. Rules wake on these.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
    pub struct Observations: u64 {
        /// A SYN without ACK.
        const SYN = 1 << 0;
    }
}
