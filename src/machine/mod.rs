//! The reference machine of RFC 9293 for a passive observer.
//!
//! A stack executes; an observer only watches. Of each captured segment one
//! thing is certain: its sender sent it. So the machine keeps two books:
//! - the *nominal timeline* (`timeline.rs`, by the table in `transition.rs`),
//!   as if every segment had arrived the moment it passed the monitor;
//! - what is *proven and possible* (`knowledge.rs`), from which verdicts are drawn.
//!
//! `connection.rs` takes segments one by one, states what is notable about
//! each ([`crate::observation`]) and remembers those segments (`noted.rs`).
//! No clock, no input or output, no globals: time comes with the segments.

pub mod connection;
mod copies;
pub mod end;
pub mod header;
pub mod knowledge;
mod nominal;
pub mod noted;
mod observe;
pub mod side;
pub mod state;
pub mod stream;
pub mod surroundings;
pub mod timeline;
pub mod transition;
mod update;
