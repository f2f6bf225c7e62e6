//! What a child process may send to its parent. How is not known here.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tachometer::fuzzing::frames(data));
