//! Segments to connections: which one each belongs to, and what leaves when.

pub mod attempt;
pub mod bare;
pub mod half_open;
pub mod incarnation;
mod index;
pub mod key;
pub mod life;
pub mod opening;
pub mod patterns;
pub mod probe;
mod slab;
pub mod table;
pub mod vantage;
