//! The kind of place a value stands at, for detectors that expect different things of different places.

/// What kind of point a value stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// The request method.
    Method,
    /// The request target as it was sent.
    Target,
    /// The whole path, percent-decoded by the engine before it is judged.
    Path,
    /// One segment of the path.
    PathSegment,
    /// A parameter inside a path segment (`;a=b`).
    PathParam,
    /// The name of a query parameter.
    QueryName,
    /// The value of a query parameter.
    QueryValue,
    /// The name of a header field.
    HeaderName,
    /// The value of a header field; the value's name is the field's, in lower case.
    HeaderValue,
    /// The name of a cookie.
    CookieName,
    /// The value of a cookie.
    CookieValue,
    /// The name of a form field (urlencoded or multipart).
    FormName,
    /// The value of a form field (urlencoded or multipart).
    FormValue,
    /// A key of a JSON object.
    JsonKey,
    /// A JSON string, or another JSON scalar as its text; a string of protobuf, MessagePack or CBOR.
    JsonValue,
    /// The name of an XML element or attribute.
    XmlName,
    /// Character data or CDATA of an XML element.
    XmlText,
    /// The value of an XML attribute.
    XmlAttr,
    /// An XML comment.
    XmlComment,
    /// An XML processing instruction or declaration.
    XmlInstruction,
    /// An XML document type declaration, with its internal subset.
    XmlDoctype,
    /// A file name given with an upload.
    FileName,
    /// The content of an uploaded file.
    FileContent,
    /// A body, or part of one, of no known format.
    Text,
    /// Bytes that could not be read as what they should have been.
    Raw,
}

impl Place {
    /// Whether the value is percent-encoded as a matter of course, so that one round of decoding is what the server
    /// itself does.
    pub const fn is_percent_encoded(self) -> bool {
        use Place::*;
        matches!(self, Path | PathSegment | PathParam | QueryName | QueryValue | FormName | FormValue)
    }

    /// Whether `+` stands for a blank there.
    pub const fn plus_is_blank(self) -> bool {
        use Place::*;
        matches!(self, QueryName | QueryValue | FormName | FormValue)
    }

    /// Whether percent-encoding may have to be undone in `bytes` that stand there.
    pub fn is_coded(self, bytes: &[u8]) -> bool {
        self.is_percent_encoded()
            && if self.plus_is_blank() {
                memchr::memchr2(b'%', b'+', bytes)
            } else {
                memchr::memchr(b'%', bytes)
            }
            .is_some()
    }

    /// Whether the value is a name that the sender chose: a parameter's, a key's, a field's.
    pub const fn is_name(self) -> bool {
        use Place::*;
        matches!(self, QueryName | HeaderName | CookieName | FormName | JsonKey | XmlName)
    }
}
