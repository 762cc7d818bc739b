//! What a request costs: `cargo bench -p sidewatch-bench` prints a table.
