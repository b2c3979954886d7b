//! The report: one model, one renderer a file. Renderers never compute.

pub mod archive;
pub mod brief;
pub mod catalogue;
pub mod clean;
pub mod drawing;
pub mod entry;
pub mod explain;
pub mod glyphs;
pub mod json;
pub mod model;
pub mod narrow;
mod page;
pub mod places;
pub mod rows;
#[cfg(test)]
pub mod sample;
pub mod schema;
mod serial;
mod style;
pub mod text;
pub mod words;
