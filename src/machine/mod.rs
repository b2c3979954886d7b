//! The reference machine of RFC 9293 for a passive observer.

pub mod state;
