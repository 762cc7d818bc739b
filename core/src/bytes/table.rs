//! Tables over all bytes, built when the crate is compiled.

/// The table of what an expression is for each byte: `table!(b => b.is_ascii_digit())` is a `[bool; 256]`. What the expression calls has to be
/// `const`.
macro_rules! table {
    ($byte:ident => $is:expr) => {{
        let $byte = 0u8;
        let mut table = [$is; 256];
        let mut $byte = 1u8;
        while $byte != 0 {
            table[$byte as usize] = $is;
            $byte = $byte.wrapping_add(1);
        }
        table
    }};
}
pub(crate) use table;

/// Whether `bytes` has `byte`: for tables, as `contains` cannot be called where they are built.
pub(crate) const fn holds(bytes: &[u8], byte: u8) -> bool {
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_row() {
        static SAME: [u8; 256] = table!(b => b);
        static SIGNS: [bool; 256] = table!(b => holds(b"+\0\xff", b));
        for byte in 0..=255u8 {
            assert_eq!(SAME[usize::from(byte)], byte);
            assert_eq!(SIGNS[usize::from(byte)], matches!(byte, b'+' | 0 | 255), "{byte}");
        }
    }
}
