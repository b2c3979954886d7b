//! Captures that are read as one: what is said of the parts together is what is said of the whole.

// Test code may fail loudly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../metamorphic/capture.rs"]
#[allow(dead_code)]
mod capture;
#[path = "../exchange/mod.rs"]
mod exchange;
mod parts;
#[path = "../program/mod.rs"]
mod program;

mod clocks;
mod files;
mod places;
mod whole;
