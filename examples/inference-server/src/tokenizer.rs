//! From text to the numbers that the model reads. It knows no weights and no queues.

use tachometer::timed;

use crate::{metrics::LATENCY, protocol::Query};

/// How many different tokens there are. Words share them by their hash.
pub(crate) const VOCABULARY: usize = 2_048;

/// The longest sequence that the model reads; the rest of a passage is cut off.
pub(crate) const MAX_LENGTH: usize = 64;

/// What fills a short sequence up beside a longer one.
pub(crate) const PADDING: u32 = 0;

/// What the score is read off.
const START: u32 = 1;

/// What stands behind the query, and behind the passage.
const END: u32 = 2;

const FIRST_WORD: u32 = 3;

/// What a query may take of a sequence, so that there is room for its passage.
const MAX_QUERY: usize = MAX_LENGTH / 2;

/// Time that a worker takes to turn the text of one request into tokens.
#[timed(name = "tokenization_latency_seconds", buckets = LATENCY)]
pub(crate) fn tokenize(queries: &[Query]) -> Vec<Vec<u32>> {
    queries.iter().map(sequence).collect()
}

/// The query and its passage in one sequence, which is what makes a cross-encoder.
fn sequence(query: &Query) -> Vec<u32> {
    let mut tokens = vec![START];
    tokens.extend(words(&query.text).take(MAX_QUERY - 2));
    tokens.push(END);
    let room = MAX_LENGTH - 1 - tokens.len();
    tokens.extend(words(&query.passage).take(room));
    tokens.push(END);
    tokens
}

fn words(text: &str) -> impl Iterator<Item = u32> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(token)
}

/// FNV-1a of the word in lower case, folded into the vocabulary.
fn token(word: &str) -> u32 {
    let lower = word.chars().flat_map(char::to_lowercase);
    let hash = lower.fold(0x811C_9DC5, |hash: u32, c| (hash ^ u32::from(c)).wrapping_mul(0x0100_0193));
    FIRST_WORD + hash % (VOCABULARY as u32 - FIRST_WORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str, passage: &str) -> Vec<u32> {
        tokenize(&[Query { text: text.to_owned(), passage: passage.to_owned() }]).remove(0)
    }

    #[test]
    fn words_are_what_is_between_spaces_and_punctuation_in_any_case() {
        assert_eq!(tokens("Was ist Tee?", "ein Getränk"), tokens("was  IST tee", "Ein, GETRÄNK!"));
        assert_eq!(tokens("a b", "c").len(), 6);
        assert_eq!(tokens("", ""), [START, END, END]);
    }

    #[test]
    fn a_sequence_is_never_too_long_and_keeps_some_of_both_texts() {
        let long = "word ".repeat(500);
        let sequence = tokens(&long, &long);
        assert_eq!(sequence.len(), MAX_LENGTH);
        assert_eq!(sequence.iter().position(|&token| token == END), Some(MAX_QUERY - 1));
        assert!(sequence.iter().all(|&token| token != PADDING && token < VOCABULARY as u32));
    }
}
