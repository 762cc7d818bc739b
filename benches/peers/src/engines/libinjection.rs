//! libinjection: SQL injection and cross-site scripting, asked of each decoded value. It judges values and nothing else:
//! parsing and decoding the request is not in its time. The C library itself is asked, in the copy that libmodsecurity carries
//! and exports (it is several times quicker than the port to Rust).

use super::{Engine, c_api, libmodsecurity};
use crate::message::Message;
use std::ffi::{CStr, c_char, c_int};
use std::path::Path;

/// `LIBINJECTION_RESULT_TRUE`.
const FOUND: c_int = 1;

c_api! {
    /// From `libinjection.h`. The fingerprint wants 8 bytes.
    Api {
        libinjection_version: fn() -> *const c_char;
        libinjection_sqli: fn(*const u8, usize, *mut c_char) -> c_int;
        libinjection_xss: fn(*const u8, usize) -> c_int;
    }
}

struct Libinjection {
    api: Api,
    /// The file it lies in.
    file: String,
    /// The values of each request of the pool.
    values: Vec<Vec<Vec<u8>>>,
}

/// Loads the library and takes the values out of the requests.
pub fn open(peers: &Path, pool: &[Message]) -> Result<Box<dyn Engine>, String> {
    let file = libmodsecurity(peers)?;
    let api = Api::load(&file)?;
    let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Box::new(Libinjection { api, file, values: pool.iter().map(Message::values).collect() }))
}

impl Engine for Libinjection {
    fn version(&self) -> String {
        // SAFETY: takes nothing.
        let text = unsafe { (self.api.libinjection_version)() };
        // SAFETY: a static text that ends with a NUL.
        let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
        format!("{text} (C, in {})", self.file).trim_start().to_owned()
    }

    fn inspect(&mut self, number: usize, _: &Message) -> bool {
        let mut flagged = false;
        for value in &self.values[number] {
            let mut fingerprint: [c_char; 16] = [0; 16];
            // SAFETY: the pointer points to the value; the fingerprint has room.
            let sqli = unsafe {
                (self.api.libinjection_sqli)(value.as_ptr(), value.len(), fingerprint.as_mut_ptr())
            };
            // SAFETY: as above.
            let xss = unsafe { (self.api.libinjection_xss)(value.as_ptr(), value.len()) };
            flagged |= sqli == FOUND || xss == FOUND;
        }
        flagged
    }
}
