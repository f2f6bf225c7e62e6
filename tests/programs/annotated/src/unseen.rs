//! A module that no program names. A linker would leave it out.

use tachometer::counted;

/// A function that nobody calls.
#[counted(name = "annotated_unseen_total")]
pub fn unseen() {}

#[counted(name = "annotated_private_total")]
#[expect(dead_code, reason = "it is seen nevertheless")]
fn private() {}
