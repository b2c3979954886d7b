//! The report: one model, one renderer a file. Renderers never compute.

pub mod model;
mod serial;
