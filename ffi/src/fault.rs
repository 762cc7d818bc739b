//! Faults on demand, for tests only: with the Cargo feature `faults` a request that carries the field
//! `X-Sidewatch-Fault: panic` makes the call that brings the field panic inside the library, so that the tests of a host
//! can see that a panic is caught, counted and told. Never switch it on in production: whoever sends requests could end
//! their inspection. The version text of such a build ends in `+faults`.

/// The field and its value, as they stand in a head.
#[cfg(feature = "faults")]
const FIELD: (&[u8], &[u8]) = (b"X-Sidewatch-Fault", b"panic");

/// Panics if the field asks for it.
#[cfg(feature = "faults")]
pub(crate) fn header(name: &[u8], value: &[u8]) {
    assert!(
        !(name.eq_ignore_ascii_case(FIELD.0) && value == FIELD.1),
        "fault asked for by the field X-Sidewatch-Fault"
    );
}

/// Panics if a line of `bytes` is the field that asks for it; one cut over two calls is not seen.
#[cfg(feature = "faults")]
pub(crate) fn bytes(bytes: &[u8]) {
    for line in bytes.split(|&b| b == b'\n') {
        let mut parts = line.splitn(2, |&b| b == b':');
        let name = parts.next().unwrap_or_default();
        header(name, parts.next().unwrap_or_default().trim_ascii());
    }
}

#[cfg(not(feature = "faults"))]
#[inline(always)]
pub(crate) fn header(_: &[u8], _: &[u8]) {}

#[cfg(not(feature = "faults"))]
#[inline(always)]
pub(crate) fn bytes(_: &[u8]) {}
