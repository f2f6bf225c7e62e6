//! How the words of an identifier are joined into a value. Knows no syntax tree.

/// A way to write several words as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Snake,
    Kebab,
    Camel,
    Pascal,
    Lower,
    Upper,
    ScreamingSnake,
    ScreamingKebab,
}

impl Case {
    pub(crate) const ALL: [Self; 8] = [
        Self::Snake,
        Self::Kebab,
        Self::Camel,
        Self::Pascal,
        Self::Lower,
        Self::Upper,
        Self::ScreamingSnake,
        Self::ScreamingKebab,
    ];

    /// The case's name, written in itself.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Snake => "snake_case",
            Self::Kebab => "kebab-case",
            Self::Camel => "camelCase",
            Self::Pascal => "PascalCase",
            Self::Lower => "lowercase",
            Self::Upper => "UPPERCASE",
            Self::ScreamingSnake => "SCREAMING_SNAKE_CASE",
            Self::ScreamingKebab => "SCREAMING-KEBAB-CASE",
        }
    }

    /// A variant's name, which is written in `PascalCase`, in this case.
    pub(crate) fn apply(self, variant: &str) -> String {
        let words = words(variant);
        let titled = |word: &String| {
            let mut chars = word.chars();
            chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
        };
        match self {
            Self::Snake => words.join("_"),
            Self::Kebab => words.join("-"),
            Self::Lower => words.concat(),
            Self::Upper => words.concat().to_uppercase(),
            Self::ScreamingSnake => words.join("_").to_uppercase(),
            Self::ScreamingKebab => words.join("-").to_uppercase(),
            Self::Pascal => words.iter().map(titled).collect(),
            Self::Camel => {
                let rest = words.iter().skip(1).map(titled);
                words.iter().take(1).cloned().chain(rest).collect()
            }
        }
    }
}

/// The words of an identifier, in small letters: `HTTPError2xx` is `http`, `error2xx`.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let begins = c.is_uppercase()
            && before.is_some_and(|before| !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()));
        if begins || c == '_' {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c != '_') {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::Case;

    #[test]
    fn words_begin_at_capitals() {
        for (name, snake) in [
            ("Raw", "raw"),
            ("NotFound", "not_found"),
            ("HTTPError", "http_error"),
            ("IOError", "io_error"),
            ("V2", "v2"),
            ("Error2Big", "error2_big"),
            ("Already_split", "already_split"),
            ("A", "a"),
            ("ABC", "abc"),
            ("ÜberFall", "über_fall"),
        ] {
            assert_eq!(Case::Snake.apply(name), snake);
        }
    }

    #[test]
    fn each_case_is_named_in_itself() {
        for case in Case::ALL {
            let words: &[&str] = match case {
                Case::Lower | Case::Upper => &["Lowercase", "Uppercase"],
                Case::Snake => &["SnakeCase"],
                Case::Kebab => &["KebabCase"],
                Case::Camel => &["CamelCase"],
                Case::Pascal => &["PascalCase"],
                Case::ScreamingSnake => &["ScreamingSnakeCase"],
                Case::ScreamingKebab => &["ScreamingKebabCase"],
            };
            assert!(words.iter().any(|word| case.apply(word) == case.as_str()), "{case:?}");
        }
    }
}
