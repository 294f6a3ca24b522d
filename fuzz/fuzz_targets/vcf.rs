#![no_main]

use lakehand::preview::field::vcf;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lakehand_fuzz::look(vcf::look, "a.vcf", bytes));
