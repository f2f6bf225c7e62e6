//! What can be done with text.

use serde::Deserialize;
use serde_json::json;

use super::Output;

/// The most letters of a text whose distance is asked for: the work is that of one text times the other.
const DISTANCE_LETTERS: usize = 2_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Texts {
    a: String,
    b: String,
}

pub(super) fn upper(input: &Text) -> Output {
    Ok(json!({ "text": input.text.to_uppercase() }))
}

pub(super) fn lower(input: &Text) -> Output {
    Ok(json!({ "text": input.text.to_lowercase() }))
}

pub(super) fn count(input: &Text) -> Output {
    let text = &input.text;
    let (lines, words, letters) = (text.lines().count(), text.split_whitespace().count(), text.chars().count());
    Ok(json!({ "lines": lines, "words": words, "letters": letters }))
}

pub(super) fn distance(input: &Texts) -> Output {
    for (name, text) in [("a", &input.a), ("b", &input.b)] {
        let letters = text.chars().count();
        if letters > DISTANCE_LETTERS {
            return Err(format!("`{name}` has {letters} letters; at most {DISTANCE_LETTERS} are compared"));
        }
    }
    Ok(json!({ "distance": strsim::levenshtein(&input.a, &input.b) }))
}
