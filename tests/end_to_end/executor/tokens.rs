//! The tokens file, changed while the executor runs.

use std::fs;

use super::{
    super::support::{
        deadline::eventually,
        executor::{Executor, value},
    },
    assert_all_at_zero, tools,
};

/// Waits until a token is answered so.
#[track_caller]
fn becomes(executor: &Executor, token: &str, status: u16) -> String {
    eventually(|| match executor.get(token, "/api/metrics") {
        answer if answer.status == status => Ok(answer.body),
        answer => Err(format!("{token} is answered by {}", answer.status)),
    })
}

/// How many versions of the file were read, with this result.
#[track_caller]
fn files(executor: &Executor, result: &str) -> f64 {
    value(&executor.samples("op"), "executor_tokens_files_total", &[("result", result)])
}

#[test]
fn a_new_organisation_comes_in_with_all_its_series() {
    let executor = Executor::cloud(&["--no-load"], "ta = \"acme\"\nop = true\n");
    executor.output("ta", "text.case.upper", r#"{"text": "tea"}"#);
    executor.change_tokens("ta2 = \"acme\"\ntu = \"umbrella\"\nop = true\n");
    let first = becomes(&executor, "tu", 200);
    let samples = super::super::support::sample::of_text(&first);
    assert_all_at_zero(&samples, &tools(&executor, "tu"), Some("umbrella"));

    // Of an organisation, tokens come and go and its totals stay.
    becomes(&executor, "ta", 401);
    assert_eq!(executor.execute("ta", "text.case.upper", r#"{"text": "tea"}"#).status, 401);
    becomes(&executor, "ta2", 200);
    let called = [("mcp_tool_name", "text.case.upper"), ("result", "ok"), ("org", "acme")];
    assert_eq!(value(&executor.samples("ta2"), "executor_tool_calls_total", &called), 1.0);
    assert_eq!(files(&executor, "ok"), 2.0);
}

#[test]
fn a_file_that_cannot_be_used_changes_nothing() {
    let tokens = "ta = \"acme\"\nop = true\n";
    let executor = Executor::cloud(&["--no-load"], tokens);
    let works = || executor.output("ta", "text.case.upper", r#"{"text": "tea"}"#)["text"] == "TEA";
    for (number, (broken, problem)) in (1..).zip([
        ("hunter2 = \"acme", "this is not TOML with lines of"),
        ("hunter2 = 7\n", "this is not TOML with lines of"),
        ("hunter2 = false\n", "a token is `false`"),
        ("hunter2 = \"\"\n", "an organisation has no name"),
        ("hunter2 = \"other\"\n", "an organisation is called `other`"),
    ]) {
        let said = executor.errors().matches(problem).count();
        executor.change_tokens(broken);
        eventually(|| match executor.errors() {
            errors if errors.matches(problem).count() > said => Ok(()),
            errors => Err(format!("{problem} is not said: {errors}")),
        });
        assert!(works());
        // Where the framework takes such a file, nobody comes in by it.
        assert_eq!(executor.get("hunter2", "/api/metrics").status, 401);
        executor.change_tokens(tokens);
        eventually(|| match executor.get("op", "/api/metrics").status {
            200 => Ok(()),
            status => Err(format!("the operator is answered by {status}")),
        });
        eventually(|| match files(&executor, "error") {
            errors if errors >= f64::from(number) => Ok(()),
            errors => Err(format!("{errors} errors are counted")),
        });
    }

    fs::remove_file(executor.tokens()).expect("it is there");
    eventually(|| match executor.errors() {
        errors if errors.contains("it cannot be read") => Ok(()),
        errors => Err(errors),
    });
    assert!(works());
    becomes(&executor, "ta", 200);
    assert!(!executor.errors().contains("hunter2"), "{}", executor.errors());

    executor.change_tokens("# nobody\n");
    becomes(&executor, "ta", 401);
    becomes(&executor, "op", 401);
}
