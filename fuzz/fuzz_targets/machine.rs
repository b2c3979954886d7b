#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tcpcheck_fuzz::machine::run(data));
