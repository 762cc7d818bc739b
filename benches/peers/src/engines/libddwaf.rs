//! libddwaf 2 with the rules its vendor recommends. Its users parse the request and hand it a map of addresses; here the map is
//! built once, before anything is measured, and kept: the library is told not to free it. Measured are the context, the
//! evaluation, and freeing both.

#![allow(clippy::multiple_unsafe_ops_per_block)] // sequences of calls of one C library on one object

use super::{Engine, c_api};
use crate::message::{Body, Message, Pairs};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::ptr;

/// Major version of the ABI this is written for.
const ABI: &str = "2.";
/// `DDWAF_MATCH`.
const MATCH: c_int = 1;
/// `DDWAF_MAX_STRING_LENGTH`: bindings cut longer texts.
const MAX_TEXT: usize = 4096;
/// `DDWAF_MAX_CONTAINER_SIZE`: bindings drop what is more.
const MAX_ENTRIES: usize = 256;
/// `DDWAF_MAX_CONTAINER_DEPTH`.
const MAX_DEPTH: usize = 20;
/// Microseconds for one evaluation: enough that none is cut off.
const TIMEOUT: u64 = 10_000_000;

/// `ddwaf_object`: a tagged union of 16 bytes, filled by the library's functions alone.
#[repr(C, align(8))]
struct Object([u8; 16]);

impl Object {
    /// All zero is `DDWAF_OBJ_INVALID`, an object that owns nothing.
    const NONE: Object = Object([0; 16]);
}

c_api! {
    /// From `ddwaf.h` of version 2.
    Api {
        ddwaf_get_version: fn() -> *const c_char;
        ddwaf_get_default_allocator: fn() -> *mut c_void;
        ddwaf_init: fn(*const Object, *mut Object) -> *mut c_void;
        ddwaf_context_init: fn(*mut c_void, *mut c_void) -> *mut c_void;
        ddwaf_context_eval: fn(*mut c_void, *mut Object, *mut c_void, *mut Object, u64) -> c_int;
        ddwaf_context_destroy: fn(*mut c_void);
        ddwaf_object_from_json: fn(*mut Object, *const c_char, u32, *mut c_void) -> bool;
        ddwaf_object_destroy: fn(*mut Object, *mut c_void);
        ddwaf_object_set_map: fn(*mut Object, u16, *mut c_void) -> *mut Object;
        ddwaf_object_set_array: fn(*mut Object, u16, *mut c_void) -> *mut Object;
        ddwaf_object_set_string: fn(*mut Object, *const c_char, u32, *mut c_void) -> *mut Object;
        ddwaf_object_set_bool: fn(*mut Object, bool) -> *mut Object;
        ddwaf_object_set_signed: fn(*mut Object, i64) -> *mut Object;
        ddwaf_object_set_float: fn(*mut Object, f64) -> *mut Object;
        ddwaf_object_set_null: fn(*mut Object) -> *mut Object;
        ddwaf_object_insert: fn(*mut Object, *mut c_void) -> *mut Object;
        ddwaf_object_find: fn(*const Object, *const c_char, usize) -> *const Object;
        ddwaf_object_get_size: fn(*const Object) -> usize;
        ddwaf_object_insert_key: fn(*mut Object, *const c_char, u32, *mut c_void) -> *mut Object;
    }
}

struct Libddwaf {
    api: Api,
    allocator: *mut c_void,
    /// Lives as long as the process.
    waf: *mut c_void,
    rules_version: String,
    /// The map of addresses of each request of the pool; live as long as the process.
    data: Vec<Object>,
}

/// Loads library and rules, and builds the maps.
pub fn open(peers: &Path, pool: &[Message]) -> Result<Box<dyn Engine>, String> {
    let folder = peers.join("ddtrace/ddtrace/appsec");
    let machine = if cfg!(target_arch = "aarch64") { "aarch64" } else { "x86_64" };
    let api = Api::load(&folder.join(format!("_ddwaf/libddwaf/{machine}/lib/libddwaf.so")))?;
    // SAFETY: takes nothing; a static text that ends with a NUL.
    let version = unsafe { CStr::from_ptr((api.ddwaf_get_version)()) }.to_string_lossy();
    if !version.starts_with(ABI) {
        return Err(format!("libddwaf {version} where {ABI}x is wanted"));
    }
    let file = folder.join("rules.json");
    let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let rules: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
    let rules_version =
        rules["metadata"]["rules_version"].as_str().unwrap_or("of unknown version").to_owned();

    // SAFETY: takes nothing.
    let allocator = unsafe { (api.ddwaf_get_default_allocator)() };
    let (mut object, mut diagnostics) = (Object::NONE, Object::NONE);
    let len = u32::try_from(text.len()).map_err(|e| e.to_string())?;
    // SAFETY: `object` is writable, the text has its length, the allocator lives as long as the process; what was made is freed
    // by the allocator that made it.
    let waf = unsafe {
        if !(api.ddwaf_object_from_json)(&mut object, text.as_ptr().cast(), len, allocator) {
            return Err(format!("{}: libddwaf could not read it", file.display()));
        }
        let waf = (api.ddwaf_init)(&object, &mut diagnostics);
        (api.ddwaf_object_destroy)(&mut object, allocator);
        (api.ddwaf_object_destroy)(&mut diagnostics, allocator);
        waf
    };
    if waf.is_null() {
        return Err(String::from("libddwaf refused its rules"));
    }
    let mut engine = Libddwaf { api, allocator, waf, rules_version, data: Vec::new() };
    engine.data = pool.iter().map(|message| engine.addresses(message)).collect();
    Ok(Box::new(engine))
}

impl Engine for Libddwaf {
    fn version(&self) -> String {
        // SAFETY: takes nothing; a static text that ends with a NUL.
        let version = unsafe { CStr::from_ptr((self.api.ddwaf_get_version)()) };
        format!("{}, rules {}", version.to_string_lossy(), self.rules_version)
    }

    fn inspect(&mut self, number: usize, _: &Message) -> bool {
        let mut result = Object::NONE;
        // SAFETY: the instance lives as long as the process; the data is kept here, and a NULL allocator says that it is not to be
        // freed; the result is freed by the allocator that the context was given for it.
        unsafe {
            let context = (self.api.ddwaf_context_init)(self.waf, self.allocator);
            let code = (self.api.ddwaf_context_eval)(
                context,
                &mut self.data[number],
                ptr::null_mut(),
                &mut result,
                TIMEOUT,
            );
            // A match without an event only sets an attribute (`JWT: no expiry`), which is no attack.
            let events = (self.api.ddwaf_object_find)(&result, c"events".as_ptr(), 6);
            let flagged = code == MATCH && (self.api.ddwaf_object_get_size)(events) > 0;
            (self.api.ddwaf_object_destroy)(&mut result, self.allocator);
            (self.api.ddwaf_context_destroy)(context);
            assert!(code >= 0, "libddwaf failed: {code}");
            flagged
        }
    }
}

impl Libddwaf {
    /// The addresses its users fill for an HTTP request.
    fn addresses(&self, message: &Message) -> Object {
        let mut root = Object::NONE;
        let to = self.map(&mut root, 16);
        self.text(self.key(to, b"http.client_ip"), b"192.0.2.7");
        self.text(self.key(to, b"server.request.method"), message.method.as_bytes());
        self.text(self.key(to, b"server.request.uri.raw"), message.target.as_bytes());
        let lower = |(name, value): &(Vec<u8>, Vec<u8>)| (name.to_ascii_lowercase(), value.clone());
        let fields: Pairs = message.fields.iter().map(lower).filter(|(name, _)| name != b"cookie").collect();
        self.pairs(self.key(to, b"server.request.headers.no_cookies"), &fields);
        self.pairs(self.key(to, b"server.request.cookies"), &message.cookies);
        self.pairs(self.key(to, b"server.request.query"), &message.query);
        if let Some(value) = message.path_parameter() {
            self.pairs(self.key(to, b"server.request.path_params"), &[(b"id".to_vec(), value.to_vec())]);
        }
        let body = || self.key(to, b"server.request.body");
        match &message.body {
            Body::None => {}
            Body::Form(pairs) => self.pairs(body(), pairs),
            Body::Json(value) => self.json(body(), value, MAX_DEPTH),
            Body::Text(text) => self.text(body(), text),
            Body::Multipart(parts) => {
                let texts: Pairs = parts
                    .iter()
                    .filter(|part| part.file.is_none())
                    .map(|part| (part.name.clone(), part.content.clone()))
                    .collect();
                self.pairs(body(), &texts);
                let files: Vec<_> =
                    parts.iter().filter_map(|p| Some((p.file.as_ref()?, &p.content))).collect();
                let names = self.array(self.key(to, b"server.request.body.filenames"), files.len());
                files.iter().for_each(|(name, _)| self.text(self.slot(names), name));
                let contents = self.array(self.key(to, b"server.request.body.files_content"), files.len());
                files.iter().for_each(|(_, content)| self.text(self.slot(contents), content));
            }
        }
        root
    }

    /// A map of name to text, or to an array of texts where a name comes again.
    fn pairs(&self, to: *mut Object, pairs: &[(Vec<u8>, Vec<u8>)]) {
        let mut names: Vec<&Vec<u8>> = Vec::new();
        pairs.iter().for_each(|(name, _)| {
            if !names.contains(&name) {
                names.push(name);
            }
        });
        let to = self.map(to, names.len());
        for name in names.into_iter().take(MAX_ENTRIES) {
            let values: Vec<&Vec<u8>> = pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v).collect();
            let slot = self.key(to, name);
            if let [value] = values[..] {
                self.text(slot, value);
            } else {
                let array = self.array(slot, values.len());
                values.iter().take(MAX_ENTRIES).for_each(|value| self.text(self.slot(array), value));
            }
        }
    }

    fn json(&self, to: *mut Object, value: &serde_json::Value, depth: usize) {
        use serde_json::Value;
        match value {
            Value::Object(map) => {
                let to = self.map(to, map.len());
                for (name, item) in map.iter().take(if depth == 0 { 0 } else { MAX_ENTRIES }) {
                    self.json(self.key(to, name.as_bytes()), item, depth - 1);
                }
            }
            Value::Array(items) => {
                let to = self.array(to, items.len());
                for item in items.iter().take(if depth == 0 { 0 } else { MAX_ENTRIES }) {
                    self.json(self.slot(to), item, depth - 1);
                }
            }
            Value::String(text) => self.text(to, text.as_bytes()),
            // SAFETY: for these: `to` is an object of ours or a slot that the library gave.
            Value::Null => unsafe {
                (self.api.ddwaf_object_set_null)(to);
            },
            // SAFETY: as above.
            Value::Bool(yes) => unsafe {
                (self.api.ddwaf_object_set_bool)(to, *yes);
            },
            Value::Number(number) => match number.as_i64() {
                // SAFETY: as above.
                Some(whole) => unsafe {
                    (self.api.ddwaf_object_set_signed)(to, whole);
                },
                // SAFETY: as above.
                None => unsafe {
                    (self.api.ddwaf_object_set_float)(to, number.as_f64().unwrap_or_default());
                },
            },
        }
    }

    fn text(&self, to: *mut Object, text: &[u8]) {
        let len = text.len().min(MAX_TEXT);
        // SAFETY: `to` is an object of ours or a slot that the library gave; the text has at least `len` bytes and is copied.
        unsafe { (self.api.ddwaf_object_set_string)(to, text.as_ptr().cast(), len as u32, self.allocator) };
    }

    fn map(&self, to: *mut Object, len: usize) -> *mut Object {
        // SAFETY: as for `text`.
        unsafe { (self.api.ddwaf_object_set_map)(to, len.min(MAX_ENTRIES) as u16, self.allocator) };
        to
    }

    fn array(&self, to: *mut Object, len: usize) -> *mut Object {
        // SAFETY: as for `text`.
        unsafe { (self.api.ddwaf_object_set_array)(to, len.min(MAX_ENTRIES) as u16, self.allocator) };
        to
    }

    /// A new slot of a map.
    fn key(&self, map: *mut Object, name: &[u8]) -> *mut Object {
        let len = name.len().min(MAX_TEXT) as u32;
        // SAFETY: as for `text`; the name is copied.
        unsafe { (self.api.ddwaf_object_insert_key)(map, name.as_ptr().cast(), len, self.allocator) }
    }

    /// A new slot of an array.
    fn slot(&self, array: *mut Object) -> *mut Object {
        // SAFETY: as for `text`.
        unsafe { (self.api.ddwaf_object_insert)(array, self.allocator) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_as_large_as_the_library_says() {
        assert_eq!((size_of::<Object>(), align_of::<Object>()), (16, 8));
    }
}
