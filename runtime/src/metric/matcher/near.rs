//! Words that are nearly alike. It knows words only.

/// The known words that are nearest to another one, the nearest first.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let mut all: Vec<_> = known.into_iter().map(|name| (distance(word, name), name)).collect();
    all.sort_unstable();
    all.into_iter().take(most).map(|(_, name)| name).collect()
}

/// How many characters must be inserted, deleted or replaced to make `b` of `a`.
pub(crate) fn distance(a: &str, b: &str) -> usize {
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
