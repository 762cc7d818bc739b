//! Every bound of the library, in one place.
//!
//! What comes in: nothing. What goes out: [`Limits`], held by the engine and read by every layer. What always holds:
//! reaching a limit is never silent (an [`Anomaly`](crate::Anomaly) names it) and never ends inspection (bytes past it
//! are judged as raw text). To add one: a field with its unit, its default, and the anomaly that tells it was reached.

use serde::de::{Deserialize, Deserializer, Error};

/// Bounds on what one transaction may cost. The policy's `[limits]` table sets them; all sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Limits {
    /// Longest request line or header field kept whole; the rest of a longer one is judged as raw text
    /// ([`Anomaly::FieldTooLong`](crate::Anomaly::FieldTooLong)). Default 32,768.
    #[serde(deserialize_with = "within::<_, _, 256, 1048576>")]
    pub field: usize,
    /// Most header fields read as such; further ones are judged as raw text
    /// ([`Anomaly::TooManyHeaders`](crate::Anomaly::TooManyHeaders)). Default 256.
    #[serde(deserialize_with = "within::<_, _, 8, 4096>")]
    pub headers: usize,
    /// Most parameters, fields, keys or elements of one message read as such
    /// ([`Anomaly::TooManyParams`](crate::Anomaly::TooManyParams)). Default 10,000.
    #[serde(deserialize_with = "within::<_, _, 16, 1000000>")]
    pub params: usize,
    /// Deepest nesting of JSON, XML or multipart ([`Anomaly::NestingTooDeep`](crate::Anomaly::NestingTooDeep)).
    /// Default 128.
    #[serde(deserialize_with = "within::<_, _, 4, 1024>")]
    pub nesting: usize,
    /// Most decoders one after the other on one value
    /// ([`Anomaly::DecodeTooDeep`](crate::Anomaly::DecodeTooDeep)). Default 6, at most 12.
    #[serde(deserialize_with = "within::<_, _, 0, 12>")]
    pub decode_depth: usize,
    /// Most bytes that speculative decoding may produce of one value, as a multiple of its bytes (and 64 KiB more for all
    /// values of a transaction together; bytes that were inflated count once) ([`Anomaly::DecodeBudget`](crate::Anomaly::DecodeBudget)). Default 4.
    #[serde(deserialize_with = "within::<_, _, 1, 64>")]
    pub decode_factor: usize,
    /// Most bytes one message body may inflate to ([`Anomaly::DataBomb`](crate::Anomaly::DataBomb)).
    /// Default 33,554,432.
    #[serde(deserialize_with = "within::<_, _, 1024, 4294967296>")]
    pub inflate_bytes: u64,
    /// Highest ratio of inflated to compressed bytes once a mebibyte has come out
    /// ([`Anomaly::DataBomb`](crate::Anomaly::DataBomb)). Default 200.
    #[serde(deserialize_with = "within::<_, _, 10, 100000>")]
    pub inflate_ratio: u64,
    /// Most findings kept per transaction ([`Anomaly::TooManyFindings`](crate::Anomaly::TooManyFindings)). Default 64.
    #[serde(deserialize_with = "within::<_, _, 1, 4096>")]
    pub findings: usize,
    /// Longest excerpt of a finding. Default 160.
    #[serde(deserialize_with = "within::<_, _, 16, 4096>")]
    pub excerpt: usize,
    /// Bytes of each decoded body kept for the caller (`request_body()`, `response_body()`). Default 0: none.
    #[serde(deserialize_with = "within::<_, _, 0, 1073741824>")]
    pub keep_body: usize,
    /// Most requests of one connection that may wait for their response
    /// ([`Anomaly::TooManyPipelined`](crate::Anomaly::TooManyPipelined)). Default 64.
    #[serde(deserialize_with = "within::<_, _, 1, 4096>")]
    pub pipelined: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            field: 32 << 10,
            headers: 256,
            params: 10_000,
            nesting: 128,
            decode_depth: 6,
            decode_factor: 4,
            inflate_bytes: 32 << 20,
            inflate_ratio: 200,
            findings: 64,
            excerpt: 160,
            keep_body: 0,
            pipelined: 64,
        }
    }
}

/// Longest value judged in one piece; a longer one is cut into windows of this size.
pub const WINDOW: usize = 8 << 10;
/// Bytes that two neighbouring windows of a long value share, so that a payload on the border is whole in one of them.
pub const OVERLAP: usize = 1 << 10;
/// Longest parameter, field or key name that becomes part of a point; a longer one is cut there (and judged whole).
pub const NAME: usize = 128;

/// A number between `MIN` and `MAX`, both allowed.
fn within<'de, D, N, const MIN: u64, const MAX: u64>(deserializer: D) -> Result<N, D::Error>
where
    D: Deserializer<'de>,
    N: TryFrom<u64>,
{
    let number = i64::deserialize(deserializer)?;
    u64::try_from(number)
        .ok()
        .filter(|n| (MIN..=MAX).contains(n))
        .and_then(|n| N::try_from(n).ok())
        .ok_or_else(|| D::Error::custom(format!("{number} is out of range, expected {MIN} to {MAX}")))
}
