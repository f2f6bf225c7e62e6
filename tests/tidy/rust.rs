//! Rust source as the rules see it: without comments and without what stands in literals.

/// The text with comments and the inside of literals blanked; lines stay lines.
pub(super) fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let blank = blanked(rest, before);
        if blank == 0 {
            code.push(first);
            before = first;
            rest = &rest[first.len_utf8()..];
        } else {
            code.extend(rest[..blank].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            before = ' ';
            rest = &rest[blank..];
        }
    }
    code
}

/// The lines before the test module that ends a file.
pub(super) fn without_tests(code: &str) -> Vec<&str> {
    let lines: Vec<&str> = code.lines().collect();
    let is_test = |line: &str| line.starts_with("#[cfg(") && (line.contains("test") || line.contains("loom"));
    let opens_module = |line: &&&str| !line.starts_with("#[");
    let begin = (0..lines.len()).find(|&at| {
        let module = lines[at..].iter().find(opens_module);
        is_test(lines[at]) && module.is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
    });
    lines[..begin.unwrap_or(lines.len())].to_vec()
}

/// How many bytes at the start of `text` are a comment or a literal.
fn blanked(text: &str, before: char) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return block_comment(text);
    }
    let in_word = before.is_alphanumeric() || before == '_';
    if text.starts_with('r') && !in_word {
        return raw_string(&text[1..]).map_or(0, |len| len + 1);
    }
    match text.as_bytes()[0] {
        b'"' => quoted(text, '"'),
        b'\'' => character(text),
        _ => 0,
    }
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a raw string whose `r` is already read.
fn raw_string(text: &str) -> Option<usize> {
    let body = text.trim_start_matches('#');
    let hashes = text.len() - body.len();
    let body = body.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(hashes + 1 + body.find(&end)? + end.len())
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|&(_, c)| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// A character's length; 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted(text, '\''),
        _ => 0,
    }
}

#[test]
fn code_is_what_is_left_without_comments_and_literals() {
    let source = r##"a // b
c /* d /* e */ f
*/ g "h \" // i" j 'k' '\'' '"' l<'m> r#"n " o"# r"p" b"q" s r#t"##;
    let words: Vec<String> = code(source).split_whitespace().map(str::to_owned).collect();
    assert_eq!(words, ["a", "c", "g", "j", "l<'m>", "b", "s", "r#t"]);
    assert_eq!(code(source).lines().count(), source.lines().count());
}

#[test]
fn the_test_module_at_the_end_is_left_out() {
    let source =
        "fn a() {}\n#[cfg(test)]\nfn b() {}\n\n#[cfg(all(test, not(tachometer_loom)))]\n#[rustfmt::skip]\nmod tests {\n}\n";
    assert_eq!(without_tests(source).len(), 4);
}
