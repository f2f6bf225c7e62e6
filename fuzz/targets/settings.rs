//! Configuration files, whole or broken. How is not known here.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tachometer::fuzzing::settings(data));
