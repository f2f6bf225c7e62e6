//! Who may know whom in the runtime.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    assert_none,
    repository::{File, file, rust_files},
    rust::{code, without_tests},
};

/// Each module of the runtime, and the modules that it may know. Everyone may know `error` and `metric`.
///
/// Calls are recorded in the store, a store is read as families, and exporters print families: nothing looks back
/// along `call → store → families → exporters`. `recorder` puts the parts together, so that nobody else has to.
const ARROWS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("metric", &[]),
    ("slo", &[]),
    // Under loom one load is unsafe, and unsafe code is the store's.
    ("sync", &["store"]),
    ("clock", &["gate"]),
    ("gate", &[]),
    ("time", &[]),
    ("known", &["sync"]),
    ("lost", &[]),
    ("reentry", &["lost"]),
    ("remembered", &[]),
    ("families", &["cardinality"]),
    ("snapshot", &["cardinality", "families", "exporters"]),
    ("exporters", &["families", "snapshot"]),
    ("cardinality", &["sync"]),
    // A summary forgets by the clock, and what threads remember counts as bytes of series.
    ("store", &["cardinality", "clock", "families", "gate", "known", "lost", "reentry", "remembered", "sync"]),
    // The list of sites is an item that expansions name.
    ("call", &["clock", "gate", "known", "lost", "private", "reentry", "remembered", "slo", "store"]),
    ("facade", &["reentry", "store"]),
    ("handle", &["call", "gate", "lost", "reentry", "remembered", "store"]),
    // What it leaves out is counted as what handles leave out.
    ("rolling", &["call", "gate", "handle"]),
    ("attributes", &[]),
    ("guide", &[]),
    ("derive", &[]),
    ("dynamic", &["call", "handle"]),
    ("tower", &["call", "gate", "handle", "known"]),
    ("private", &["call", "handle", "rolling", "slo"]),
    ("catalog", &["call", "collectors", "slo", "snapshot", "store"]),
    ("collectors", &["cardinality", "families", "time"]),
    ("credentials", &[]),
    ("config", &["cardinality", "collectors", "credentials"]),
    ("push", &["exporters", "snapshot", "time"]),
    ("outlets", &["config", "exporters", "families", "push", "snapshot", "time"]),
    ("serve", &["config", "credentials", "exporters", "families", "snapshot"]),
    // Pauses between attempts are those of pushes; tests look at pages.
    ("fleet", &["cardinality", "exporters", "families", "push", "snapshot", "time"]),
    ("traces", &["families"]),
    ("termination", &[]),
    (
        "recorder",
        &[
            "call",
            "cardinality",
            "catalog",
            "clock",
            "collectors",
            "config",
            "credentials",
            "exporters",
            "facade",
            "families",
            "fleet",
            "gate",
            "outlets",
            "push",
            "rolling",
            "serve",
            "snapshot",
            "store",
            "termination",
            "tower",
            "traces",
        ],
    ),
    ("fuzzing", &["config", "exporters", "fleet", "serve"]),
    ("testing", &["call", "clock", "exporters", "facade", "families", "handle", "snapshot", "store"]),
];

#[test]
fn arrows_point_one_way() {
    let reexports = reexports(&file("runtime/src/lib.rs"));
    let mut wrong = Vec::new();
    for file in rust_files().iter().filter(|file| file.is_in(&["runtime/src"])) {
        let Some(module) = module(file) else { continue };
        let Some((_, known)) = ARROWS.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: module `{module}` is new; say in `ARROWS` whom it may know", file.at(0)));
            continue;
        };
        for (line, other) in named_modules(file, &reexports) {
            let may =
                other == module || ["error", "metric"].contains(&other.as_str()) || known.contains(&other.as_str());
            if !may {
                wrong.push(format!("{}: `{module}` must not know `{other}`", file.at(line)));
            }
        }
    }
    assert_none("call → store → families → exporters, and nobody knows recorder", &wrong);
}

/// The modules of the crate's root that a file names, with the lines where it does.
fn named_modules(file: &File, reexports: &BTreeMap<String, String>) -> Vec<(usize, String)> {
    let code = code(&file.text);
    let code = without_tests(&code).join("\n");
    let up = "super::".repeat(depth(file));
    let mut named = Vec::new();
    for root in ["crate::", &up] {
        for (at, _) in code.match_indices(root) {
            // Not the end of another word, of `$crate::`, or of more `super::` than lead to the root.
            if code[..at].ends_with(|c: char| c.is_alphanumeric() || "_$:".contains(c)) {
                continue;
            }
            let line = code[..at].matches('\n').count();
            let first = |path: String| path.split("::").next().unwrap_or_default().to_owned();
            let modules: BTreeSet<String> = paths(&code[at + root.len()..]).into_iter().map(first).collect();
            let modules = modules.into_iter().filter(|name| name != "super" && !name.starts_with("__"));
            named.extend(modules.map(|name| (line, reexports.get(&name).cloned().unwrap_or(name))));
        }
    }
    named
}

/// What the crate's root re-exports: each name, and the module that it is of.
fn reexports(root: &File) -> BTreeMap<String, String> {
    let code = code(&root.text);
    let uses = code.split("use ").skip(1).map(|path| path.trim_start_matches("crate::"));
    let mut reexports = BTreeMap::new();
    for path in uses.flat_map(paths) {
        if let (Some((module, _)), Some((_, name))) = (path.split_once("::"), path.rsplit_once("::")) {
            reexports.insert(name.to_owned(), module.to_owned());
        }
    }
    reexports
}

/// The path that a text begins with, or all paths of it if it ends in a group.
fn paths(text: &str) -> Vec<String> {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_alphanumeric() || "_:".contains(c))).unwrap_or(text.len());
    let (prefix, rest) = text.split_at(end);
    let Some(group) = rest.strip_prefix('{') else {
        return vec![prefix.to_owned()];
    };
    let (mut depth, mut paths_of_group) = (0, Vec::new());
    let mut begin = 0;
    for (at, c) in group.char_indices() {
        if depth == 0 && (c == ',' || c == '}') {
            let part = paths(&group[begin..at]).into_iter().filter(|path| !path.is_empty());
            paths_of_group.extend(part.map(|path| format!("{prefix}{path}")));
            begin = at + 1;
        }
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            _ => {}
        }
    }
    paths_of_group
}

/// The module of the root that a file belongs to; none for the root itself.
fn module(file: &File) -> Option<&str> {
    let path = file.path.strip_prefix("runtime/src/")?.strip_suffix(".rs")?;
    let module = path.split('/').next()?;
    (path != "lib").then_some(module)
}

/// How many modules a file is below the root.
fn depth(file: &File) -> usize {
    file.path.trim_end_matches("/mod.rs").matches('/').count() - 1
}

#[test]
fn modules_are_found_by_every_way_to_name_them() {
    let root = File { path: "runtime/src/lib.rs".to_owned(), text: "pub use crate::{m::N, o::{p::Q, R}};".to_owned() };
    let text = "use crate::{a::{b, c}, d, error::Error, N,};\nuse super::super::e::F;\nuse super::g;\n\
                pub(in crate::h) i: $crate::j, crate::Q::new()\n// crate::k\n#[cfg(test)]\nmod tests {\n    use crate::l;\n}\n";
    let file = File { path: "runtime/src/store/cells.rs".to_owned(), text: text.to_owned() };
    let named = named_modules(&file, &reexports(&root)).into_iter().map(|(line, name)| format!("{name} {line}"));
    assert_eq!(named.collect::<Vec<_>>(), ["m 0", "a 0", "d 0", "error 0", "h 3", "o 3", "e 1"]);
}
