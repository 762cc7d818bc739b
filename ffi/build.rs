//! Gives the shared library its soname, so that programs linked against it find the version they were built for.

fn main() {
    let major = std::env::var("CARGO_PKG_VERSION_MAJOR").unwrap_or_default();
    let minor = std::env::var("CARGO_PKG_VERSION_MINOR").unwrap_or_default();
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // Before 1.0 every minor version may break the ABI.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libsidewatch.so.{major}.{minor}");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
