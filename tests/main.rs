//! All tests that look from outside, as one program. They know no private item of the crates that they test.

mod end_to_end;
mod fake_nvml;
mod outlets;
mod recording;
mod tidy;
