//! The engines, one file each.
//!
//! In comes a request of the pool ([`Message`]: its bytes, and its parts already taken apart); out goes whether the engine calls
//! it an attack. What an engine's users do before they call it (parsing, decoding, building its objects) is done in `open`,
//! outside the measured time; what it does itself is measured. Each peer is opened when this runs, by the file names under
//! which its package installs it; one that is not there is told as missing.
//!
//! To add one: a file with `open`, a name in [`NAMES`], an arm in [`open`], its installation in `scripts/bench-peers.sh`.

mod floor;
mod libddwaf;
mod libinjection;
mod modsecurity;
mod sidewatch;

use crate::message::Message;
use std::path::{Path, PathBuf};

/// All of them, in the order of the table.
pub const NAMES: &[&str] = &["sidewatch", "modsecurity", "libddwaf", "libinjection", "httparse", "memcpy"];

/// What takes a request.
pub trait Engine {
    /// Its version, and that of its rules.
    fn version(&self) -> String;
    /// Judges request `number` of the pool.
    fn inspect(&mut self, number: usize, message: &Message) -> bool;
}

/// An engine, or why it is missing.
pub struct Slot {
    /// Its name in the table.
    pub name: &'static str,
    /// Itself.
    pub engine: Result<Box<dyn Engine>, String>,
}

/// Opens an engine by name.
pub fn open(name: &'static str, library: &Path, peers: &Path, pool: &[Message]) -> Slot {
    let engine = match name {
        "sidewatch" => sidewatch::open(library),
        "modsecurity" => modsecurity::open(peers),
        "libddwaf" => libddwaf::open(peers, pool),
        "libinjection" => libinjection::open(peers, pool),
        "httparse" => Ok(floor::httparse()),
        _ => Ok(floor::memcpy(pool)),
    };
    // The script leaves a note of why an installation failed.
    let note = std::fs::read_to_string(peers.join(format!("{name}.missing")));
    Slot { name, engine: engine.map_err(|reason| note.map_or(reason, |note| note.trim().to_owned())) }
}

/// The file under `folder` whose name begins so.
fn file_in(folder: &Path, begins: &str) -> Result<PathBuf, String> {
    std::fs::read_dir(folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(begins)))
        .ok_or_else(|| format!("{}: no {begins}*", folder.display()))
}

/// Where the package of libmodsecurity has its libraries.
const LIBRARIES: &str = "libmodsecurity/libmodsecurity.libs";

fn libmodsecurity(peers: &Path) -> Result<PathBuf, String> {
    file_in(&peers.join(LIBRARIES), "libmodsecurity")
}

/// Declares functions of a C library: a struct of function pointers, and `load`, which fills it.
macro_rules! c_api {
    ($(#[$doc:meta])* $api:ident { $($function:ident: fn($($argument:ty),*) $(-> $result:ty)?;)* }) => {
        $(#[$doc])*
        #[allow(non_snake_case)] // names of C
        struct $api {
            $($function: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
            /// Keeps the functions where they are.
            _library: libloading::Library,
        }
        impl $api {
            fn load(file: &std::path::Path) -> Result<$api, String> {
                let told = |e: libloading::Error| format!("{}: {e}", file.display());
                // SAFETY: a library of a package that was installed for this; its initialisers run as in any host.
                let library = unsafe { libloading::Library::new(file) }.map_err(told)?;
                Ok($api {
                    $($function: {
                        let name = concat!(stringify!($function), "\0").as_bytes();
                        // SAFETY: the type is the one that the library's header or documentation declares.
                        let symbol = unsafe { library.get::<unsafe extern "C" fn($($argument),*) $(-> $result)?>(name) };
                        let symbol = symbol.map_err(told)?;
                        *symbol
                    },)*
                    _library: library,
                })
            }
        }
    };
}
pub(crate) use c_api;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_installed_is_missing_with_a_reason() {
        let nowhere = Path::new("/nowhere");
        for name in ["sidewatch", "modsecurity", "libddwaf", "libinjection"] {
            let slot = open(name, &nowhere.join("lib.so"), nowhere, &[]);
            assert!(slot.engine.err().is_some_and(|reason| reason.contains("nowhere")), "{name}");
        }
    }

    #[test]
    fn the_floor_is_always_there() {
        let raw = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec();
        let pool = [Message::parse(raw).unwrap()];
        for name in ["httparse", "memcpy"] {
            let mut engine = open(name, Path::new(""), Path::new(""), &pool).engine.ok().unwrap();
            assert!(!engine.inspect(0, &pool[0]), "{name}");
        }
    }
}
