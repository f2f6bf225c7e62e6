//! What the script says, read anew at every call, so that a test can change it while the library is used.
//!
//! | line | means |
//! |---|---|
//! | `gpus 0` | so many GPUs, 2 without |
//! | `driver 999.1` | the driver's version |
//! | `call nvmlDeviceGetPowerUsage 0 return 15` | this call returns this code for this GPU; `*` is any call, or any GPU |
//! | `call * * sleep 300` | it takes so many milliseconds longer |
//! | `call * * hang` | it does not return before the script says something else |
//! | `processes 2` | so many calls for a list of processes fail, because it has grown, before one succeeds |
//! | `total 0` | the GPUs have so many bytes of memory, and use none of them |
//! | `uuids 0 2 1` | the first GPU is the one with this number in its UUID, and so on |
//! | `memory 1073741824` | the process itself is in the list, with so many bytes |
//! | `xid 0 79` | this error of this GPU is reported, once for each such line |

use std::{
    ffi::{CStr, OsStr, c_void},
    fs,
    mem::MaybeUninit,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::LazyLock,
    thread,
    time::Duration,
};

use crate::Code;

/// How often a call that hangs looks whether it still does.
const GLANCE: Duration = Duration::from_millis(5);

/// Where it is, if it is there when the library is first called.
static PATH: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let path = own_path()?.with_extension("script");
    path.exists().then_some(path)
});

pub(crate) fn is_there() -> bool {
    PATH.is_some()
}

/// Does what the script says of a call before it is answered. Tells the code that is the answer, if there is one.
pub(crate) fn interfere(call: &str, gpu: Option<usize>) -> Option<Code> {
    let gpu = gpu.map(|gpu| gpu.to_string());
    let is_meant = |call_or_any: &str, gpu_or_any: &str| {
        (call_or_any == "*" || call_or_any == call) && (gpu_or_any == "*" || gpu.as_deref() == Some(gpu_or_any))
    };
    let mut code = None;
    loop {
        let mut hangs = false;
        let mut pause = Duration::ZERO;
        for line in lines() {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["call", call, gpu, "hang"] => hangs |= is_meant(call, gpu),
                ["call", call, gpu, "sleep", millis] if is_meant(call, gpu) => {
                    pause = Duration::from_millis(number(millis));
                }
                ["call", call, gpu, "return", answer] if is_meant(call, gpu) => code = Some(number(answer) as Code),
                _ => {}
            }
        }
        if !hangs {
            thread::sleep(pause);
            return code;
        }
        thread::sleep(GLANCE);
    }
}

pub(crate) fn gpus() -> u32 {
    value("gpus").map_or(2, |gpus| number(&gpus) as u32)
}

pub(crate) fn driver() -> String {
    value("driver").unwrap_or_else(|| "580.95.05".to_owned())
}

/// The number that stands behind a word.
pub(crate) fn number_of(word: &str) -> Option<u64> {
    value(word).map(|text| number(&text))
}

/// The number in the UUID of the GPU at this place.
pub(crate) fn identity(place: u32) -> u64 {
    let identities = value("uuids").unwrap_or_default();
    identities.split_whitespace().nth(place as usize).map_or(place.into(), number)
}

/// The XIDs so far: a GPU's number and a code each.
pub(crate) fn xids() -> Vec<(u64, u64)> {
    let xid = |line: String| match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["xid", gpu, code] => Some((number(gpu), number(code))),
        _ => None,
    };
    lines().into_iter().filter_map(xid).collect()
}

fn value(word: &str) -> Option<String> {
    let of = |line: String| line.strip_prefix(word)?.strip_prefix(' ').map(|text| text.trim().to_owned());
    lines().into_iter().find_map(of)
}

fn lines() -> Vec<String> {
    let text = PATH.as_ref().and_then(|path| fs::read_to_string(path).ok());
    text.map(|text| text.lines().map(str::to_owned).collect()).unwrap_or_default()
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or_default()
}

/// The file that the library was loaded from.
fn own_path() -> Option<PathBuf> {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    let here: fn() -> Option<PathBuf> = own_path;
    // SAFETY: the address is that of this function, `info` is written if the answer is not 0, and the name is a text of
    // the loader's that lives as long as the library.
    let name = unsafe {
        if libc::dladdr(here as *const c_void, info.as_mut_ptr()) == 0 {
            return None;
        }
        CStr::from_ptr(info.assume_init().dli_fname)
    };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())).to_owned())
}
