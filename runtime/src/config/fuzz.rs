//! A target for a fuzzer: whatever a configuration file holds, it is read or refused by line, and what is read prints itself
//! as a file that says the same. It knows nothing of fuzzers.

use super::file;

/// Reads a file.
pub(crate) fn settings(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match file::parse("f", &text) {
        Ok(config) => {
            let printed = config.to_string();
            let again = file::parse("f", &printed);
            // A secret prints itself as asterisks, which are none that every setting takes.
            assert!(printed.contains("\"***\"") || again.is_ok_and(|again| again == config), "{printed}");
        }
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with("config file f, line "), "{message}");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    const WORDS: [&str; 30] = [
        "port",
        "labels",
        "redis.url",
        "[redis]",
        "[pushgateway]",
        "group",
        "batch",
        "[routes]",
        "metrics",
        "[[buckets]]",
        "match",
        "bounds",
        "[guard]",
        "[[guard.override]]",
        "values",
        "token",
        "=",
        "=",
        "=",
        "\n",
        "\n",
        "\"",
        "'a'",
        "1",
        "-0.5",
        "true",
        "{",
        "}",
        "[",
        "]",
    ];

    proptest! {
        #[test]
        fn any_file_is_read_or_refused(words in proptest::collection::vec(prop_oneof![select(WORDS.to_vec()).prop_map(str::to_owned), "\\PC{0,3}"], 0..40)) {
            super::settings(words.join(" ").as_bytes());
        }
    }
}
