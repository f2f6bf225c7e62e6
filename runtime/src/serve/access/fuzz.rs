//! A target for a fuzzer: whatever a file of tokens holds, it is read or refused by line, and no message shows what stands in
//! it. It knows nothing of fuzzers.

use std::path::Path;

use super::{Access, Gate, digest::Digest, tokens::Tokens};
use crate::credentials::Offer;

impl Gate {
    /// Reads a file of tokens.
    pub(crate) fn fuzz_tokens(data: &[u8]) {
        for (label, offer) in [(Some("org"), Offer::Series), (None, Offer::Series), (None, Offer::Text)] {
            match Tokens::parse(Path::new("t"), data, label, offer) {
                Ok(tokens) => {
                    // What is no token is nobody's, the empty one above all.
                    assert!(tokens.find(&Digest::of(&[b""])).is_none_or(|access| matches!(access, Access::Denied)));
                    assert!(label.is_some() || tokens.tenants().is_empty());
                    assert!(tokens.tenants().iter().all(|tenant| !tenant.is_empty() && &**tenant != "other"));
                }
                Err(error) => {
                    let message = error.to_string();
                    assert!(message.starts_with("tokens file t, line "), "{message}");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::Gate;

    const WORDS: [&str; 14] =
        ["\"a\"", "\"a b\"", "\"\"", "a", "=", "=", "=", "true", "false", "\"acme\"", "\"other\"", "\n", "\n", "[x]"];

    proptest! {
        #[test]
        fn any_file_of_tokens_is_read_or_refused(words in proptest::collection::vec(prop_oneof![select(WORDS.to_vec()).prop_map(str::to_owned), "\\PC{0,3}"], 0..20)) {
            Gate::fuzz_tokens(words.join(" ").as_bytes());
        }

        #[test]
        fn any_bytes_are_read_or_refused(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            Gate::fuzz_tokens(&data);
        }
    }
}
