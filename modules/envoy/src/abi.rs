//! Envoy's ABI for dynamic modules, as far as an HTTP filter needs it: the declarations, the hooks, and nothing else that
//! is unsafe. The facts are those of `source/extensions/dynamic_modules/abi/abi.h` of Envoy 1.40 (ABI v0.2.0); structures
//! are `repr(C)` pairs of pointer and length.
//!
//! Every hook runs inside [`boundary`]. Envoy calls the hooks of one stream one after the other on the thread of its
//! worker, but a callback that answers the client may call hooks of the same stream before it returns: so an answer is
//! sent only after the reference to the exchange is gone.

use crate::config::Settings;
use crate::exchange::{End, Exchange, Step};
use crate::host::{Attribute, Body, Counter, Counters, Fields, Host, Section};
use crate::worker::Worker;
use smallvec::SmallVec;
use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{null, null_mut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The ABI this file is written against, as Envoy compares it.
const ABI_VERSION: &std::ffi::CStr = c"v0.2.0";

const LOG_ERROR: u32 = 4;
const LOG_CRITICAL: u32 = 5;

/// What a hook for a head or trailers answers.
const CONTINUE: u32 = 0;
const STOP: u32 = 1;
/// What a hook for a piece of body answers besides [`CONTINUE`].
const BODY_STOP_AND_WATERMARK: u32 = 2;
const BODY_STOP_NO_BUFFER: u32 = 3;

/// Bytes of Envoy or of the module.
#[repr(C)]
#[derive(Clone, Copy)]
struct Buffer {
    data: *const u8,
    len: usize,
}

/// A field of a message.
#[repr(C)]
#[derive(Clone, Copy)]
struct Field {
    name: Buffer,
    value: Buffer,
}

unsafe extern "C" {
    fn envoy_dynamic_module_callback_log(level: u32, message: Buffer);
    fn envoy_dynamic_module_callback_http_filter_config_define_counter(
        config: *mut c_void,
        name: Buffer,
        label_names: *mut Buffer,
        label_names_len: usize,
        number: *mut usize,
    ) -> u32;
    fn envoy_dynamic_module_callback_http_filter_increment_counter(
        filter: *mut c_void,
        number: usize,
        label_values: *mut Buffer,
        label_values_len: usize,
        by: u64,
    ) -> u32;
    fn envoy_dynamic_module_callback_http_get_headers_size(filter: *mut c_void, section: u32) -> usize;
    fn envoy_dynamic_module_callback_http_get_headers(
        filter: *mut c_void,
        section: u32,
        out: *mut Field,
    ) -> bool;
    fn envoy_dynamic_module_callback_http_get_body_chunks_size(filter: *mut c_void, body: u32) -> usize;
    fn envoy_dynamic_module_callback_http_get_body_chunks(
        filter: *mut c_void,
        body: u32,
        out: *mut Buffer,
    ) -> bool;
    fn envoy_dynamic_module_callback_http_filter_get_attribute_string(
        filter: *mut c_void,
        attribute: u32,
        out: *mut Buffer,
    ) -> bool;
    fn envoy_dynamic_module_callback_http_filter_get_attribute_int(
        filter: *mut c_void,
        attribute: u32,
        out: *mut u64,
    ) -> bool;
    fn envoy_dynamic_module_callback_http_get_buffer_limit(filter: *mut c_void) -> u64;
    fn envoy_dynamic_module_callback_http_set_dynamic_metadata_string(
        filter: *mut c_void,
        namespace: Buffer,
        key: Buffer,
        value: Buffer,
    );
    fn envoy_dynamic_module_callback_http_send_response(
        filter: *mut c_void,
        status: u32,
        headers: *mut Field,
        headers_len: usize,
        body: Buffer,
        details: Buffer,
    );
    fn envoy_dynamic_module_callback_http_send_response_headers(
        filter: *mut c_void,
        headers: *mut Field,
        headers_len: usize,
        end: bool,
    );
}

impl Buffer {
    fn of(bytes: &[u8]) -> Buffer {
        Buffer { data: bytes.as_ptr(), len: bytes.len() }
    }

    const EMPTY: Buffer = Buffer { data: null(), len: 0 };

    /// The bytes.
    ///
    /// # Safety
    /// They are readable and do not change for as long as the slice is used.
    unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.data.is_null() || self.len == 0 {
            return &[];
        }
        // SAFETY: not NULL, and readable by the contract of this function.
        unsafe { std::slice::from_raw_parts(self.data, self.len) }
    }
}

/// A stream during one hook. Slices borrowed from it end before the hook does, which is as long as Envoy keeps them.
struct Stream<'c> {
    filter: *mut c_void,
    counters: &'c Counters,
}

impl Host for Stream<'_> {
    fn fields(&self, section: Section) -> Fields<'_> {
        // SAFETY: the pointer is that of a live filter, during a hook of it.
        let len = unsafe { envoy_dynamic_module_callback_http_get_headers_size(self.filter, section as u32) };
        let mut raw: SmallVec<[Field; 32]> =
            SmallVec::from_elem(Field { name: Buffer::EMPTY, value: Buffer::EMPTY }, len);
        // SAFETY: as above, and there is room for the number of fields just told.
        let there = len > 0
            && unsafe {
                envoy_dynamic_module_callback_http_get_headers(self.filter, section as u32, raw.as_mut_ptr())
            };
        let fields = raw.iter().filter(|_| there);
        fields
            .map(|f| {
                // SAFETY: Envoy keeps names until the hook ends, as nobody changes the fields.
                let name = unsafe { f.name.bytes() };
                // SAFETY: and values.
                let value = unsafe { f.value.bytes() };
                (name, value)
            })
            .collect()
    }

    fn body(&self, body: Body) -> SmallVec<[&[u8]; 8]> {
        // SAFETY: the pointer is that of a live filter, during a hook of it.
        let len =
            unsafe { envoy_dynamic_module_callback_http_get_body_chunks_size(self.filter, body as u32) };
        let mut raw: SmallVec<[Buffer; 8]> = SmallVec::from_elem(Buffer::EMPTY, len);
        // SAFETY: as above, and there is room for the number of regions just told.
        let there = len > 0
            && unsafe {
                envoy_dynamic_module_callback_http_get_body_chunks(self.filter, body as u32, raw.as_mut_ptr())
            };
        let regions = raw.iter().filter(|_| there);
        // SAFETY: Envoy keeps the regions until the hook ends, as nobody changes the body.
        regions.map(|r| unsafe { r.bytes() }).collect()
    }

    fn text(&self, attribute: Attribute) -> Option<&[u8]> {
        let mut out = Buffer::EMPTY;
        // SAFETY: the pointer is that of a live filter, during a hook of it; the result goes to a local.
        let there = unsafe {
            envoy_dynamic_module_callback_http_filter_get_attribute_string(
                self.filter,
                attribute as u32,
                &raw mut out,
            )
        };
        // SAFETY: Envoy keeps the text until the hook ends.
        there.then(|| unsafe { out.bytes() })
    }

    fn number(&self, attribute: Attribute) -> Option<u64> {
        let mut out = 0;
        // SAFETY: the pointer is that of a live filter, during a hook of it; the result goes to a local.
        let there = unsafe {
            envoy_dynamic_module_callback_http_filter_get_attribute_int(
                self.filter,
                attribute as u32,
                &raw mut out,
            )
        };
        there.then_some(out)
    }

    fn buffer_limit(&self) -> u64 {
        // SAFETY: the pointer is that of a live filter, during a hook of it.
        unsafe { envoy_dynamic_module_callback_http_get_buffer_limit(self.filter) }
    }

    fn count(&self, counter: Counter) {
        if let Some(number) = self.counters[counter as usize] {
            // SAFETY: the pointer is that of a live filter, during a hook of it; the counter has no labels.
            unsafe {
                envoy_dynamic_module_callback_http_filter_increment_counter(
                    self.filter,
                    number,
                    null_mut(),
                    0,
                    1,
                )
            };
        }
    }

    fn set_metadata(&self, key: &str, value: &[u8]) {
        let (namespace, key) = (Buffer::of(b"sidewatch"), Buffer::of(key.as_bytes()));
        // SAFETY: the pointer is that of a live filter, during a hook of it; Envoy copies the texts.
        unsafe {
            envoy_dynamic_module_callback_http_set_dynamic_metadata_string(
                self.filter,
                namespace,
                key,
                Buffer::of(value),
            );
        };
    }

    fn log_error(&self, message: &str) {
        log(LOG_ERROR, message);
    }
}

fn log(level: u32, message: &str) {
    let message = format!("sidewatch: {message}");
    // SAFETY: Envoy copies the text.
    unsafe { envoy_dynamic_module_callback_log(level, Buffer::of(message.as_bytes())) };
}

/// Runs the body of a hook: a panic that got so far becomes `otherwise`.
fn boundary<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(otherwise)
}

/// Tells Envoy's log of a panic, at most once a second: a request that provokes one may come often.
fn tell_panic(info: &std::panic::PanicHookInfo<'_>) {
    static SECOND: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |d| d.as_secs());
    if SECOND.swap(now, Ordering::Relaxed) != now {
        log(LOG_CRITICAL, &format!("caught a panic, please report it; the request has no verdict: {info}"));
    }
}

/// What Envoy holds for a configuration.
struct Config {
    settings: Arc<Settings>,
    counters: Counters,
}

/// What Envoy holds for a stream.
struct Filter {
    exchange: Exchange,
    counters: Counters,
}

/// The module is loaded: tells the ABI it was made for.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_program_init() -> *const c_char {
    boundary(null(), || {
        std::panic::set_hook(Box::new(tell_panic));
        ABI_VERSION.as_ptr()
    })
}

/// A configuration is loaded; NULL refuses it, and Envoy keeps the one it has.
///
/// # Safety
/// Called by Envoy: the pointer is that of the new configuration, the buffers are readable.
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_config_new(
    envoy: *mut c_void,
    _name: Buffer,
    config: Buffer,
) -> *const c_void {
    boundary(null(), || {
        // SAFETY: readable during this call by the contract of this function.
        let json = unsafe { config.bytes() };
        let settings = match Settings::read(json) {
            Ok(settings) => Arc::new(settings),
            Err(reason) => {
                log(LOG_ERROR, &format!("configuration refused: {reason}"));
                return null();
            }
        };
        let counters = Counter::NAMES.map(|name| {
            let (name, mut number) = (Buffer::of(name.as_bytes()), 0);
            // SAFETY: the configuration is being made; Envoy copies the name and writes the number to a local.
            let result = unsafe {
                envoy_dynamic_module_callback_http_filter_config_define_counter(
                    envoy,
                    name,
                    null_mut(),
                    0,
                    &raw mut number,
                )
            };
            (result == 0).then_some(number)
        });
        Box::into_raw(Box::new(Config { settings, counters })).cast_const().cast()
    })
}

/// A configuration is dropped: no new stream uses it.
///
/// # Safety
/// Called by Envoy with a pointer that `config_new` gave, once.
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_config_destroy(config: *const c_void) {
    boundary((), || {
        if config.is_null() {
            return;
        }
        // SAFETY: `config_new` made it, and nobody uses it after this call.
        let config = unsafe { Box::from_raw(config.cast_mut().cast::<Config>()) };
        config.settings.closed.store(true, Ordering::Relaxed);
    });
}

/// A stream begins. NULL would close it, so there is always an exchange unless memory has run out.
///
/// # Safety
/// Called by Envoy with a live configuration of `config_new`, on the thread that all hooks of the stream are called on.
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_new(
    config: *const c_void,
    _envoy: *mut c_void,
) -> *const c_void {
    boundary(null(), || {
        // SAFETY: a live configuration, which nobody changes.
        let config = unsafe { &*config.cast::<Config>() };
        let exchange = Exchange::new(Worker::of(&config.settings));
        Box::into_raw(Box::new(Filter { exchange, counters: config.counters })).cast_const().cast()
    })
}

/// A stream is gone.
///
/// # Safety
/// Called by Envoy with a pointer that `new` gave, once.
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_destroy(filter: *const c_void) {
    boundary((), || {
        if !filter.is_null() {
            // SAFETY: `new` made it, and nobody uses it after this call.
            drop(unsafe { Box::from_raw(filter.cast_mut().cast::<Filter>()) });
        }
    });
}

/// Runs a hook of a stream.
///
/// # Safety
/// Called by Envoy: `filter` is its stream, `module` what `new` gave for it, and no other hook of the stream is running.
unsafe fn hook<T>(
    filter: *mut c_void,
    module: *const c_void,
    otherwise: T,
    body: impl FnOnce(&mut Exchange, &Stream<'_>) -> T,
) -> T {
    boundary(otherwise, || {
        // SAFETY: live, and used by nobody else until this call returns, by the contract of this function.
        let Filter { exchange, counters } = unsafe { &mut *module.cast_mut().cast::<Filter>() };
        body(exchange, &Stream { filter, counters })
    })
}

/// Sends the answer, if there is one. No reference to the exchange may live: Envoy may end the stream in here.
///
/// # Safety
/// Called during a hook of the stream `filter`.
unsafe fn answer(filter: *mut c_void, step: Step) {
    match step {
        Step::Answer(status) => {
            let details: &[u8] =
                if status == 204 { b"sidewatch_mirror_target" } else { b"sidewatch_blocked" };
            // SAFETY: a live stream during a hook; there are no headers, and Envoy copies the texts.
            unsafe {
                envoy_dynamic_module_callback_http_send_response(
                    filter,
                    status.into(),
                    null_mut(),
                    0,
                    Buffer::EMPTY,
                    Buffer::of(details),
                );
            };
        }
        Step::AnswerGrpc(status) => {
            let status = status.to_string();
            let mut fields = [
                (&b":status"[..], &b"200"[..]),
                (b"content-type", b"application/grpc"),
                (b"grpc-status", status.as_bytes()),
                (b"grpc-message", b"refused"),
            ]
            .map(|(name, value)| Field { name: Buffer::of(name), value: Buffer::of(value) });
            // SAFETY: a live stream during a hook, whose answer has not begun; Envoy copies the fields.
            unsafe {
                envoy_dynamic_module_callback_http_send_response_headers(
                    filter,
                    fields.as_mut_ptr(),
                    fields.len(),
                    true,
                );
            };
        }
        Step::Go | Step::Hold | Step::Drop => {}
    }
}

/// The request's head.
///
/// # Safety
/// As for [`hook`].
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_request_headers(
    filter: *mut c_void,
    module: *const c_void,
    end: bool,
) -> u32 {
    // SAFETY: the contracts are the same.
    let step = unsafe { hook(filter, module, Step::Go, |x, host| x.request_head(host, End::from(end))) };
    // SAFETY: during a hook of this stream.
    unsafe { answer(filter, step) };
    if step == Step::Go { CONTINUE } else { STOP }
}

/// A piece of the request's body.
///
/// # Safety
/// As for [`hook`].
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_request_body(
    filter: *mut c_void,
    module: *const c_void,
    end: bool,
) -> u32 {
    // SAFETY: the contracts are the same.
    let step = unsafe { hook(filter, module, Step::Go, |x, host| x.request_body(host, End::from(end))) };
    // SAFETY: during a hook of this stream.
    unsafe { answer(filter, step) };
    match step {
        Step::Go => CONTINUE,
        // Kept by Envoy; beyond its limit it stops reading, where plain buffering would answer 413.
        Step::Hold => BODY_STOP_AND_WATERMARK,
        Step::Drop | Step::Answer(_) | Step::AnswerGrpc(_) => BODY_STOP_NO_BUFFER,
    }
}

/// The request's trailers.
///
/// # Safety
/// As for [`hook`].
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_request_trailers(
    filter: *mut c_void,
    module: *const c_void,
) -> u32 {
    // SAFETY: the contracts are the same.
    let step = unsafe { hook(filter, module, Step::Go, |x, host| x.request_trailers(host)) };
    // SAFETY: during a hook of this stream.
    unsafe { answer(filter, step) };
    if step == Step::Go { CONTINUE } else { STOP }
}

/// The response's head.
///
/// # Safety
/// As for [`hook`].
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_response_headers(
    filter: *mut c_void,
    module: *const c_void,
    end: bool,
) -> u32 {
    // SAFETY: the contracts are the same.
    unsafe { hook(filter, module, (), |x, host| x.response_head(host, End::from(end))) };
    CONTINUE
}

/// A piece of the response's body.
///
/// # Safety
/// As for [`hook`].
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_response_body(
    filter: *mut c_void,
    module: *const c_void,
    end: bool,
) -> u32 {
    // SAFETY: the contracts are the same.
    unsafe { hook(filter, module, (), |x, host| x.response_body(host, End::from(end))) };
    CONTINUE
}

/// The response's trailers.
///
/// # Safety
/// As for [`hook`].
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_response_trailers(
    filter: *mut c_void,
    module: *const c_void,
) -> u32 {
    // SAFETY: the contracts are the same.
    unsafe { hook(filter, module, (), |x, host| x.response_trailers(host)) };
    CONTINUE
}

/// The stream is over; access logs are written next.
///
/// # Safety
/// As for [`hook`].
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_stream_complete(
    filter: *mut c_void,
    module: *const c_void,
) {
    // SAFETY: the contracts are the same.
    unsafe { hook(filter, module, (), |x, host| x.complete(host)) };
}

/// Hooks that Envoy wants every module to have, and that this one has no use for: it calls nobody out, schedules nothing
/// and writes no answers of more than one piece.
macro_rules! unused {
    ($($name:ident($($kind:ty),*);)+) => {
        $(
            #[doc = "Does nothing."]
            #[unsafe(no_mangle)]
            extern "C" fn $name(_filter: *mut c_void, _module: *const c_void $(, _: $kind)*) {}
        )+
    };
}

unused! {
    envoy_dynamic_module_on_http_filter_http_callout_done(u64, u32, *mut Field, usize, *mut Buffer, usize);
    envoy_dynamic_module_on_http_filter_http_stream_headers(u64, *mut Field, usize, bool);
    envoy_dynamic_module_on_http_filter_http_stream_data(u64, *const Buffer, usize, bool);
    envoy_dynamic_module_on_http_filter_http_stream_trailers(u64, *mut Field, usize);
    envoy_dynamic_module_on_http_filter_http_stream_complete(u64);
    envoy_dynamic_module_on_http_filter_http_stream_reset(u64, u32);
    envoy_dynamic_module_on_http_filter_scheduled(u64);
    envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark();
    envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark();
}
