use tachometer::{Slo, slo::ms};

const NAMELESS: Slo = Slo::new("");
const ALL: Slo = Slo::new("checkout").success_rate(100.0);
const NONE: Slo = Slo::new("checkout").success_rate(-0.25);
const FRACTION: Slo = Slo::new("checkout").latency(ms(250), f64::NAN);
const TOO_MANY: Slo = Slo::new("checkout").latency(ms(250), 100.007);

fn main() {}
