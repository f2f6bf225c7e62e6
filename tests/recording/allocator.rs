//! An allocator that records what it does.

use std::process::Command;

#[test]
fn records_of_an_allocator_neither_recurse_nor_wait_and_are_all_there_but_those_of_our_own_work() {
    let output = Command::new(env!("CARGO_BIN_EXE_allocator")).output().expect("it was built with these tests");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {error}", output.status);
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<u64> = text.split_whitespace().map(|word| word.parse().expect("it prints numbers")).collect();
    let [truth, counted, by_class, annotated, sizes, recent, lost] = numbers[..] else { panic!("{text}") };
    // Five times 10,000 texts.
    assert!(truth >= 50_000, "{text}");
    // A counter without labels has what it needs from its first records on, also in a thread that begins.
    assert!(counted.abs_diff(truth) <= truth / 50, "{text}");
    for others in [by_class, annotated, sizes, recent] {
        assert!(others >= truth - truth / 100, "{text}");
    }
    assert!(lost > 0, "{text}");
}
