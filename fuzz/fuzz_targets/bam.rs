#![no_main]

use lakehand::preview::field::bam;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lakehand_fuzz::look(bam::look, "a.bam", bytes));
