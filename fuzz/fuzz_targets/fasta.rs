#![no_main]

use lakehand::preview::field::fasta;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lakehand_fuzz::look(fasta::look, "a.fasta", bytes));
