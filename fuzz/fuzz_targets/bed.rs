#![no_main]

use lakehand::preview::field::bed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lakehand_fuzz::look(bed::look, "a.bed", bytes));
