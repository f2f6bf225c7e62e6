//! Patterns of paths, as routers write them. Knows no requests.

/// Covers paths: segments as they are written, `{name}` for any one segment, and at the end `*` or `{*name}` for all
/// the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    segments: Vec<Segment>,
    /// Whether any number of further segments may follow, at least one, which may be empty.
    open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(Box<str>),
    Any,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// If it is none; the message says what to write instead.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let refused = |why: String| format!("pattern `{text}` {why}");
        let Some(path) = text.strip_prefix('/') else {
            return Err(refused(format!("does not begin with `/`; write `/{}`", text.trim_start())));
        };
        if let Some(strange) = text.chars().find(|c| c.is_whitespace() || c.is_control() || "?#".contains(*c)) {
            return Err(refused(format!(
                "holds `{}`, which no path does; patterns cover paths only",
                strange.escape_debug()
            )));
        }
        let mut segments: Vec<&str> = path.split('/').collect();
        let open = segments.last().is_some_and(|last| is_rest(last));
        if open {
            segments.pop();
        }
        let segments =
            segments.into_iter().map(|segment| Segment::parse(segment).map_err(refused)).collect::<Result<_, _>>()?;
        Ok(Self { segments, open })
    }

    /// Whether it covers a path, or the template of a route.
    pub(super) fn covers(&self, path: &str) -> bool {
        let Some(path) = path.strip_prefix('/') else { return false };
        let mut given = path.split('/');
        let begins = self.segments.iter().all(|segment| given.next().is_some_and(|given| segment.is(given)));
        begins && given.next().is_some() == self.open
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix(':') {
            return Err(format!("holds `:{name}`, which is taken literally; did you mean `{{{name}}}`?"));
        }
        if is_rest(text) {
            return Err(format!("goes on after `{text}`; put it last, or write `{{name}}` for one segment"));
        }
        match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) if is_name(name) => Ok(Self::Any),
            None if !text.contains(['{', '}', '*']) => Ok(Self::Literal(text.into())),
            _ => Err(format!("holds `{text}`; a parameter is a whole segment, such as `{{id}}`, or `*` at the end")),
        }
    }

    fn is(&self, given: &str) -> bool {
        match self {
            Self::Literal(text) => **text == *given,
            Self::Any => !given.is_empty(),
        }
    }
}

/// Whether a segment stands for all that follows.
fn is_rest(segment: &str) -> bool {
    let name = segment.strip_prefix("{*").and_then(|segment| segment.strip_suffix('}'));
    segment == "*" || name.is_some_and(is_name)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['{', '}', '*'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_paths() {
        for (pattern, covered, others) in [
            ("/", &["/"][..], &["", "/a", "//"][..]),
            ("/healthz", &["/healthz"], &["/healthz/", "/health", "healthz"]),
            ("/users/{id}", &["/users/7", "/users/{id}"], &["/users", "/users/", "/users/7/8", "/user/7"]),
            ("/assets/*", &["/assets/", "/assets/a.css", "/assets/a/b", "/assets/{*path}"], &["/assets", "/asset/a"]),
            ("/assets/{*path}", &["/assets/a/b"], &["/assets"]),
            ("/{tenant}/x/*", &["/a/x/y"], &["/a/y/x", "//x/y"]),
            ("/*", &["/", "/a/b"], &[""]),
        ] {
            let pattern = Pattern::parse(pattern).expect("it is a pattern");
            for path in covered {
                assert!(pattern.covers(path), "{pattern:?} {path}");
            }
            for path in others {
                assert!(!pattern.covers(path), "{pattern:?} {path}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_the_remedy() {
        for (text, message) in [
            ("", "pattern `` does not begin with `/`; write `/`"),
            ("assets/*", "pattern `assets/*` does not begin with `/`; write `/assets/*`"),
            ("/a b", "pattern `/a b` holds ` `, which no path does; patterns cover paths only"),
            ("/a?b=c", "pattern `/a?b=c` holds `?`, which no path does; patterns cover paths only"),
            ("/users/:id", "pattern `/users/:id` holds `:id`, which is taken literally; did you mean `{id}`?"),
            ("/*/b", "pattern `/*/b` goes on after `*`; put it last, or write `{name}` for one segment"),
            (
                "/{*rest}/b",
                "pattern `/{*rest}/b` goes on after `{*rest}`; put it last, or write `{name}` for one segment",
            ),
            ("/a*", "pattern `/a*` holds `a*`; a parameter is a whole segment, such as `{id}`, or `*` at the end"),
            ("/{id", "pattern `/{id` holds `{id`; a parameter is a whole segment, such as `{id}`, or `*` at the end"),
            ("/{}", "pattern `/{}` holds `{}`; a parameter is a whole segment, such as `{id}`, or `*` at the end"),
            (
                "/v{id}",
                "pattern `/v{id}` holds `v{id}`; a parameter is a whole segment, such as `{id}`, or `*` at the end",
            ),
        ] {
            assert_eq!(Pattern::parse(text), Err(message.to_owned()));
        }
    }
}
