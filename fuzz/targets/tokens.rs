//! Files of tokens, whole or broken. How is not known here.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tachometer::fuzzing::tokens(data));
