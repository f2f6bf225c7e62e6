//! A target for a fuzzer: whatever a `web.yml` holds, it is read or refused, and no message shows more of it than a key. It
//! knows nothing of fuzzers.

use std::path::Path;

use super::document::Document;
use crate::serve::Gate;

impl Gate {
    /// Reads a `web.yml`, without the files that it names.
    pub(crate) fn fuzz_web(data: &[u8]) {
        match Document::parse(Path::new("w"), data) {
            Ok(Document { users, wants_no_users, .. }) => {
                assert!(users.is_empty() || !wants_no_users);
                assert!(users.iter().all(|(name, hash)| !name.is_empty() || !hash.is_empty() || users.len() == 1));
            }
            Err(error) => {
                let message = error.to_string();
                assert!(message.starts_with("web configuration w"), "{message}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::Gate;

    const WORDS: [&str; 24] = [
        "tls_server_config",
        "basic_auth_users",
        "http_server_config",
        "cert_file",
        "key_file",
        "client_auth_type",
        "NoClientCert",
        "min_version",
        "TLS12",
        "headers",
        "kate",
        "$2y$10$abc",
        ":",
        ":",
        ": ",
        "\n",
        "\n  ",
        "- ",
        "{",
        "}",
        "&a",
        "*a",
        "[",
        "]",
    ];

    proptest! {
        #[test]
        fn any_web_configuration_is_read_or_refused(words in proptest::collection::vec(prop_oneof![select(WORDS.to_vec()).prop_map(str::to_owned), "\\PC{0,3}"], 0..30)) {
            Gate::fuzz_web(words.concat().as_bytes());
        }
    }
}
