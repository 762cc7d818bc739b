//! What the library tells its host: caught panics, refused policies, engines that were replaced.

use crate::guard::{ARGUMENT, guard};
use std::any::Any;
use std::cell::RefCell;
use std::ffi::{c_char, c_void};
use std::io::Write;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError};

/// A panic was caught: the transaction or connection it happened in has no verdict.
pub const SIDEWATCH_LOG_ERROR: u32 = 1;
/// Something the operator has written was refused; what was there before goes on.
pub const SIDEWATCH_LOG_WARNING: u32 = 2;
/// Something was done as asked: an engine was replaced.
pub const SIDEWATCH_LOG_INFO: u32 = 3;

/// Longest message, in bytes, without its NUL.
const MESSAGE: usize = 1024;

/// Takes messages: the pointer given to sidewatch_log_set, one of SIDEWATCH_LOG_*, and one line of UTF-8 without control
/// characters, `message_len` bytes and a final NUL, valid during the call. No lock is held: it may call the library,
/// but not use the handle whose call it is called from. It may run in several threads at once, and must not throw or
/// longjmp.
#[allow(non_camel_case_types)]
pub type sidewatch_log_callback = Option<
    unsafe extern "C" fn(user_data: *mut c_void, level: u32, message: *const c_char, message_len: usize),
>;

/// Who is told.
#[derive(Clone, Copy)]
struct Receiver {
    callback: sidewatch_log_callback,
    user_data: *mut c_void,
}

// SAFETY: the host vouches that its pointer may be given to its callback from any thread (sidewatch_log_set).
unsafe impl Send for Receiver {}

static RECEIVER: Mutex<Receiver> = Mutex::new(Receiver { callback: None, user_data: std::ptr::null_mut() });
/// The highest level that is told; 0 while there is no callback.
static LEVEL: AtomicU32 = AtomicU32::new(0);
/// Panics caught since the library was loaded.
static PANICS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Where the panic that is on its way through this thread began.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Has the process's messages sent to `callback`, up to `level` (SIDEWATCH_LOG_INFO: all); NULL ends that. There is one
/// callback in the process. Without one, nothing is told but caught panics, on standard error.
/// `user_data` has to stay valid until another callback is set and no call of the library runs in another thread.
///
/// # Safety
/// `callback` is NULL or a function that may be called with `user_data` from every thread that uses the library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_log_set(
    callback: sidewatch_log_callback,
    user_data: *mut c_void,
    level: u32,
) -> i32 {
    guard(|| {
        if callback.is_some() && !(SIDEWATCH_LOG_ERROR..=SIDEWATCH_LOG_INFO).contains(&level) {
            return Err(ARGUMENT);
        }
        watch();
        *RECEIVER.lock().unwrap_or_else(PoisonError::into_inner) = Receiver { callback, user_data };
        LEVEL.store(if callback.is_some() { level } else { 0 }, Ordering::Release);
        Ok(())
    })
}

/// The number of panics that were caught in this process since the library was loaded, in calls of all engines. It should be
/// 0 for ever: anything else is a bug of the library worth a report.
///
/// # Safety
/// `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_panic_count(out: *mut u64) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `set`.
        unsafe { crate::guard::set(out, PANICS.load(Ordering::Relaxed)) }
    })
}

/// Tells the host `message`, as one line.
pub(crate) fn tell(level: u32, message: &str) {
    if level > LEVEL.load(Ordering::Acquire) {
        return;
    }
    // Copied, so that no lock is held while the host runs.
    let Receiver { callback, user_data } = *RECEIVER.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(callback) = callback else { return };
    let mut line = String::with_capacity(message.len().min(MESSAGE) + 1);
    for c in message.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if line.len() + c.len_utf8() > MESSAGE {
            break;
        }
        line.push(c);
    }
    let len = line.len();
    line.push('\0');
    // SAFETY: the host vouches for its callback and its pointer; the line ends in NUL and outlives the call.
    unsafe { callback(user_data, level, line.as_ptr().cast(), len) };
}

/// Remembers the place of each panic from now on: what is caught carries only the message.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    // The closure holds nothing: the hook that was there would be memory that nobody frees.
    ONCE.call_once(|| std::panic::set_hook(Box::new(remember)));
}

fn remember(panic: &PanicHookInfo<'_>) {
    if let Some(at) = panic.location() {
        let place = format!("{}:{}:{}", at.file(), at.line(), at.column());
        _ = PLACE.try_with(|p| p.try_borrow_mut().map(|mut p| *p = place));
    }
}

/// A panic was caught in `call`: counts it and tells the host, or standard error if the host does not listen.
pub(crate) fn caught(call: &str, panic: Box<dyn Any + Send>) {
    PANICS.fetch_add(1, Ordering::Relaxed);
    // Whatever state the process is in by now, no second panic leaves; a payload may panic when it is dropped, too.
    let told = catch_unwind(AssertUnwindSafe(|| {
        let what = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
            (Some(text), _) => text,
            (_, Some(text)) => text.as_str(),
            _ => "no message",
        };
        let place = PLACE.try_with(|p| p.try_borrow_mut().map(|mut p| std::mem::take(&mut *p)));
        let place = place.ok().and_then(Result::ok).unwrap_or_default();
        let message = format!("panic in {}: {what} at {place}", name_of(call));
        if LEVEL.load(Ordering::Acquire) == 0 {
            _ = writeln!(std::io::stderr(), "sidewatch: {message}");
        }
        tell(SIDEWATCH_LOG_ERROR, &message);
        drop(panic);
    }));
    if let Err(second) = told {
        std::mem::forget(second);
    }
}

/// The export's name in the type name of the closure that is its body.
fn name_of(closure: &str) -> &str {
    closure.split("::").find(|part| part.starts_with("sidewatch_")).unwrap_or(closure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_is_named() {
        assert_eq!(name_of("sidewatch::engine::sidewatch_engine_new::{{closure}}"), "sidewatch_engine_new");
        assert_eq!(name_of("other"), "other");
    }
}
