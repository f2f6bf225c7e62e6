//! Headers that ask for a format. How is not known here.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tachometer::fuzzing::accept(data));
