//! What the fuzz targets do with their octets, as plain functions: the targets
//! call them, and so does `tests/fuzz.rs` on a stable toolchain.
//!
//! Each asks more than that nothing panics; what is not as it must be, is told
//! by an assertion. The same octets always give the same run.

// Whatever is not as it must be is to end the run, and not every test uses all.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code
)]
#![allow(missing_docs, reason = "this is no library for others")]

pub mod check;
pub mod decoder;
pub mod machine;
pub mod options;
pub mod reader;
mod report;
pub mod script;

/// A number that depends on all of `data` (FNV-1a).
pub(crate) fn seed(data: &[u8]) -> u64 {
    data.iter().fold(0xcbf2_9ce4_8422_2325, |hash, octet| {
        (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3)
    })
}
