//! Bytes to frames: pcap and pcapng, compressed or not, from files and pipes.

pub mod frame;

pub use frame::{Frame, LinkType};
