use super::Decoded;

pub(super) const MIN: usize = 8;

pub(super) enum Alphabet {
    Standard,
    Url,
}

pub(super) fn embedded(_value: &[u8]) -> Option<std::ops::Range<usize>> {
    None
}

pub(super) fn decode(_value: &[u8], _alphabet: Alphabet, _out: &mut Vec<u8>) -> Decoded {
    Decoded::default()
}
