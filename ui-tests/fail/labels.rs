use tachometer::{counted, measured, timed};

struct Index {
    model: String,
}

impl Index {
    #[counted(name = "a_total", labels(self.model, "tenant", self, type))]
    fn no_names(&self, tenant: &str) -> usize {
        self.model.len() + tenant.len()
    }
}

#[counted(name = "a_total", labels())]
fn empty() {}

#[counted(name = "a_total", labels = [a])]
fn no_list(a: u8) -> u8 {
    a
}

#[counted(name = "a_total", labels(a, b = a, a = b, r#type = a, type = b, c d))]
fn twice(a: u8, b: u8) -> u8 {
    a + b
}

#[measured(name = "a", labels(result = a, kind =), result)]
fn result_twice(a: bool) -> Option<()> {
    a.then_some(())
}

#[timed(name = "a_seconds", labels(le = a))]
fn bucket_label(a: bool) -> bool {
    a
}

#[counted(name = "a_total", labels(quantile = a))]
fn quantile_label(a: bool) -> bool {
    a
}

#[counted(name = "a_total", labels(a, __a = a))]
fn reserved_label(a: bool) -> bool {
    a
}

#[counted(name = "a_total", result, labels(
    l1 = 1, l2 = 1, l3 = 1, l4 = 1, l5 = 1, l6 = 1, l7 = 1, l8 = 1, l9 = 1, l10 = 1, l11 = 1,
    l12 = 1, l13 = 1, l14 = 1, l15 = 1, l16 = 1, l17 = 1, l18 = 1, l19 = 1, l20 = 1, l21 = 1,
    l22 = 1, l23 = 1, l24 = 1, l25 = 1, l26 = 1, l27 = 1, l28 = 1, l29 = 1, l30 = 1, l31 = 1,
    l32 = 1,
))]
fn many() -> Option<u8> {
    None
}

fn main() {
    empty();
}
