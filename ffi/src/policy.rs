//! Policies as C gives them: text or a file, refused with a reason.

use crate::guard::{ARGUMENT, Failure, bytes, text};
use crate::log::{SIDEWATCH_LOG_WARNING, tell};
use crate::result::{SIDEWATCH_ERROR_FILE, SIDEWATCH_ERROR_POLICY};
use engine::Policy;
use std::ffi::{CStr, OsStr, c_char};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Longest policy file that is read.
const LONGEST: u64 = 16 << 20;

/// Writes the reason for C.
///
/// # Safety
/// `reason` is NULL or points to `size` writable bytes.
pub(crate) unsafe fn refuse(reason: *mut c_char, size: usize, why: &str) {
    // SAFETY: the contract of this function is that of `text`.
    unsafe { text(reason, size, why) };
    if !why.is_empty() {
        tell(SIDEWATCH_LOG_WARNING, &format!("refused: {why}"));
    }
}

/// The policy of that text.
///
/// # Safety
/// `policy` points to `len` bytes, `reason` to `size` writable bytes.
pub(crate) unsafe fn from_text(
    policy: *const u8,
    len: usize,
    reason: *mut c_char,
    size: usize,
) -> Result<Policy, Failure> {
    // SAFETY: the contract of this function is that of `bytes`.
    let policy = unsafe { bytes(policy, len) }?;
    read(policy).map_err(|wrong| {
        // SAFETY: the contract of this function is that of `refuse`.
        unsafe { refuse(reason, size, &format!("policy {wrong}")) };
        Failure(SIDEWATCH_ERROR_POLICY)
    })
}

/// The policy in that file.
///
/// # Safety
/// `path` is NULL or ends in NUL, `reason` points to `size` writable bytes.
pub(crate) unsafe fn from_file(
    path: *const c_char,
    reason: *mut c_char,
    size: usize,
) -> Result<Policy, Failure> {
    if path.is_null() {
        return Err(ARGUMENT);
    }
    // SAFETY: not NULL, and the caller vouches for the NUL at its end.
    let path = unsafe { CStr::from_ptr(path) };
    let (path, shown) = (as_path(path)?, path.to_string_lossy());
    let mut text = Vec::new();
    let opened = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut text));
    let (code, why) = match opened {
        Err(e) => (SIDEWATCH_ERROR_FILE, format!("cannot read {shown}: {e}")),
        Ok(n) if n as u64 > LONGEST => {
            (SIDEWATCH_ERROR_FILE, format!("{shown} is larger than {LONGEST} bytes"))
        }
        Ok(_) => match read(&text) {
            Ok(policy) => return Ok(policy),
            Err(wrong) => (SIDEWATCH_ERROR_POLICY, format!("{shown} {wrong}")),
        },
    };
    // SAFETY: the contract of this function is that of `refuse`.
    unsafe { refuse(reason, size, &why) };
    Err(Failure(code))
}

/// The policy of those bytes, or its place and what is wrong.
fn read(policy: &[u8]) -> Result<Policy, String> {
    let text = std::str::from_utf8(policy).map_err(|e| {
        let line = policy[..e.valid_up_to()].iter().filter(|&&b| b == b'\n').count() + 1;
        format!("line {line}: not UTF-8 at byte {}", e.valid_up_to())
    })?;
    Policy::from_toml(text).map_err(|e| format!("line {}, column {}: {}", e.line(), e.column(), e.reason()))
}

#[cfg(unix)]
fn as_path(path: &CStr) -> Result<&Path, Failure> {
    use std::os::unix::ffi::OsStrExt;
    Ok(Path::new(OsStr::from_bytes(path.to_bytes())))
}

#[cfg(not(unix))]
fn as_path(path: &CStr) -> Result<&Path, Failure> {
    path.to_str().map(|path| Path::new(OsStr::new(path))).map_err(|_| ARGUMENT)
}
