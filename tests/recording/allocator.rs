//! An allocator that records what it does.

use std::process::Command;

#[test]
fn records_of_an_allocator_neither_recurse_nor_wait_and_are_all_there_but_those_of_our_own_work() {
    let output = Command::new(env!("CARGO_BIN_EXE_allocator")).output().expect("it was built with these tests");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {error}", output.status);
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<u64> = text.split_whitespace().map(|word| word.parse().expect("it prints numbers")).collect();
    let [truth, own, counted, by_class, annotated, sizes, recent, natively, facade, classes, lost] = numbers[..] else {
        panic!("{text}")
    };
    // Six times 10,000 texts.
    assert!(truth >= 50_000 && own >= 60_000, "{text}");
    // A counter without labels has what it needs from its first records on, also in a thread that begins.
    assert!(counted.abs_diff(truth) <= truth / 50, "{text}");
    for others in [by_class, annotated, sizes, recent, natively, facade, classes] {
        // Reading allocates as well, which is our own work.
        assert!(others >= own - own / 20, "{text}");
    }
    assert!(lost > 0, "{text}");
}
