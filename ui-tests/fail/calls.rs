//! Mistakes about calls that are measured where they are made.

use tachometer::Calls;

static PLAIN: Calls<()> = Calls::new("plain", &[]);
static KINDS: Calls<(), std::io::Error> = Calls::new("kinds", &[]);
static SUFFIX: Calls<()> = Calls::new("calls_total", &[]);
static NAMELESS: Calls<(u8, bool)> = Calls::new("nameless", &["one"]);
static LABEL: Calls<u8> = Calls::new("label", &["one"]);

fn main() {
    PLAIN.with().measure(|| 7);
    KINDS.with().measure(|| Err::<u8, _>("no kind"));
    PLAIN.with().ok_if(|status: &u16| *status < 500).measure(|| "text");
    drop((&SUFFIX, &NAMELESS, &LABEL));
}
