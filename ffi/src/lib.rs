//! The C ABI of sidewatch. `include/sidewatch.h` is generated from this crate; its head tells the conventions.
//!
//! What comes in: pointers and lengths. What goes out: result codes, opaque handles, borrowed strings. What always holds:
//! every export runs inside [`guard::guard`], numbers are never reused, out-parameters are written only on success. To
//! add one: a function in the file of its noun, then `make header`.

pub mod action;
pub mod connection;
mod counters;
pub mod engine;
pub mod facts;
mod fault;
pub mod finding;
#[cfg(test)]
mod frozen;
mod guard;
pub mod log;
mod policy;
pub mod request;
pub mod response;
pub mod result;
pub mod slot;
pub mod statistics;
pub mod transaction;
pub mod verdict;

#[cfg(test)]
mod tests {
    use crate::guard::{Failure, guard, value};
    use crate::result::SIDEWATCH_ERROR_INTERNAL;
    use std::path::Path;

    /// The files of this crate.
    fn sources() -> Vec<(String, String)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let files = std::fs::read_dir(folder).expect("src").map(|file| file.expect("a file").path());
        files
            .filter(|path| !path.ends_with("lib.rs"))
            .map(|path| (path.display().to_string(), std::fs::read_to_string(path).expect("text")))
            .collect()
    }

    #[test]
    fn every_export_is_inside_the_panic_boundary() {
        let mut exports = 0;
        for (file, source) in sources() {
            let everything = source.matches("extern \"C\" fn sidewatch_").count();
            assert_eq!(everything, source.matches("#[unsafe(no_mangle)]").count(), "{file}");
            for export in source.split("#[unsafe(no_mangle)]").skip(1) {
                let body = export.split("\n}\n").next().expect("a body");
                let name = body.split('(').next().unwrap_or_default();
                let body_alone = body.split_once("{\n").map_or("", |(_, body)| body);
                let first = body_alone.trim_start();
                let guarded = first.starts_with("guard(|| {")
                    || first.starts_with("crate::guard::guard(|| {")
                    || body.contains("crate::guard::value(");
                assert!(guarded, "{name} is outside the panic boundary");
                assert!(!body.contains("panic!("), "{name}");
                exports += 1;
            }
        }
        let declared = include_str!("../../include/sidewatch.h").matches(" sidewatch_").count();
        assert!(exports > 50 && declared > exports, "{exports} exports, {declared} names in the header");
    }

    /// What the header says of threads, held by the compiler.
    #[test]
    fn handles_may_go_where_the_header_lets_them() {
        fn shared<T: Send + Sync>() {}
        fn moved<T: Send>() {}
        shared::<crate::engine::sidewatch_engine>();
        shared::<crate::slot::sidewatch_slot>();
        moved::<crate::transaction::sidewatch_transaction>();
        moved::<crate::connection::sidewatch_connection>();
    }

    #[test]
    fn a_panic_becomes_a_result() {
        crate::log::watch();
        let code = guard(|| panic!("inside"));
        let text = value(|| panic!("inside"), 7);
        assert_eq!((code, text), (SIDEWATCH_ERROR_INTERNAL, 7));
        assert_eq!(guard(|| Err(Failure(-3))), -3);
    }
}
