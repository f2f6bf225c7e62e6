use std::future::Future;

use tachometer::{counted, measured, timed};

struct Tool {
    name: Option<&'static str>,
}

#[counted(name = "a_total", labels(name = tool.name?))]
fn tries(tool: &Tool) -> Option<()> {
    Some(())
}

#[counted(name = "a_total", labels(name = match tool.name { Some(name) => name, None => return }))]
fn returns(tool: &Tool) {}

#[measured(name = "a", labels(name = %wait(tool).await))]
async fn waits(tool: &Tool) {}

fn wait(tool: &Tool) -> impl Future<Output = usize> {
    std::future::ready(tool.name.map_or(0, str::len))
}

#[timed(name = "a_seconds", labels(name = cap(if a { break } else { continue 'outer }, 5)))]
fn breaks(a: bool) {}

#[counted(name = "a_total", labels(name = format!("{:?}", tool.name?), b = matches!(tool.name?, "a" | "b")))]
fn tries_in_a_macro(tool: &Tool) -> Option<()> {
    Some(())
}

// What closures, blocks and loops within the expression do is their own.
#[counted(name = "a_total", labels(
    chars = tool.name.and_then(|name| Some(name.chars().next()?.len_utf8())).unwrap_or(0),
    first = 'a: { if tool.name.is_none() { break 'a "none" } "some" },
    turns = { let mut n = 0u8; loop { n += 1; if n > 3 { break } } n },
    size = size_of_val(&async { wait(tool).await; })
))]
fn stays(tool: &Tool) {}

fn main() {
    tries(&Tool { name: None });
    tries_in_a_macro(&Tool { name: None });
    returns(&Tool { name: None });
    stays(&Tool { name: None });
    breaks(true);
    drop(waits(&Tool { name: None }));
}
