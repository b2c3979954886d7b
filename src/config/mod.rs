//! What the user decides beside the command line: the file `tcpcheck.toml`.
//!
//! [`file`] is the file as it is written, [`wishes`] what it (or the command line) asks for, with
//! where that stands, [`force`] what is in force when all have been heard, [`find`] which file is
//! a capture's. docs/configuration.md tells users.

pub mod codes;
pub mod expect;
pub mod file;
pub mod find;
pub mod force;
pub mod paths;
pub mod read;
pub mod show;
pub mod values;
pub mod wishes;
pub mod words;

pub use file::Config;
pub use force::InForce;
