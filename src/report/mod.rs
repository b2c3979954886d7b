//! The report: one model, one renderer a file. Renderers never compute.

pub mod archive;
pub mod brief;
pub mod catalogue;
pub mod clean;
pub mod csv;
mod digest;
pub mod entry;
pub mod explain;
pub mod flat;
pub mod gate;
pub mod github;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod model;
pub mod ndjson;
mod page;
pub mod places;
pub mod rows;
#[cfg(test)]
pub mod sample;
pub mod sarif;
pub mod schema;
mod sentence;
mod serial;
mod style;
pub mod text;
pub mod words;
