#![no_main]

use lakehand::preview::field::fhir;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lakehand_fuzz::look(fhir::look, "a.fhir", bytes));
