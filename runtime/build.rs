//! Says whether and how the platform can list call sites in a linker section, as `cfg(linked_sites)`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(linked_sites, values(\"elf\", \"mach_o\", \"pe\"))");
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let format = match system.as_str() {
        "android" | "freebsd" | "fuchsia" | "illumos" | "linux" | "openbsd" => "elf",
        "ios" | "macos" | "tvos" => "mach_o",
        "windows" => "pe",
        _ => return,
    };
    println!("cargo::rustc-cfg=linked_sites=\"{format}\"");
}
