//! Segments to connections: which one each belongs to, and what leaves when.

pub mod attempt;
pub mod incarnation;
pub mod key;
pub mod lone_syn;
pub mod patterns;
pub mod probe;
pub mod table;
pub mod vantage;
