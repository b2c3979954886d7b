//! The command line of tcpcheck.

fn main() {}
