use super::Decoded;

pub(super) const MIN: usize = 8;

pub(super) fn decode(_value: &[u8], _out: &mut Vec<u8>) -> Decoded {
    Decoded::default()
}
