#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The first byte chooses the packing, so that its magic need not be found.
    const MAGIC: [&[u8]; 4] = [
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
        &[0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 6, 0, b'B', b'C', 2, 0],
        &[0x28, 0xb5, 0x2f, 0xfd],
        b"BZh91AY&SY",
    ];
    if let Some((choice, rest)) = bytes.split_first() {
        let magic = MAGIC[usize::from(*choice) % MAGIC.len()];
        lakehand_fuzz::opened("a", &[magic, rest].concat());
    }
});
