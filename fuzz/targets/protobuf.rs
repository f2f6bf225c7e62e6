//! Families as protobuf, and back. How is not known here.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tachometer::fuzzing::protobuf(data));
