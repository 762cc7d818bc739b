//! sidewatch through its C ABI, as a module links it: the default policy, one transaction that is reused. It gets the bytes on
//! the wire and parses, decodes and judges in the measured time.

use super::{Engine, c_api};
use crate::message::Message;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::ptr;

/// Upper half of the ABI version this is written for.
const ABI: u32 = 1;
const OK: c_int = 0;
/// `SIDEWATCH_VERDICT_ATTACK`.
const ATTACK: u32 = 2;

c_api! {
    /// From `include/sidewatch.h`.
    Api {
        sidewatch_abi_version: fn() -> u32;
        sidewatch_version: fn() -> *const c_char;
        sidewatch_engine_new: fn(*const u8, usize, *mut c_char, usize, *mut *mut c_void) -> i32;
        sidewatch_engine_free: fn(*mut c_void);
        sidewatch_transaction_new: fn(*const c_void, *mut *mut c_void) -> i32;
        sidewatch_transaction_free: fn(*mut c_void);
        sidewatch_transaction_reset: fn(*mut c_void) -> i32;
        sidewatch_transaction_set_client: fn(*mut c_void, *const u8, usize, u16) -> i32;
        sidewatch_transaction_request_bytes: fn(*mut c_void, *const u8, usize) -> i32;
        sidewatch_transaction_request_end: fn(*mut c_void) -> i32;
        sidewatch_transaction_verdict: fn(*mut c_void, *mut u32) -> i32;
    }
}

struct Sidewatch {
    api: Api,
    transaction: *mut c_void,
}

/// Loads the library and makes a transaction.
pub fn open(library: &Path) -> Result<Box<dyn Engine>, String> {
    let api = Api::load(library)?;
    // SAFETY: takes nothing.
    let abi = unsafe { (api.sidewatch_abi_version)() };
    if abi >> 16 != ABI {
        return Err(format!("{}: ABI {} where {ABI} is wanted", library.display(), abi >> 16));
    }
    let (mut engine, mut transaction) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: an empty policy and no reason buffer may be NULL with length 0; `engine` is writable.
    let made = unsafe { (api.sidewatch_engine_new)(ptr::null(), 0, ptr::null_mut(), 0, &mut engine) };
    if made != OK {
        return Err(format!("sidewatch_engine_new: {made}"));
    }
    // SAFETY: the engine was just made; `transaction` is writable.
    let made = unsafe { (api.sidewatch_transaction_new)(engine, &mut transaction) };
    // SAFETY: made above, used no more: a transaction keeps what it needs of its engine.
    unsafe { (api.sidewatch_engine_free)(engine) };
    if made != OK {
        return Err(format!("sidewatch_transaction_new: {made}"));
    }
    Ok(Box::new(Sidewatch { api, transaction }))
}

impl Engine for Sidewatch {
    fn version(&self) -> String {
        // SAFETY: takes nothing.
        let text = unsafe { (self.api.sidewatch_version)() };
        // SAFETY: a static text that ends with a NUL, says the header.
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    }

    #[allow(clippy::multiple_unsafe_ops_per_block)] // one sequence of calls, as a host makes them
    fn inspect(&mut self, _: usize, message: &Message) -> bool {
        const CLIENT: &[u8] = b"192.0.2.7";
        let (api, transaction, raw) = (&self.api, self.transaction, &message.raw);
        let mut verdict = 0;
        // SAFETY: the transaction is live and used here alone; each pointer points to its length of bytes.
        let results = unsafe {
            [
                (api.sidewatch_transaction_reset)(transaction),
                (api.sidewatch_transaction_set_client)(transaction, CLIENT.as_ptr(), CLIENT.len(), 40312),
                (api.sidewatch_transaction_request_bytes)(transaction, raw.as_ptr(), raw.len()),
                (api.sidewatch_transaction_request_end)(transaction),
                (api.sidewatch_transaction_verdict)(transaction, &mut verdict),
            ]
        };
        assert_eq!(results, [OK; 5], "sidewatch failed");
        verdict == ATTACK
    }
}

impl Drop for Sidewatch {
    fn drop(&mut self) {
        // SAFETY: made in `open`, used no more.
        unsafe { (self.api.sidewatch_transaction_free)(self.transaction) };
    }
}
