//! The quickstart's own flags.

use super::support::shop::Shop;

#[test]
fn help_names_every_flag_and_variable() {
    let end = Shop::run(&["--help"], &[]);
    assert_eq!((end.code, end.errors.as_str()), (Some(0), ""));
    let flags = ["--requests", "--no-load", "--help"];
    let variables = ["METRICS_HOST", "METRICS_PORT", "METRICS_ENABLED", "METRICS_LABELS", "METRICS_CONFIG"];
    for word in flags.into_iter().chain(variables) {
        assert!(end.output.contains(word), "{word} is missing:\n{}", end.output);
    }
}

#[test]
fn what_is_not_understood_is_an_error() {
    for (arguments, problem) in [
        (&["--load"][..], "unknown argument `--load`"),
        (&["--requests"], "--requests needs a number"),
        (&["--requests", "many"], "--requests many is not a number"),
    ] {
        let end = Shop::run(arguments, &[]);
        assert_eq!((end.code, end.output.as_str()), (Some(2), ""));
        assert_eq!(end.errors, format!("quickstart: {problem}; try --help\n"));
    }
}
