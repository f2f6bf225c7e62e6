use tachometer::counted;

#[counted(name = 5)]
fn number_as_name() {}

#[counted(name)]
fn no_value() {}

#[counted(name =)]
fn nothing_after_equals() {}

#[counted(name("x_total"))]
fn name_as_list() {}

#[counted("x_total")]
fn no_key() {}

#[counted(name = "x_total" help = "Help.")]
fn no_comma() {}

#[counted(name = "x_total", name = "y_total", result, result)]
fn twice() -> Option<()> {
    None
}

#[counted(name = "x_total", help = HELP, result = true, crate = "tachometer")]
fn wrong_values() {}

#[counted(buckets = [0.1], labels(a), help = "Help.", result)]
fn needs_name(a: u8) -> Option<()> {
    Some(drop(a))
}

fn main() {
    // Every function is still there, so these are no further errors.
    number_as_name();
    no_value();
    nothing_after_equals();
    name_as_list();
    no_key();
    no_comma();
    twice();
    wrong_values();
    needs_name(1);
}
