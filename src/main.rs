//! The command line of tcpcheck.

use std::process::ExitCode;

fn main() -> ExitCode {
    tcpcheck::cli::main()
}
