#![no_main]

use lakehand::preview::field::parquet;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lakehand_fuzz::look(parquet::look, "a.parquet", bytes));
