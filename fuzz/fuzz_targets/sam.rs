#![no_main]

use lakehand::preview::field::sam;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lakehand_fuzz::look(sam::look, "a.sam", bytes));
