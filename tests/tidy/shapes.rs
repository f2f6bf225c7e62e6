//! The page of shapes names a test for each of them, and that test exists.

use super::{
    assert_none,
    repository::{exists, file},
};

#[test]
fn each_shape_has_its_test() {
    let page = file("docs/SHAPES.md");
    let (mut missing, mut shapes) = (Vec::new(), 0);
    for (line, text) in page.text.lines().enumerate() {
        let Some(test) = test_of(text) else { continue };
        shapes += 1;
        let there = match test.split("::").collect::<Vec<_>>()[..] {
            [ring, module, name] => {
                let path = format!("tests/{ring}/{module}.rs");
                exists(&path) && file(&path).text.contains(&format!("#[test]\nfn {name}() {{"))
            }
            _ => exists(test),
        };
        if !there {
            missing.push(format!("{}: {test}", page.at(line)));
        }
    }
    assert!(shapes > 40, "{} has tables of shapes and tests", page.path);
    assert_none("a test that the page names exists", &missing);
}

/// What stands between backticks in the last cell of a table's row.
fn test_of(line: &str) -> Option<&str> {
    let cell = line.strip_prefix('|')?.strip_suffix('|')?.rsplit('|').next()?.trim();
    cell.strip_prefix('`')?.strip_suffix('`')
}

#[test]
fn only_rows_of_tables_name_tests() {
    assert_eq!(test_of("| `fn` | the body | `a::b::c` |"), Some("a::b::c"));
    assert_eq!((test_of("| shape | test |"), test_of("|---|---|"), test_of("`a::b::c`")), (None, None, None));
}
