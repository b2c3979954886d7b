//! Bytes to frames: pcap and pcapng, compressed or not, from files and pipes.

mod buffer;
mod compressed;
mod endian;
pub mod error;
pub mod frame;
pub mod info;
mod magic;
mod record;
#[cfg(test)]
mod testing;
mod time;

pub use error::{CaptureError, Part, Place};
pub use frame::{Frame, LinkType};
pub use info::{CaptureInfo, Compression, Format, Problem};
