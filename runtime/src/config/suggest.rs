//! The word that was meant. It knows words only.

use crate::metric::matcher::near::distance;

/// The end of a message about a word that is none of these: the one that was meant, or all of them.
pub(crate) fn remedy<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match closest(word, known.clone()) {
        Some(meant) => format!("; did you mean `{meant}`?"),
        None => {
            let known: Vec<_> = known.into_iter().map(|word| format!("`{word}`")).collect();
            format!("; remove it, or write one of {}", known.join(", "))
        }
    }
}

/// The known word closest to another, unless it takes so many edits that it is no misspelling.
fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are nobody's misspelling, and each character costs a row.
    let word: String = word.chars().take(64).collect::<String>().to_lowercase();
    // Somebody may have the variable's name in mind.
    let word = word.strip_prefix("metrics_").unwrap_or(&word);
    // The last part of a long name is often all that somebody remembers of it.
    let last = |name: &'a str| name.rsplit('.').next().unwrap_or(name);
    let edits = |name: &'a str| distance(word, name).min(distance(word, last(name)));
    let candidates = known.into_iter().map(|name| (edits(name), name));
    let meant = candidates.filter(|&(edits, name)| edits <= last(name).len().max(word.len()).div_ceil(3));
    meant.min_by_key(|&(edits, _)| edits).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proposes_the_nearest_word_or_names_all() {
        let known = ["host", "port", "labels", "routes.health", "endpoint.write_timeout"];
        assert_eq!(remedy("prot", known), "; did you mean `port`?");
        assert_eq!(remedy("label", known), "; did you mean `labels`?");
        assert_eq!(remedy("write_timout", known), "; did you mean `endpoint.write_timeout`?");
        assert_eq!(remedy("METRICS_ROUTES_HEALTH", known), "; did you mean `routes.health`?");
        assert_eq!(remedy("route.health", known), "; did you mean `routes.health`?");
        assert_eq!(remedy("unheard_of", ["a", "b"]), "; remove it, or write one of `a`, `b`");
    }

    #[test]
    fn long_words_are_quick() {
        assert_eq!(closest(&"x".repeat(1_000_000), ["host"]), None);
    }
}
