#![no_main]

use lakehand::preview::field::gff;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lakehand_fuzz::look(gff::look, "a.gff", bytes));
