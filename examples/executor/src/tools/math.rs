//! What can be done with numbers.

use serde::Deserialize;
use serde_json::json;

use super::Output;

/// The largest number that is taken apart: half a million divisions at most.
const FACTOR_LIMIT: u64 = 1_000_000_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Numbers {
    numbers: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Number {
    number: u64,
}

pub(super) fn mean(input: &Numbers) -> Output {
    let numbers = input.not_empty()?;
    let sum: f64 = numbers.iter().sum();
    finite("mean", sum / numbers.len() as f64)
}

pub(super) fn median(input: &Numbers) -> Output {
    let mut numbers = input.not_empty()?.to_vec();
    numbers.sort_unstable_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    let median = match numbers.len() % 2 {
        0 => f64::midpoint(numbers[middle - 1], numbers[middle]),
        _ => numbers[middle],
    };
    finite("median", median)
}

pub(super) fn factor(input: &Number) -> Output {
    let mut rest = input.number;
    if !(2..=FACTOR_LIMIT).contains(&rest) {
        return Err(format!("`number` is {rest}; numbers from 2 to {FACTOR_LIMIT} are taken apart"));
    }
    let (mut factors, mut divisor) = (Vec::new(), 2);
    while divisor * divisor <= rest {
        if rest.is_multiple_of(divisor) {
            factors.push(divisor);
            rest /= divisor;
        } else {
            divisor += if divisor == 2 { 1 } else { 2 };
        }
    }
    factors.push(rest);
    Ok(json!({ "factors": factors }))
}

impl Numbers {
    fn not_empty(&self) -> Result<&[f64], String> {
        if self.numbers.is_empty() {
            return Err("`numbers` is empty; give at least one".to_owned());
        }
        Ok(&self.numbers)
    }
}

/// JSON has no infinity, which a sum of large numbers may come to.
fn finite(name: &str, value: f64) -> Output {
    if value.is_finite() { Ok(json!({ name: value })) } else { Err("these numbers are too large together".to_owned()) }
}
