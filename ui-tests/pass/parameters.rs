//! Label types with the parameters of an `impl` block, which an attribute on the block can see.

use tachometer::{FiniteLabel, Label, LabelValue, counted, measured};

#[derive(Clone, Copy, Label)]
enum Way {
    In,
    Out,
}

struct Gate<Traveller>(Traveller);

#[measured(name = "gate")]
impl<Traveller: FiniteLabel, const LANES: usize> Gate<[Traveller; LANES]> {
    #[counted(name = "passes_total", labels(traveller))]
    fn pass(&self, traveller: &Traveller) {
        let _ = (traveller, &self.0);
    }
}

#[measured(name = "counts", labels(item, way))]
impl<Thing: LabelValue + Clone> Gate<Option<Thing>> {
    fn count(&self, item: Thing, way: Way) {
        let _ = (item, way, &self.0);
    }
}

fn main() {
    Gate([Way::In, Way::Out]).pass(&Way::In);
    Gate(Some(1_u8)).count(2, Way::Out);
}
