//! All call sites that are linked into the program: each stands in a section of the binary which the linker knows the ends of.
//!
//! It is done here, as `linkme` does it, and not by `linkme`: its attribute is a procedural macro for each site, and makes
//! three functions more for the compiler to check.

use super::Site;

/// All call sites that are linked into the program.
///
/// Empty where the platform has no such list (wasm, Miri) and inside a Rust `dylib`; there a site joins at its first
/// call.
pub(crate) fn all() -> &'static [Site] {
    #[cfg(any(linked_sites = "elf", linked_sites = "mach_o", linked_sites = "pe"))]
    // Miri has no linker.
    if !cfg!(miri) {
        return ends::between();
    }
    &[]
}

/// Declares a static that is in the list. The section's name carries the version: two versions of this crate can be in one
/// program, and each has a list of its own.
#[cfg(linked_sites = "elf")]
#[doc(hidden)]
#[macro_export]
macro_rules! __listed {
    ($name:ident $source:expr, $declaration:expr) => {
        #[used]
        #[unsafe(link_section = "set_tachometer_0_1")]
        static $name: $crate::__private::Site = $crate::__private::Site {
            source: $source,
            declaration: $declaration,
            found: $crate::__private::Found::NOTHING,
        };
    };
}

/// The same for Apple's linker, which counts on sixteen letters.
#[cfg(linked_sites = "mach_o")]
#[doc(hidden)]
#[macro_export]
macro_rules! __listed {
    ($name:ident $source:expr, $declaration:expr) => {
        #[used]
        #[unsafe(link_section = "__DATA,__tachomet_0_1,regular,no_dead_strip")]
        static $name: $crate::__private::Site = $crate::__private::Site {
            source: $source,
            declaration: $declaration,
            found: $crate::__private::Found::NOTHING,
        };
    };
}

/// The same for Microsoft's, which puts parts of a section in the order of what stands behind `$`.
#[cfg(linked_sites = "pe")]
#[doc(hidden)]
#[macro_export]
macro_rules! __listed {
    ($name:ident $source:expr, $declaration:expr) => {
        #[used]
        #[unsafe(link_section = ".tachometer_0_1$b")]
        static $name: $crate::__private::Site = $crate::__private::Site {
            source: $source,
            declaration: $declaration,
            found: $crate::__private::Found::NOTHING,
        };
    };
}

/// Where there is no such list, a site is known from its first call on.
#[cfg(not(any(linked_sites = "elf", linked_sites = "mach_o", linked_sites = "pe")))]
#[doc(hidden)]
#[macro_export]
macro_rules! __listed {
    ($name:ident $source:expr, $declaration:expr) => {
        static $name: $crate::__private::Site = $crate::__private::Site {
            source: $source,
            declaration: $declaration,
            found: $crate::__private::Found::NOTHING,
        };
    };
}

#[cfg(any(linked_sites = "elf", linked_sites = "mach_o"))]
mod ends {
    use std::{ptr, slice};

    use crate::call::site::Site;

    unsafe extern "Rust" {
        #[cfg_attr(linked_sites = "elf", link_name = "__start_set_tachometer_0_1")]
        #[cfg_attr(linked_sites = "mach_o", link_name = "\x01section$start$__DATA$__tachomet_0_1")]
        static START: [Site; 0];

        #[cfg_attr(linked_sites = "elf", link_name = "__stop_set_tachometer_0_1")]
        #[cfg_attr(linked_sites = "mach_o", link_name = "\x01section$end$__DATA$__tachomet_0_1")]
        static STOP: [Site; 0];
    }

    // Of a section that is not there, the linker knows no ends.
    #[cfg(linked_sites = "elf")]
    #[used]
    #[unsafe(link_section = "set_tachometer_0_1")]
    static NONE: [Site; 0] = [];

    pub(super) fn between() -> &'static [Site] {
        let (start, stop) = (ptr::addr_of!(START).cast::<Site>(), ptr::addr_of!(STOP).cast::<Site>());
        let count = (stop.addr() - start.addr()) / size_of::<Site>();
        // SAFETY: between the ends of the section stand statics of this type and nothing else, one behind the other: it is
        // filled by `__listed` alone, and its name is that of this version.
        unsafe { slice::from_raw_parts(start, count) }
    }
}

#[cfg(linked_sites = "pe")]
mod ends {
    use std::{hint, mem::MaybeUninit, ptr, slice};

    use crate::call::site::Site;

    // As large as a site, since the linker may fill up what is empty.
    #[unsafe(link_section = ".tachometer_0_1$a")]
    static START: MaybeUninit<Site> = MaybeUninit::uninit();

    #[unsafe(link_section = ".tachometer_0_1$c")]
    static STOP: MaybeUninit<Site> = MaybeUninit::uninit();

    pub(super) fn between() -> &'static [Site] {
        // Hidden from the compiler, to which nothing stands behind a static.
        let start = hint::black_box(ptr::addr_of!(START)).cast::<Site>().wrapping_add(1);
        let stop = ptr::addr_of!(STOP).cast::<Site>();
        let count = (stop.addr() - start.addr()) / size_of::<Site>();
        // SAFETY: between the two stand statics of this type and nothing else, one behind the other: the section is filled
        // by `__listed` alone, and its name is that of this version.
        unsafe { slice::from_raw_parts(start, count) }
    }
}
