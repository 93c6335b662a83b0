//! Input: which of the maps of `deploy/maps` (the first byte, modulo four), then the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nabij_fuzz::{What, import};

fuzz_target!(|input: &[u8]| {
    let Some((which, file)) = input.split_first() else { return };
    let what = What::ALL[usize::from(*which) % What::ALL.len()];
    import(what, what.example(), |_| file.to_vec());
});
