//! tcpcheck says whether TCP was spoken correctly in a packet capture.
//!
//! The modules depend one way only, in the order in which data passes them:
//! `capture` (bytes to frames), `decode` (frame to segment), `flow` (segment to
//! connection), `machine` (what both endpoints did and knew), `rules` (what is
//! wrong with it), `report` (how it is said). ARCHITECTURE.md draws the way.

pub mod baseline;
pub mod capture;
pub mod check;
pub mod cli;
pub mod config;
pub mod decode;
pub mod finding;
pub mod flow;
pub mod icmp;
pub mod lane;
pub mod limits;
pub mod machine;
pub mod mention;
pub mod observation;
pub mod report;
pub mod rules;
pub mod segment;
pub mod seq;
pub mod settings;
pub mod tunnel;
