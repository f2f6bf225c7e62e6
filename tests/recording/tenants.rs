//! Which series the tenants of the tokens file get from the guard.

use tachometer::{Policy, families::Value};
use tempfile::NamedTempFile;

#[test]
fn what_is_cut_off_is_not_taken_for_a_tenant() {
    let tokens = NamedTempFile::new().expect("temporary files can be made");
    std::fs::write(tokens.path(), "a = \"acme\"\nb = \"acme-industries\"\n").expect("there is room");
    let builder = tachometer::builder().no_listener().guard(Policy::default().value_bytes(4));
    let installed = builder.tokens_file(tokens.path()).tenant_label("org").install();
    let telemetry = installed.expect("nothing stands in the way");
    for org in ["acme", "acme-industries", "acme-evil"] {
        metrics::counter!("owned_total", "org" => org, "tool" => "hammer").increment(1);
    }
    let count = |org| match telemetry.snapshot().get("owned_total", &[("org", org), ("tool", "hamm")]) {
        Some(Value::Counter(count)) => count,
        _ => 0,
    };
    assert_eq!(["acme", "acme-industries", "acme-evil"].map(count), [1, 1, 0]);
    assert_eq!(count("other"), 1, "nothing is lost");
}
