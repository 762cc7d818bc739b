//! The C ABI of sidewatch. `include/sidewatch.h` is generated from this crate; its head tells the conventions.
//!
//! What comes in: pointers and lengths. What goes out: result codes, opaque handles, borrowed strings. What always holds:
//! every export runs inside [`guard::guard`], numbers are never reused, out-parameters are written only on success. To
//! add one: a function in the file of its noun, then `make header`.

mod engine;
mod finding;
mod guard;
mod result;
mod transaction;

#[cfg(test)]
mod tests {
    use crate::guard::{Failure, guard, value};
    use crate::result::SIDEWATCH_ERROR_INTERNAL;

    const SOURCES: [&str; 4] = [
        include_str!("engine.rs"),
        include_str!("finding.rs"),
        include_str!("result.rs"),
        include_str!("transaction.rs"),
    ];

    #[test]
    fn every_export_is_inside_the_panic_boundary() {
        let mut exports = 0;
        for source in SOURCES {
            for export in source.split("#[unsafe(no_mangle)]").skip(1) {
                let body = export.split("\n}\n").next().expect("a body");
                let name = body.split('(').next().unwrap_or_default();
                let guarded = body.contains("    guard(|| {") || body.contains("crate::guard::value(");
                assert!(guarded, "{name} is outside the panic boundary");
                assert_eq!(body.matches("panic").count(), 0, "{name}");
                exports += 1;
            }
        }
        let declared = include_str!("../../include/sidewatch.h").matches(" sidewatch_").count();
        assert!(exports > 20 && declared > exports, "{exports} exports, {declared} names in the header");
    }

    #[test]
    fn a_panic_becomes_a_result() {
        std::panic::set_hook(Box::new(|_| {}));
        let code = guard(|| panic!("inside"));
        let text = value(|| panic!("inside"), 7);
        _ = std::panic::take_hook();
        assert_eq!((code, text), (SIDEWATCH_ERROR_INTERNAL, 7));
        assert_eq!(guard(|| Err(Failure(-3))), -3);
    }
}
