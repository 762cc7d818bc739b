//! The oddities that parsing can meet: flags, never errors.

macro_rules! anomalies {
    ($($(#[doc = $doc:literal])* $variant:ident = $number:literal, $name:literal;)*) => {
        /// Odd syntax that is not by itself an attack. Numbers and names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Anomaly {
            $($(#[doc = $doc])* $variant = $number,)*
        }

        impl Anomaly {
            /// Every anomaly, in the order of their numbers.
            pub const ALL: &'static [Anomaly] = &[$(Anomaly::$variant,)*];

            /// The stable name used in events.
            pub const fn name(self) -> &'static str {
                match self { $(Anomaly::$variant => $name,)* }
            }

            /// What it means, in one sentence.
            pub const fn doc(self) -> &'static str {
                match self { $(Anomaly::$variant => { const DOC: &str = concat!($($doc),*); DOC.trim_ascii_start() },)* }
            }
        }
    };
}

anomalies! {
    /// More than two empty lines before a start line.
    EmptyLines = 0, "empty_lines";
    /// Blanks before the method.
    LeadingWhitespace = 1, "request_line_leading_whitespace";
    /// Several spaces, tabs or other blanks between the parts of the start line.
    Delimiter = 2, "delimiter_non_compliant";
    /// Spaces inside the request target.
    TargetSpaces = 3, "target_spaces";
    /// A line ends in LF without CR.
    BareLf = 4, "bare_lf";
    /// CR without LF inside a head or chunk framing.
    BareCr = 5, "bare_cr";
    /// A NUL byte in a head.
    NulByte = 6, "nul_byte";
    /// A request line without a version (HTTP/0.9).
    Http09 = 7, "http_09";
    /// A version that is not `HTTP/1.0` or `HTTP/1.1`.
    ProtocolInvalid = 8, "protocol_invalid";
    /// A method that is not registered, in lower case, or not a token.
    MethodUnknown = 9, "method_unknown";
    /// Authority and Host, or two Host fields, disagree.
    HostAmbiguous = 10, "host_ambiguous";
    /// A host or port that does not parse.
    HostInvalid = 11, "host_invalid";
    /// HTTP/1.1 without a Host field.
    HostMissing = 12, "host_missing";
    /// A raw `#` in the request target.
    TargetFragment = 13, "target_fragment";
    /// User information in the authority.
    TargetUserinfo = 14, "target_userinfo";
    /// A start line or field longer than the limit; the rest was judged as raw text.
    FieldTooLong = 15, "field_too_long";
    /// An obsolete folded field line (RFC 9112 section 5.2).
    Folding = 16, "folding";
    /// A field line without a colon.
    FieldMissingColon = 17, "field_missing_colon";
    /// A field with an empty name.
    FieldNameEmpty = 18, "field_name_empty";
    /// A field name with bytes that are no token, or blanks before the colon.
    FieldNameInvalid = 19, "field_name_invalid";
    /// A field value with control bytes, or odd blanks around it.
    FieldValueInvalid = 20, "field_value_invalid";
    /// A field that may come once came twice.
    DuplicateField = 21, "duplicate_field";
    /// More header fields than the limit; further ones were judged as raw text.
    TooManyHeaders = 22, "too_many_headers";
    /// An Authorization field whose credentials do not decode.
    AuthInvalid = 23, "auth_invalid";
    /// A cookie pair without a name or with stray quoting.
    CookieInvalid = 24, "cookie_invalid";
    /// Content-Length and Transfer-Encoding together, or either one obfuscated so that two servers can disagree.
    RequestSmuggling = 25, "request_smuggling";
    /// Several Content-Length values that differ.
    ContentLengthConflict = 26, "content_length_conflict";
    /// A Content-Length that is not a plain decimal number.
    InvalidContentLength = 27, "invalid_content_length";
    /// A Transfer-Encoding that is unknown, repeated, misspelt or misplaced.
    InvalidTransferEncoding = 28, "invalid_transfer_encoding";
    /// A chunk size that is not a plain hexadecimal number.
    InvalidChunkSize = 29, "invalid_chunk_size";
    /// A chunk extension.
    ChunkExtension = 30, "chunk_extension";
    /// Chunk data not followed by CRLF.
    ChunkDelimiter = 31, "chunk_delimiter";
    /// The stream ended inside a body.
    BodyIncomplete = 32, "body_incomplete";
    /// The stream ended inside a head.
    HeadIncomplete = 33, "head_incomplete";
    /// Content-Length, Transfer-Encoding or Host in a trailer.
    TrailerFraming = 34, "trailer_framing";
    /// A body where the method or status has none.
    UnexpectedBody = 35, "unexpected_body";
    /// Bytes that are not HTTP; judged as raw text.
    NotHttp = 36, "not_http";
    /// A status line that does not parse.
    StatusLineInvalid = 37, "status_line_invalid";
    /// The connection left HTTP after an upgrade or CONNECT.
    Upgraded = 38, "upgraded";
    /// Bytes of the stream were not captured.
    Gap = 39, "gap";
    /// The capture began inside a message.
    Midstream = 40, "midstream";
    /// Retransmitted bytes differ from those first seen.
    OverlapConflict = 41, "overlap_conflict";
    /// A response without a request.
    UnmatchedResponse = 42, "unmatched_response";
    /// A response that began before its request ended.
    EarlyResponse = 43, "early_response";
    /// More requests waiting for a response than the limit.
    TooManyPipelined = 44, "too_many_pipelined";
    /// A `%` that is not followed by two hexadecimal digits.
    PercentInvalid = 45, "percent_invalid";
    /// A value percent-encoded more than once.
    PercentRepeated = 46, "percent_repeated";
    /// A `%uXXXX` escape (IIS).
    PercentUnicode = 47, "u_encoding";
    /// UTF-8 in more bytes than needed.
    OverlongUtf8 = 48, "overlong_utf8";
    /// Full-width or half-width forms that fold to ASCII.
    FullWidth = 49, "half_full_width";
    /// An encoded NUL byte.
    EncodedNul = 50, "encoded_nul";
    /// An encoded slash or backslash in the path.
    EncodedSeparator = 51, "encoded_separator";
    /// `.` or `..` segments, `//` or backslashes in the path.
    PathTraversal = 52, "path_dots";
    /// Parameters inside path segments (`;a=b`).
    PathParams = 53, "path_params";
    /// More parameters, fields or elements than the limit; the rest was judged as raw text.
    TooManyParams = 54, "too_many_args";
    /// A parameter given more than once.
    DuplicateParam = 55, "duplicate_param";
    /// The body is not what its Content-Type says.
    ContentTypeMismatch = 56, "content_type_mismatch";
    /// A body without a Content-Type.
    ContentTypeMissing = 57, "content_type_missing";
    /// JSON that breaks the grammar; what follows was judged as raw text.
    InvalidJson = 58, "invalid_json";
    /// A JSON object with a key given twice.
    DuplicateKey = 59, "duplicate_key";
    /// XML that breaks the grammar; what follows was judged as raw text.
    InvalidXml = 60, "invalid_xml";
    /// A multipart boundary that is missing, odd or given twice.
    MultipartBoundary = 61, "multipart_boundary";
    /// A multipart body without its final boundary.
    MultipartIncomplete = 62, "multipart_incomplete";
    /// A multipart part with missing, repeated or malformed headers.
    MultipartHeader = 63, "multipart_header";
    /// Bytes before the first or after the last boundary.
    MultipartOutside = 64, "multipart_outside";
    /// Nesting deeper than the limit.
    NestingTooDeep = 65, "nesting_too_deep";
    /// A Content-Encoding that is unknown, or whose data does not decode.
    InvalidEncoding = 66, "invalid_encoding";
    /// Bytes after the end of the body's own format.
    TrailingData = 67, "trailing_data";
    /// Data that inflates beyond the limit; what came out until then was judged.
    DataBomb = 68, "data_bomb";
    /// A charset other than UTF-8 or its subsets.
    Charset = 69, "charset";
    /// More decoders one after the other than the limit.
    DecodeTooDeep = 70, "decode_too_deep";
    /// Speculative decoding stopped at its budget; the undecoded bytes were judged.
    DecodeBudget = 71, "decode_budget";
    /// More findings than the limit; further ones are not listed.
    TooManyFindings = 72, "too_many_findings";
    /// A request sent before the previous one was answered.
    Pipelined = 73, "pipelined";
    /// A kilobyte and more of signs in no order; of it the ends and what stands next to words were judged.
    Noise = 74, "noise";
}

/// A set of anomalies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anomalies(u128);

impl Anomalies {
    /// Adds one.
    pub fn insert(&mut self, anomaly: Anomaly) {
        self.0 |= 1 << anomaly as u8;
    }

    /// Whether it is in the set.
    pub fn contains(self, anomaly: Anomaly) -> bool {
        self.0 & 1 << anomaly as u8 != 0
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: Anomalies) {
        self.0 |= other.0;
    }

    /// Those in the set, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Anomaly> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let anomaly = Anomaly::ALL.get(rest.trailing_zeros() as usize)?;
            rest &= rest.wrapping_sub(1);
            Some(*anomaly)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_names_unique() {
        let mut names: Vec<_> = Anomaly::ALL.iter().map(|a| a.name()).collect();
        assert!(Anomaly::ALL.iter().enumerate().all(|(i, &a)| a as usize == i));
        assert!(names.len() <= 128, "the set is a u128");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Anomaly::ALL.len());
    }

    #[test]
    fn a_set_lists_what_was_put_in() {
        let mut set = Anomalies::default();
        assert!(set.is_empty());
        set.insert(Anomaly::TooManyFindings);
        set.insert(Anomaly::EmptyLines);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Anomaly::EmptyLines, Anomaly::TooManyFindings]);
    }
}
