//! Says whether the platform can list call sites in a linker section, as `cfg(linked_sites)`.

/// The platforms of `linkme`.
const LINKED: [&str; 10] =
    ["android", "freebsd", "fuchsia", "illumos", "ios", "linux", "macos", "openbsd", "tvos", "windows"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(linked_sites)");
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if LINKED.contains(&system.as_str()) {
        println!("cargo::rustc-cfg=linked_sites");
    }
}
