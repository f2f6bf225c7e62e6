//! Families as OpenMetrics, and back. How is not known here.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tachometer::fuzzing::openmetrics(data));
