//! Gives the shared library its soname, so that programs linked against it find the ABI they were built for: the number is
//! the upper half of `SIDEWATCH_ABI_VERSION`, whatever the version of the library.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/result.rs");
    let source = std::fs::read_to_string("src/result.rs").expect("src/result.rs");
    let number = source
        .split_once("SIDEWATCH_ABI_VERSION: u32 = 0x")
        .and_then(|(_, after)| after.split_once('_'))
        .and_then(|(upper, _)| u32::from_str_radix(upper, 16).ok())
        .expect("SIDEWATCH_ABI_VERSION in src/result.rs, as 0x0001_0000");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libsidewatch.so.{number}");
    }
}
