//! ModSecurity 3 with the OWASP CRS at its default paranoia level, driven through the calls its NGINX connector makes for a
//! request. It gets the request's parts, not its bytes: splitting the head is not in its time. It is spared the response
//! phases, the logging phase and the audit log.

#![allow(clippy::multiple_unsafe_ops_per_block)] // sequences of calls of one C library on one handle

use super::{Engine, LIBRARIES, c_api, file_in, libmodsecurity};
use crate::message::Message;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr;

/// What a site sets beside the CRS: the recommended configuration, without what only logs. `Content-Type` chooses the reader of
/// the body.
const BASE: &CStr = cr#"
SecRuleEngine On
SecRequestBodyAccess On
SecResponseBodyAccess Off
SecAuditEngine Off
SecRule REQUEST_HEADERS:Content-Type "^(?:application(?:/soap\+|/)|text/)xml" "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "^application/(?:[a-z0-9.-]+[+])?json" "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
"#;

/// Rules by the address's reputation need a database of places, which the library is built without; they are off by default.
const WITHOUT: &str = "REQUEST-910-IP-REPUTATION.conf";

/// `ModSecurityIntervention` of `modsecurity/intervention.h`.
#[repr(C)]
struct Intervention {
    status: c_int,
    pause: c_int,
    url: *mut c_char,
    log: *mut c_char,
    disruptive: c_int,
}

c_api! {
    /// From `modsecurity/modsecurity.h`, `rules_set.h` and `transaction.h`.
    Api {
        msc_init: fn() -> *mut c_void;
        msc_who_am_i: fn(*mut c_void) -> *const c_char;
        msc_set_log_cb: fn(*mut c_void, extern "C" fn(*mut c_void, *const c_void));
        msc_create_rules_set: fn() -> *mut c_void;
        msc_rules_add: fn(*mut c_void, *const c_char, *mut *const c_char) -> c_int;
        msc_rules_add_file: fn(*mut c_void, *const c_char, *mut *const c_char) -> c_int;
        msc_new_transaction: fn(*mut c_void, *mut c_void, *mut c_void) -> *mut c_void;
        msc_process_connection: fn(*mut c_void, *const c_char, c_int, *const c_char, c_int) -> c_int;
        msc_process_uri: fn(*mut c_void, *const c_char, *const c_char, *const c_char) -> c_int;
        msc_add_n_request_header: fn(*mut c_void, *const u8, usize, *const u8, usize) -> c_int;
        msc_process_request_headers: fn(*mut c_void) -> c_int;
        msc_append_request_body: fn(*mut c_void, *const u8, usize) -> c_int;
        msc_process_request_body: fn(*mut c_void) -> c_int;
        msc_intervention: fn(*mut c_void, *mut Intervention) -> c_int;
        msc_intervention_cleanup: fn(*mut Intervention);
        msc_transaction_cleanup: fn(*mut c_void);
    }
}

c_api! {
    /// From `libxml/xmlerror.h`.
    Xml {
        xmlSetStructuredErrorFunc: fn(*mut c_void, extern "C" fn(*mut c_void, *const c_void));
    }
}

/// Without a callback each message would be written to the standard error.
extern "C" fn no_log(_: *mut c_void, _: *const c_void) {}

struct ModSecurity {
    api: Api,
    _xml: Xml,
    // Both live as long as the process.
    engine: *mut c_void,
    rules: *mut c_void,
    rules_version: String,
    count: c_int,
}

/// Loads the library and the rules.
pub fn open(peers: &Path) -> Result<Box<dyn Engine>, String> {
    let api = Api::load(&libmodsecurity(peers)?)?;
    let xml = Xml::load(&file_in(&peers.join(LIBRARIES), "libxml2")?)?;
    // SAFETY: the callback lives as long as the process.
    unsafe { (xml.xmlSetStructuredErrorFunc)(ptr::null_mut(), no_log) };
    let crs = peers.join("crs");
    let folder = crs.join("usr/share/modsecurity-crs/rules");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "conf") && !path.ends_with(WITHOUT))
        .collect();
    files.sort();
    files.insert(0, crs.join("etc/modsecurity/crs/crs-setup.conf"));
    let setup = std::fs::read_to_string(&files[0]).map_err(|e| format!("{}: {e}", files[0].display()))?;
    let rules_version = setup.split("ver.").nth(1).and_then(|rest| rest.split_whitespace().next());
    let rules_version = rules_version.unwrap_or("of unknown version").to_owned();

    // SAFETY: takes nothing; the handles are never freed.
    let (engine, rules) = unsafe { ((api.msc_init)(), (api.msc_create_rules_set)()) };
    // SAFETY: the engine is live; the callback lives as long as the process.
    unsafe { (api.msc_set_log_cb)(engine, no_log) };
    let mut error = ptr::null();
    // SAFETY: the rules are live, the text ends with a NUL, `error` is writable.
    let mut count = added(unsafe { (api.msc_rules_add)(rules, BASE.as_ptr(), &mut error) }, error)?;
    for file in files {
        let name = CString::new(file.to_string_lossy().as_bytes()).map_err(|e| e.to_string())?;
        // SAFETY: as above.
        count += added(unsafe { (api.msc_rules_add_file)(rules, name.as_ptr(), &mut error) }, error)?;
    }
    Ok(Box::new(ModSecurity { api, _xml: xml, engine, rules, rules_version, count }))
}

/// The number of rules that were added, or what is wrong with them.
fn added(result: c_int, error: *const c_char) -> Result<c_int, String> {
    if result < 0 && !error.is_null() {
        // SAFETY: on failure `error` is a text that ends with a NUL.
        return Err(unsafe { CStr::from_ptr(error) }.to_string_lossy().into_owned());
    }
    if result < 0 { Err(String::from("the rules were refused")) } else { Ok(result) }
}

impl Engine for ModSecurity {
    fn version(&self) -> String {
        // SAFETY: the engine is live; the text is its own and ends with a NUL.
        let name = unsafe { CStr::from_ptr((self.api.msc_who_am_i)(self.engine)) };
        format!("{}, OWASP CRS {} ({} rules)", name.to_string_lossy(), self.rules_version, self.count)
    }

    fn inspect(&mut self, _: usize, message: &Message) -> bool {
        let api = &self.api;
        // A connector has these as C strings; httparse lets no NUL pass.
        let target = CString::new(message.target.as_bytes()).unwrap_or_default();
        let method = CString::new(message.method.as_bytes()).unwrap_or_default();
        // SAFETY: engine and rules live as long as the process.
        let transaction = unsafe { (api.msc_new_transaction)(self.engine, self.rules, ptr::null_mut()) };
        // SAFETY: the transaction is live; texts end with a NUL, other pointers point to their length of bytes.
        unsafe {
            (api.msc_process_connection)(
                transaction,
                c"192.0.2.7".as_ptr(),
                40312,
                c"192.0.2.1".as_ptr(),
                80,
            );
            (api.msc_process_uri)(transaction, target.as_ptr(), method.as_ptr(), c"1.1".as_ptr());
            for (name, value) in &message.fields {
                (api.msc_add_n_request_header)(
                    transaction,
                    name.as_ptr(),
                    name.len(),
                    value.as_ptr(),
                    value.len(),
                );
            }
            (api.msc_process_request_headers)(transaction);
        }
        let mut flagged = self.intervened(transaction);
        if !flagged {
            // SAFETY: as above.
            unsafe {
                if !message.body_bytes.is_empty() {
                    (api.msc_append_request_body)(
                        transaction,
                        message.body_bytes.as_ptr(),
                        message.body_bytes.len(),
                    );
                }
                (api.msc_process_request_body)(transaction);
            }
            flagged = self.intervened(transaction);
        }
        // SAFETY: made above, used no more.
        unsafe { (api.msc_transaction_cleanup)(transaction) };
        flagged
    }
}

impl ModSecurity {
    /// Whether a phase said to intervene.
    fn intervened(&self, transaction: *mut c_void) -> bool {
        let mut intervention =
            Intervention { status: 200, pause: 0, url: ptr::null_mut(), log: ptr::null_mut(), disruptive: 0 };
        // SAFETY: the transaction is live, the structure is as the header declares it; its texts are freed by their library.
        unsafe {
            let told = (self.api.msc_intervention)(transaction, &mut intervention);
            let disruptive = intervention.disruptive != 0;
            (self.api.msc_intervention_cleanup)(&mut intervention);
            told != 0 && disruptive
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn the_intervention_is_laid_out_as_in_the_header() {
        assert_eq!((size_of::<Intervention>(), offset_of!(Intervention, disruptive)), (32, 24));
    }
}
