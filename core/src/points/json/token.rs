//! Numbers and literals, byte by byte.

/// How far a number or literal has come (RFC 8259, sections 3 and 6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Token {
    #[default]
    Start,
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    /// So many bytes of a literal.
    Literal(&'static [u8], usize),
    /// Neither.
    Other,
}

impl Token {
    /// The token that begins with `byte`.
    pub fn begin(byte: u8) -> Token {
        let mut token = Token::Start;
        token.take(byte);
        token
    }

    /// Takes the next byte.
    pub fn take(&mut self, byte: u8) {
        use Token::*;
        *self = match (*self, byte) {
            (Start, b'-') => Minus,
            (Start | Minus, b'0') => Zero,
            (Start | Minus, b'1'..=b'9') | (Integer, b'0'..=b'9') => Integer,
            (Zero | Integer, b'.') => Point,
            (Point | Fraction, b'0'..=b'9') => Fraction,
            (Zero | Integer | Fraction, b'e' | b'E') => Exponent,
            (Exponent, b'+' | b'-') => ExponentSign,
            (Exponent | ExponentSign | ExponentDigits, b'0'..=b'9') => ExponentDigits,
            (Start, b't') => Literal(b"true", 1),
            (Start, b'f') => Literal(b"false", 1),
            (Start, b'n') => Literal(b"null", 1),
            (Literal(word, n), _) if word.get(n) == Some(&byte) => Literal(word, n + 1),
            _ => Other,
        };
    }

    /// Whether it could end here.
    pub fn is_valid(self) -> bool {
        match self {
            Token::Zero | Token::Integer | Token::Fraction | Token::ExponentDigits => true,
            Token::Literal(word, n) => word.len() == n,
            _ => false,
        }
    }

    /// Whether it could become a number or a literal.
    pub fn may_be_valid(self) -> bool {
        self != Token::Other
    }
}

/// What words without quotes are made of: keys of JavaScript, `NaN`, `+1`, `0x1f`.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'-' | b'+' | b'.') || byte >= 0x80
}
