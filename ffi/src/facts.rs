//! What is known without looking at traffic: classes, anomalies, and what an engine was told by its policy.

use crate::counters::{LIMITS, class_of};
use crate::engine::sidewatch_engine;
use crate::finding::sidewatch_text;
use crate::guard::{Failure, guard, object, set, set_sized};
use crate::result::SIDEWATCH_ERROR_INDEX;
use engine::detect::FACTS;
use engine::http::Anomaly;
use std::mem::offset_of;

/// A class of attack.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
pub struct sidewatch_class {
    /// To be set to sizeof(sidewatch_class) before the call; after it, the bytes that were filled.
    pub size: usize,
    /// The stable name: `sqli`.
    pub name: sidewatch_text,
    /// What an attacker gains, in one sentence.
    pub gain: sidewatch_text,
    /// The stable number.
    pub number: u32,
    /// CWE number, 0 if there is none.
    pub cwe: u32,
    /// How bad it is if it works: one of SIDEWATCH_SEVERITY_*.
    pub severity: u32,
    /// 0.
    pub reserved: u32,
}

/// An oddity of the protocol, or a limit that was reached.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
pub struct sidewatch_anomaly {
    /// To be set to sizeof(sidewatch_anomaly) before the call; after it, the bytes that were filled.
    pub size: usize,
    /// The stable name: `bare_lf`.
    pub name: sidewatch_text,
    /// What it means, in one sentence.
    pub meaning: sidewatch_text,
    /// The stable number.
    pub number: u32,
    /// 1 if it says that a limit of the policy was reached, else 0.
    pub is_limit: u32,
}

/// The limits of a policy; docs/policy.md describes them.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
pub struct sidewatch_limits {
    /// To be set to sizeof(sidewatch_limits) before the call; after it, the bytes that were filled.
    pub size: usize,
    /// Longest request line or header field kept whole, in bytes.
    pub field: u64,
    /// Most header fields.
    pub headers: u64,
    /// Most parameters, fields, keys or elements of a message.
    pub params: u64,
    /// Deepest nesting of JSON, XML or multipart.
    pub nesting: u64,
    /// Most decoders one after the other.
    pub decode_depth: u64,
    /// Most bytes that decoding may produce of a value, as a multiple of its bytes.
    pub decode_factor: u64,
    /// Most bytes a body may inflate to.
    pub inflate_bytes: u64,
    /// Highest ratio of inflated to compressed bytes.
    pub inflate_ratio: u64,
    /// Most findings per transaction.
    pub findings: u64,
    /// Longest excerpt, in bytes.
    pub excerpt: u64,
    /// Bytes of each decoded body that are kept for the host.
    pub keep_body: u64,
    /// Most requests of a connection that may wait for their response.
    pub pipelined: u64,
}

/// The sizes of ABI 1.0.
const LEAST_CLASS: usize = offset_of!(sidewatch_class, reserved) + size_of::<u32>();
const LEAST_ANOMALY: usize = offset_of!(sidewatch_anomaly, is_limit) + size_of::<u32>();
const LEAST_LIMITS: usize = offset_of!(sidewatch_limits, pipelined) + size_of::<u64>();

/// Writes what is known of an anomaly to C.
///
/// # Safety
/// That of [`set_sized`].
pub(crate) unsafe fn give_anomaly(anomaly: Anomaly, out: *mut sidewatch_anomaly) -> Result<(), Failure> {
    let facts = sidewatch_anomaly {
        size: size_of::<sidewatch_anomaly>(),
        name: sidewatch_text::of(anomaly.name()),
        meaning: sidewatch_text::of(anomaly.doc()),
        number: anomaly as u32,
        is_limit: LIMITS.contains(&anomaly).into(),
    };
    // SAFETY: the caller's contract; the structure begins with its size.
    unsafe { set_sized(out, facts, LEAST_ANOMALY) }
}

/// The number of classes that this library knows.
///
/// # Safety
/// `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_class_count(out: *mut usize) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, FACTS.len()) }
    })
}

/// A class, by its place in the list, from 0 (not by its number: a number may be missing). The texts are never freed.
///
/// # Safety
/// `out` is writable, and its member `size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_class_get(index: usize, out: *mut sidewatch_class) -> i32 {
    guard(|| {
        let facts = FACTS.get(index).ok_or(Failure(SIDEWATCH_ERROR_INDEX))?;
        let class = sidewatch_class {
            size: size_of::<sidewatch_class>(),
            name: sidewatch_text::of(facts.name),
            gain: sidewatch_text::of(facts.gain),
            number: facts.class as u32,
            cwe: facts.cwe.into(),
            severity: facts.severity as u32,
            reserved: 0,
        };
        // SAFETY: the contract of this function is that of `set_sized`.
        unsafe { set_sized(out, class, LEAST_CLASS) }
    })
}

/// The number of anomalies that this library knows.
///
/// # Safety
/// `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_anomaly_count(out: *mut usize) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, Anomaly::ALL.len()) }
    })
}

/// An anomaly, by its place in the list, from 0. The texts are never freed.
///
/// # Safety
/// `out` is writable, and its member `size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_anomaly_get(index: usize, out: *mut sidewatch_anomaly) -> i32 {
    guard(|| {
        let anomaly = Anomaly::ALL.get(index).ok_or(Failure(SIDEWATCH_ERROR_INDEX))?;
        // SAFETY: the contract of this function is that of `give_anomaly`.
        unsafe { give_anomaly(*anomaly, out) }
    })
}

/// The limits of the engine's policy.
///
/// # Safety
/// `engine` is live; `out` is writable, and its member `size` is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_engine_limits(
    engine: *const sidewatch_engine,
    out: *mut sidewatch_limits,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let engine = unsafe { object(engine) }?;
        let limits = &engine.0.engine.policy().limits;
        let limits = sidewatch_limits {
            size: size_of::<sidewatch_limits>(),
            field: limits.field as u64,
            headers: limits.headers as u64,
            params: limits.params as u64,
            nesting: limits.nesting as u64,
            decode_depth: limits.decode_depth as u64,
            decode_factor: limits.decode_factor as u64,
            inflate_bytes: limits.inflate_bytes,
            inflate_ratio: limits.inflate_ratio,
            findings: limits.findings as u64,
            excerpt: limits.excerpt as u64,
            keep_body: limits.keep_body as u64,
            pipelined: limits.pipelined as u64,
        };
        // SAFETY: the contract of this function is that of `set_sized`.
        unsafe { set_sized(out, limits, LEAST_LIMITS) }
    })
}

/// The confidence from which a finding makes its transaction an attack: what the policy's `sensitivity` says.
///
/// # Safety
/// `engine` is live; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_engine_attack_confidence(
    engine: *const sidewatch_engine,
    out: *mut u32,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let engine = unsafe { object(engine) }?;
        let from = engine.0.engine.policy().detection.sensitivity.attack_from();
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, from.into()) }
    })
}

/// Whether the engine's policy looks for the class of that number: 1 or 0.
///
/// # Safety
/// `engine` is live; `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sidewatch_engine_has_class(
    engine: *const sidewatch_engine,
    class_number: u32,
    out: *mut u32,
) -> i32 {
    guard(|| {
        // SAFETY: the contract of this function is that of `object`.
        let engine = unsafe { object(engine) }?;
        let class = class_of(class_number).ok_or(Failure(SIDEWATCH_ERROR_INDEX))?;
        let has = engine.0.engine.policy().detection.classes.contains(class);
        // SAFETY: the contract of this function is that of `set`.
        unsafe { set(out, has.into()) }
    })
}
