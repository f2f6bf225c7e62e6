//! The word a user may have meant. Knows words only.

/// The candidate closest to `word`, unless it takes so many edits that it is no misspelling.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|&(edits, candidate)| edits <= candidate.len().max(word.len()).div_ceil(3))
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, candidate)| candidate)
}

/// How many characters must be inserted, deleted or replaced to make `b` of `a` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let (mut diagonal, mut left) = (i, i + 1);
        let mut next = vec![left];
        for (to, &above) in b.chars().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(from != to)).min(above + 1).min(left + 1);
            diagonal = above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{closest, distance};

    #[test]
    fn counts_edits() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("", "name"), 4);
        assert_eq!(distance("name", ""), 4);
        assert_eq!(distance("nmae", "name"), 2);
        assert_eq!(distance("label", "labels"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn proposes_the_nearest_word_or_none() {
        let keys = ["name", "help", "labels", "result", "buckets", "crate"];
        assert_eq!(closest("label", keys), Some("labels"));
        assert_eq!(closest("bukets", keys), Some("buckets"));
        assert_eq!(closest("nmae", keys), Some("name"));
        assert_eq!(closest("skip", keys), None);
    }
}
