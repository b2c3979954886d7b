//! tcpcheck says whether TCP was spoken correctly in a packet capture.
//!
//! This is the library behind the program. A [`Checker`] reads captures (pcap and pcapng, also
//! compressed), follows both ends of every connection through the states of RFC 9293, and gives a
//! [`Report`]: what was wrong, with the packet, the expected and the observed numbers, the clause, how certain it
//! is, and what could not be checked.
//!
//! ```
//! use std::fs::File;
//!
//! use tcpcheck::{Checker, Profile, Settings, State};
//!
//! let mut checker = Checker::new(Settings {
//!     profile: Profile::Textbook,
//!     ..Settings::default()
//! });
//! let path = "testdata/lab/three-segment-close.pcap";
//! // Anything that can be read will do. What is wrong with the file becomes part of the report.
//! checker.check(path, Box::new(File::open(path)?));
//! let report = checker.finish();
//!
//! assert_eq!(report.summary.connections, 1);
//! // Connections and findings may be millions: they are read one by one.
//! for connection in report.connections.iter() {
//!     assert_eq!(connection?.final_state.client, Some(State::TimeWait));
//! }
//! for finding in report.findings.iter() {
//!     let finding = finding?;
//!     if finding.fails {
//!         assert_eq!((finding.rule, finding.packet), ("TD005", Some(9)));
//!     }
//! }
//! // As the program prints it.
//! tcpcheck::report::json::write(&report, &mut std::io::sink())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Segments that lie in no file are judged by [`Checker::feed`]: those of a simulation or of a test.
//!
//! # What is stable
//!
//! What these pages show: [`Checker`], [`Settings`], the [`report`] as data and its renderers, [`finding`],
//! [`segment`] and [`baseline`]. The names in the JSON report are a contract of their own
//! ([`SCHEMA_VERSION`](report::model::SCHEMA_VERSION)). The modules that are not shown are there for
//! the program, its tests, benchmarks and fuzz targets; they change without notice.
//!
//! # Inside
//!
//! The modules depend one way only, in the order in which data passes them: `capture` (octets to
//! frames), `decode` (frame to segment), `flow` (segment to connection), `machine` (what both
//! endpoints did and knew), `rules` (what is wrong with it), `report` (how it is said), `config`
//! and `baseline` (what the user has settled), `check` (where all meet), `cli`. ARCHITECTURE.md draws
//! the way.

pub mod baseline;
#[doc(hidden)]
pub mod capture;
#[doc(hidden)]
pub mod check;
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod config;
#[doc(hidden)]
pub mod decode;
pub mod finding;
#[doc(hidden)]
pub mod flow;
#[doc(hidden)]
pub mod icmp;
#[doc(hidden)]
pub mod lane;
#[doc(hidden)]
pub mod limits;
#[doc(hidden)]
pub mod machine;
#[doc(hidden)]
pub mod mention;
#[doc(hidden)]
pub mod observation;
pub mod report;
#[doc(hidden)]
pub mod rules;
pub mod segment;
#[doc(hidden)]
pub mod seq;
#[doc(hidden)]
pub mod settings;
#[doc(hidden)]
pub mod tunnel;

pub use capture::merge::Origin;
pub use check::{Checker, Job, Listener, Open};
pub use finding::{Certainty, Finding, Severity};
pub use machine::state::{State, StateSet};
pub use machine::timeline::Cause;
pub use report::model::{ConnectionReport, Loaded, Report, Summary};
pub use settings::{FailOn, Profile, Settings, SeverityChoice, VantageChoice};
pub use tunnel::{Tunnel, TunnelKind};
