//! Result codes.

/// The call did what was asked.
pub const SIDEWATCH_OK: i32 = 0;
/// A pointer was NULL where none may be, or an argument is out of range.
pub const SIDEWATCH_ERROR_ARGUMENT: i32 = -1;
/// The policy was refused; the reason tells line, column and what is wrong.
pub const SIDEWATCH_ERROR_POLICY: i32 = -2;
/// There is no element of that number.
pub const SIDEWATCH_ERROR_INDEX: i32 = -3;
/// The library failed inside: a transaction has no verdict until it is reset, a connection can only be freed.
pub const SIDEWATCH_ERROR_INTERNAL: i32 = -4;
/// The file cannot be read; the reason tells its path and why.
pub const SIDEWATCH_ERROR_FILE: i32 = -5;
/// The library that is loaded does not fit the header the program was built with.
pub const SIDEWATCH_ERROR_ABI: i32 = -6;

/// Version of this ABI: the upper 16 bits change when a program built for another version cannot work, the lower 16
/// when something was added. A host compares the upper half with the one it was built with.
pub const SIDEWATCH_ABI_VERSION: u32 = 0x0001_0000;

/// The ABI version of the library that is loaded; compare it with SIDEWATCH_ABI_VERSION of the header.
#[unsafe(no_mangle)]
pub extern "C" fn sidewatch_abi_version() -> u32 {
    crate::guard::value(|| SIDEWATCH_ABI_VERSION, 0)
}

/// Whether the library that is loaded fits a program that was built with the header of `built_with`: give it
/// SIDEWATCH_ABI_VERSION, at start. SIDEWATCH_OK, or SIDEWATCH_ERROR_ABI if names, numbers or layouts may differ, or
/// the library is older than the header and may lack functions.
#[unsafe(no_mangle)]
pub extern "C" fn sidewatch_abi_check(built_with: u32) -> i32 {
    crate::guard::guard(|| {
        let same = built_with >> 16 == SIDEWATCH_ABI_VERSION >> 16;
        if same && built_with <= SIDEWATCH_ABI_VERSION {
            Ok(())
        } else {
            Err(crate::guard::Failure(SIDEWATCH_ERROR_ABI))
        }
    })
}

/// The version of the library as text, `0.1.0`; one built to fail on demand in tests says `0.1.0+faults`. Never NULL, never to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn sidewatch_version() -> *const std::ffi::c_char {
    #[cfg(feature = "faults")]
    const TEXT: &str = concat!(env!("CARGO_PKG_VERSION"), "+faults\0");
    #[cfg(not(feature = "faults"))]
    const TEXT: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    const VERSION: &std::ffi::CStr = match std::ffi::CStr::from_bytes_with_nul(TEXT.as_bytes()) {
        Ok(version) => version,
        Err(_) => c"",
    };
    crate::guard::value(|| VERSION.as_ptr(), c"".as_ptr())
}

/// What a result code means, in words. Never NULL, never to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn sidewatch_result_text(result: i32) -> *const std::ffi::c_char {
    let text = || match result {
        SIDEWATCH_OK => c"no error",
        SIDEWATCH_ERROR_ARGUMENT => c"an argument is NULL or out of range",
        SIDEWATCH_ERROR_POLICY => c"the policy was refused",
        SIDEWATCH_ERROR_INDEX => c"there is no element of that number",
        SIDEWATCH_ERROR_INTERNAL => c"the library failed inside",
        SIDEWATCH_ERROR_FILE => c"the file cannot be read",
        SIDEWATCH_ERROR_ABI => c"the library does not fit the header the program was built with",
        _ => c"unknown result code",
    };
    crate::guard::value(|| text().as_ptr(), c"".as_ptr())
}
