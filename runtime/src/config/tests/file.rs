//! Files that are as they should not be.

use super::{super::file::parse, *};

fn refused(text: &str) -> String {
    parse("shop.toml", text).expect_err("it has a mistake").to_string()
}

#[test]
fn unknown_keys_are_refused_with_the_one_that_was_meant() {
    for (text, place, expected) in [
        ("prot = 1", "line 1, column 1", "unknown key `prot`; did you mean `port`?"),
        ("port = 1\n\n  metrics_port = 2", "line 3, column 3", "unknown key `metrics_port`; did you mean `port`?"),
        ("[route]\nhealth = '/x'", "line 1, column 2", "unknown key `route`; did you mean `routes`?"),
        ("[routes]\nhelth = '/x'", "line 2, column 1", "unknown key `routes.helth`; did you mean `routes.health`?"),
        (
            "write_timeout = 1",
            "line 1, column 1",
            "unknown key `write_timeout`; did you mean `endpoint.write_timeout`?",
        ),
        ("'routes.health' = '/x'", "line 1, column 1", "unknown key `routes.health`; write it without quotes"),
        ("endpoint = 3", "line 1, column 12", "`endpoint` is no table; write [endpoint]"),
        ("[port]\nx = 1", "line 1, column 1", "port is `[port]`; a port is a number from 0 to 65535"),
    ] {
        assert_eq!(refused(text), format!("config file shop.toml, {place}: {expected}"), "{text}");
    }
    let unheard_of = refused("unheard_of = 1");
    assert!(
        unheard_of.contains("unknown key `unheard_of`; remove it, or write one of `enabled`, `host`"),
        "{unheard_of}"
    );
}

#[test]
fn all_mistakes_are_told_at_once_in_their_order() {
    let text =
        "routes.metrics = 'x'\nport = 65536\nlabels = { 'a b' = 'x' }\nhots = ''\n[endpoint]\nconnections = [\n1]";
    let expected = "\
config file shop.toml, line 1, column 18: routes.metrics is `'x'`; write a path such as /metrics, of letters, digits and -._~/
config file shop.toml, line 2, column 8: port is `65536`; a port is a number from 0 to 65535
config file shop.toml, line 3, column 12: label name `a b` does not match [a-zA-Z_][a-zA-Z0-9_]*; rename it
config file shop.toml, line 4, column 1: unknown key `hots`; did you mean `host`?
config file shop.toml, line 6, column 15: endpoint.connections is `[…`; write a number from 1 to 65536";
    assert_eq!(refused(text), expected);
    let many: String = (0..20).map(|at| format!("x{at} = 1\n")).collect();
    assert!(refused(&many).ends_with("\nand 10 more mistakes"));
}

#[test]
fn entries_of_buckets_are_checked() {
    for (text, expected) in [
        ("buckets = 1", "line 1, column 11: `buckets` is no list of tables; write [[buckets]]"),
        ("[[buckets]]\nmatch = 'a'", "line 1, column 1: this entry of `buckets` has no `bounds`; add it"),
        (
            "[[buckets]]\nmatch = 'a'\nbound = [1]",
            "line 3, column 1: an entry of `buckets` has no `bound`; did you mean `bounds`?",
        ),
        (
            "[[buckets]]\nmatch = 'a*b'\nbounds = [1]",
            "line 2, column 9: `match` is no matcher; write a metric's name, or one `*`",
        ),
        (
            "[[buckets]]\nmatch = 'a'\nbounds = ['1']",
            "line 3, column 10: `bounds` is no list of numbers; write it as [0.1, 1, 10]",
        ),
        (
            "[[buckets]]\nmatch = 'a'\nbounds = [2, 1]",
            "line 3, column 10: buckets of `a`: bucket 2 is not above the one before it",
        ),
        (
            "[[buckets]]\nmatch = 'a'\nbounds = []",
            "line 3, column 10: buckets of `a`: `buckets` is empty; write at least one",
        ),
        (
            "[[buckets]]\nmatch = 'a'\nbounds = [1, inf]",
            "line 3, column 10: buckets of `a`: bucket 2 is not finite; leave it out",
        ),
        (
            "buckets = [{ match = 'a', bounds = [1] }, { match = 'a', bounds = [2] }]",
            "line 1, column 43: `a` has two lists of buckets",
        ),
        (
            "[[buckets]]\nmatch = 'a'\nbounds = 'nativ'",
            "line 3, column 10: `bounds` is no list of numbers; write it as [0.1, 1, 10], or as \"native\"",
        ),
        (
            "[[buckets]]\nmatch = 'a'\nbounds = [1]\nschema = 3",
            "line 4, column 10: `schema` is that of native buckets; drop it, or write bounds = \"native\", or \
             native = true for both kinds",
        ),
        (
            "[[buckets]]\nmatch = 'a'\nbounds = 'native'\nschema = 9",
            "line 4, column 10: there is no `schema` 9 of native buckets; write one from -4 (coarse) to 8 (fine)",
        ),
        (
            "[[buckets]]\nmatch = 'a'\nbounds = 'native'\nmax_buckets = 0",
            "line 4, column 15: native buckets cannot be at most 0; write a `max_buckets` from 1 to 1024",
        ),
        (
            "[[buckets]]\nmatch = 'a'\nbounds = 'native'\nmax_buckets = 1.5",
            "line 4, column 15: `max_buckets` is no whole number; write one such as 3",
        ),
    ] {
        let message = refused(text);
        assert!(message.contains(expected), "{message}\n instead of {expected}");
    }
}

#[test]
fn what_is_no_toml_is_refused_where_it_ends() {
    for (text, place) in [
        ("port = 1\nport = 2", "line 2, column 1"),
        ("port 1", "line 1, column "),
        ("[routes", "line 1, column "),
        ("[routes]\n[routes]", "line 2, column "),
        ("host = \"a\nport = 1", "line 1, column "),
        ("port = ", "line 1, column "),
        ("port = 99999999999999999999999", "line 1, column 8"),
        ("\0", "line 1, column "),
    ] {
        let message = refused(text);
        assert!(message.starts_with(&format!("config file shop.toml, {place}")), "{message}");
    }
    assert!(refused("port = 1\nport = 2").contains("this is not TOML: duplicate key"));
    // Deeper than any stack, were each bracket a call.
    assert!(refused(&format!("port = {}", "[".repeat(500_000))).contains("line 1, column "));
}

#[test]
fn a_mark_of_byte_order_and_other_ends_of_lines_are_no_mistakes() {
    let file = Written::new("bom", "\u{feff}port = 7\r\nhost = \"::1\"\r\n");
    assert_eq!(settings(&file.flags(), &[]).listen.map(|address| address.to_string()).as_deref(), Some("[::1]:7"));
    let file = Written::new("bom-mistake", "\u{feff}prot = 7\r\n");
    assert!(message(&file.flags(), &[]).contains("line 1, column 1: unknown key"));
}

#[test]
fn files_that_are_none_are_refused() {
    let of = |path: PathBuf| message(&Flags { file: Some(path), ..Flags::default() }, &[]);
    let missing = std::env::temp_dir().join("tachometer-no-such-file.toml");
    let expected =
        format!("config file {} cannot be read; create it, or name another one in METRICS_CONFIG", missing.display());
    assert_eq!(of(missing.clone()), expected);
    assert_eq!(message(&Flags::default(), &[("METRICS_CONFIG", &missing.to_string_lossy())]), expected);
    let directory = std::env::temp_dir();
    assert_eq!(
        of(directory.clone()),
        format!("config file {} is no file; name one in METRICS_CONFIG", directory.display())
    );

    let long = Written::new("long", vec![b'#'; 10_000_000]);
    let expected = format!("config file {} is longer than 1048576 bytes; shorten it", long.0.display());
    assert_eq!(message(&long.flags(), &[]), expected);
    let latin = Written::new("latin", b"port = 1\nhost = \"caf\xe9\"\n");
    let expected = format!("config file {}, line 2, is not UTF-8; save it as UTF-8", latin.0.display());
    assert_eq!(message(&latin.flags(), &[]), expected);
}

#[test]
fn an_empty_file_says_nothing() {
    let file = Written::new("empty", "");
    assert_eq!(settings(&file.flags(), &[]), settings(&Flags::default(), &[]));
}

#[test]
fn both_kinds_of_buckets_are_asked_for_by_yes_or_no() {
    let error = parse("f", "[[buckets]]\nmatch = 'a'\nbounds = [1]\nnative = 3").expect_err("3 is neither");
    assert!(
        error.to_string().contains("line 4, column 10: `native` is neither true nor false; write one of them"),
        "{error}"
    );
}
