#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lakehand_fuzz::opened("a", bytes));
