//! How much futures grow: by the call that they are, and by each set of labels once.

use std::future::ready;

use tachometer::{__private::Labels, counted, measured};

async fn plain(text: &str) -> Option<usize> {
    ready(()).await;
    Some(text.len())
}

#[measured(name = "labelled_size", labels(text, length = text.len()), result)]
async fn labelled(text: &str) -> Option<usize> {
    ready(()).await;
    Some(text.len())
}

#[measured(name = "polled_size", labels(text), result, poll)]
async fn polled(text: &str) -> Option<usize> {
    ready(()).await;
    Some(text.len())
}

#[measured(name = "twice_labelled_size", labels(text), result)]
#[counted(name = "twice_labelled_sizes_total", labels(length = text.len()))]
async fn twice_labelled(text: &str) -> Option<usize> {
    ready(()).await;
    Some(text.len())
}

#[test]
fn a_future_holds_each_set_of_labels_once() {
    let plain = size_of_val(&plain(""));
    let growth = [size_of_val(&labelled("")), size_of_val(&polled("")), size_of_val(&twice_labelled(""))];
    let [labelled, polled, twice_labelled] = growth.map(|size| size - plain);
    // The argument is read for the labels, and then given to the body: there is room for it twice.
    let labels = size_of::<Labels>() + size_of::<&str>();
    assert!(labelled <= 64 + labels, "it grew by {labelled} bytes");
    assert!(polled <= 2 * (64 + labels), "it grew by {polled} bytes");
    assert!(twice_labelled <= 2 * (64 + labels), "it grew by {twice_labelled} bytes");
}
