//! Families as text 0.0.4 and 1.0.0, and back. How is not known here.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tachometer::fuzzing::text(data));
