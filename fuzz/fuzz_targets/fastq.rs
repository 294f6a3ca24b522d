#![no_main]

use lakehand::preview::field::fastq;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lakehand_fuzz::look(fastq::look, "a.fastq", bytes));
