//! The report: one model ([`model`]), one renderer a file. Renderers never compute.
//!
//! What a run may hold in millions, connections and findings, is read one by one ([`Connections`],
//! [`Findings`]); [`Report::load`](model::Report::load) takes all of a small report into memory.

pub mod annotate;
#[doc(hidden)]
pub mod archive;
#[doc(hidden)]
pub mod brief;
#[doc(hidden)]
pub mod catalogue;
#[doc(hidden)]
pub mod clean;
pub mod csv;
mod digest;
pub mod drawing;
#[doc(hidden)]
pub mod entry;
#[doc(hidden)]
pub mod explain;
pub mod fingerprint;
pub mod flat;
pub mod gate;
pub mod github;
#[doc(hidden)]
pub mod glyphs;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod model;
pub mod narrow;
pub mod ndjson;
mod page;
#[doc(hidden)]
pub mod places;
#[doc(hidden)]
pub mod rows;
#[cfg(test)]
pub mod sample;
pub mod sarif;
#[doc(hidden)]
pub mod schema;
mod sentence;
mod serial;
pub mod settled;
mod style;
pub mod text;
#[doc(hidden)]
pub mod words;

pub use archive::{Connections, Findings};
