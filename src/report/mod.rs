//! The report: one model, one renderer a file. Renderers never compute.

pub mod entry;
pub mod model;
mod serial;
