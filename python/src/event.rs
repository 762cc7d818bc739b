//! Events and findings as Python sees them: immutable, made once from a transaction.

use pyo3::prelude::*;
use sidewatch::Transaction;

/// An attack that was found: what, where, how sure, and why.
#[pyclass(frozen, module = "sidewatch")]
#[derive(Clone)]
pub struct Finding {
    inner: sidewatch::Finding,
}

#[pymethods]
impl Finding {
    /// Name of the class: `sqli`.
    #[getter]
    fn class_name(&self) -> &'static str {
        self.inner.class.name()
    }

    /// Name of the technique: `union-select`.
    #[getter]
    fn technique(&self) -> &'static str {
        self.inner.technique
    }

    /// CWE number, None where there is none.
    #[getter]
    fn cwe(&self) -> Option<u16> {
        Some(self.inner.class.facts().cwe).filter(|&n| n != 0)
    }

    /// `low`, `medium`, `high` or `critical`.
    #[getter]
    fn severity(&self) -> &'static str {
        self.inner.severity.name()
    }

    /// How sure it is, 1 to 100.
    #[getter]
    fn confidence(&self) -> u8 {
        self.inner.confidence
    }

    /// Where it stands, decoders included: `query.q|base64|json.cmd`.
    #[getter]
    fn point(&self) -> &str {
        &self.inner.point
    }

    /// The decoders of the point, in order.
    #[getter]
    fn decoders(&self) -> Vec<&str> {
        self.inner.decoders().collect()
    }

    /// Where it begins in the value at the point, in bytes.
    #[getter]
    fn offset(&self) -> u64 {
        self.inner.offset
    }

    /// Length of the part that tells, in bytes.
    #[getter]
    fn length(&self) -> usize {
        self.inner.length
    }

    /// The part that tells, secrets masked.
    #[getter]
    fn excerpt(&self) -> &str {
        &self.inner.excerpt
    }

    /// What was understood, for a person.
    #[getter]
    fn reason(&self) -> &str {
        &self.inner.reason
    }

    /// What an attacker gains if it works.
    #[getter]
    fn gain(&self) -> &'static str {
        self.inner.class.facts().gain
    }

    /// What the technique means, in one line. docs/techniques.md lists all.
    #[getter]
    fn technique_meaning(&self) -> &'static str {
        self.inner.technique_facts().map_or("", |t| t.meaning)
    }

    /// The CAPEC numbers of the technique, or of the class where the technique has none of its own.
    #[getter]
    fn capec(&self) -> Vec<u16> {
        let own = self.inner.technique_facts().map_or(&[][..], |t| t.capec);
        if own.is_empty() { self.inner.class.references().capec.to_vec() } else { own.to_vec() }
    }

    /// The categories of OWASP's lists: `A03:2021`, `API7:2023`, `LLM01:2025`.
    #[getter]
    fn owasp(&self) -> Vec<&'static str> {
        self.inner.class.references().owasp.to_vec()
    }

    /// The part that tells, as the attacked interpreter's lexer reads it: `string-end or number = number comment`.
    #[getter]
    fn tokens(&self) -> &str {
        &self.inner.tokens
    }

    fn __repr__(&self) -> String {
        let f = &self.inner;
        format!("<Finding {} {} at {} ({})>", f.class.name(), f.technique, f.point, f.confidence)
    }
}

/// One form of a value that the detectors saw.
#[pyclass(frozen, get_all, module = "sidewatch")]
#[derive(Clone)]
pub struct Step {
    /// Where it stands, decoders included.
    point: String,
    /// The kind of place: `QueryValue`.
    place: String,
    /// `plain`, `layered` or `guessed`: how sure it is that the application would see this form.
    trust: String,
    /// Length in bytes.
    length: usize,
    /// The beginning, unprintable bytes escaped, secrets not masked.
    shown: String,
    /// The classes whose detectors looked.
    woken: Vec<String>,
    /// What they said: class, technique, confidence.
    hits: Vec<(String, String, u8)>,
    /// What every class made of it, and why.
    looks: Vec<Look>,
}

/// What one class made of a value.
#[pyclass(frozen, get_all, module = "sidewatch")]
#[derive(Clone)]
pub struct Look {
    /// Name of the class.
    class_name: String,
    /// `disabled`, `not_woken`, `silent`, `hint`, `lowered`, `excluded` or `attack`.
    outcome: String,
    /// The technique understood, empty if there is none.
    technique: String,
    /// How sure the detector was, 0 if nothing was understood.
    said: u8,
    /// What is left of that after the trust in the decoding was weighed.
    confidence: u8,
    /// The confidence from which it is an attack at the engine's sensitivity.
    line: u8,
    /// Why, for a person.
    reason: String,
    /// The value, or the part that tells, as the lexer of the class reads it; empty if the detector did not look.
    tokens: String,
}

#[pymethods]
impl Look {
    fn __repr__(&self) -> String {
        format!("<Look {} {}>", self.class_name, self.outcome)
    }
}

impl From<&sidewatch::engine::Look> for Look {
    fn from(l: &sidewatch::engine::Look) -> Look {
        Look {
            class_name: l.class.name().to_owned(),
            outcome: l.outcome.name().to_owned(),
            technique: l.technique.to_owned(),
            said: l.said,
            confidence: l.confidence,
            line: l.line,
            reason: l.reason.clone(),
            tokens: l.tokens.clone(),
        }
    }
}

#[pymethods]
impl Step {
    fn __repr__(&self) -> String {
        format!("<Step {} {:?}>", self.point, self.shown)
    }
}

impl From<&sidewatch::engine::Step> for Step {
    fn from(s: &sidewatch::engine::Step) -> Step {
        Step {
            point: s.point.clone(),
            place: format!("{:?}", s.place),
            trust: format!("{:?}", s.trust).to_lowercase(),
            length: s.length,
            shown: s.shown.clone(),
            woken: s.woken().into_iter().map(str::to_owned).collect(),
            hits: s
                .looks
                .iter()
                .filter(|l| l.said > 0)
                .map(|l| (l.class.name().to_owned(), l.technique.to_owned(), l.said))
                .collect(),
            looks: s.looks.iter().map(Look::from).collect(),
        }
    }
}

/// The verdict of one transaction and what led to it.
#[pyclass(frozen, module = "sidewatch")]
#[derive(Clone)]
pub struct Event {
    verdict: &'static str,
    score: u8,
    method: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    host: Option<Vec<u8>>,
    status: Option<u16>,
    client: Option<std::net::SocketAddr>,
    time: Option<f64>,
    findings: Vec<Finding>,
    classes: Vec<&'static str>,
    anomalies: Vec<&'static str>,
    request_body: Vec<u8>,
    response_body: Vec<u8>,
    json: Vec<u8>,
}

impl Event {
    /// What `tx` says now.
    pub fn of(tx: &Transaction) -> Event {
        let mut json = Vec::new();
        tx.write_json(&mut json);
        let event = tx.event();
        let request = |part: &[u8]| tx.has_request().then(|| part.to_vec());
        Event {
            verdict: event.verdict.name(),
            score: event.score,
            method: request(tx.method()),
            target: request(tx.target()),
            host: request(tx.host()),
            status: tx.status(),
            client: event.client,
            time: event.time.map(|t| t.as_secs_f64()),
            findings: tx.findings().iter().map(|f| Finding { inner: f.clone() }).collect(),
            classes: event.classes(),
            anomalies: tx.anomalies().iter().map(|a| a.name()).collect(),
            request_body: tx.request_body_kept().to_vec(),
            response_body: tx.response_body_kept().to_vec(),
            json,
        }
    }
}

fn text(bytes: Option<&Vec<u8>>) -> Option<String> {
    bytes.filter(|b| !b.is_empty()).map(|b| String::from_utf8_lossy(b).into_owned())
}

#[pymethods]
impl Event {
    /// `pass`, `suspicious` or `attack`.
    #[getter]
    fn verdict(&self) -> &'static str {
        self.verdict
    }

    /// Whether the verdict is `attack`.
    #[getter]
    fn is_attack(&self) -> bool {
        self.verdict == "attack"
    }

    /// The highest confidence of a finding, 0 if there is none.
    #[getter]
    fn score(&self) -> u8 {
        self.score
    }

    /// The classes the verdict rests on, sorted: of an attack those with a finding that reaches the engine's
    /// sensitivity, otherwise those of all findings, which are hints.
    #[getter]
    fn classes(&self) -> Vec<&'static str> {
        self.classes.clone()
    }

    /// The findings that make an attack at that sensitivity: `strict`, `default` or `relaxed`.
    fn findings_at(&self, sensitivity: &str) -> PyResult<Vec<Finding>> {
        let line = crate::engine::sensitivity_of(sensitivity)?.attack_from();
        Ok(self.findings.iter().filter(|f| f.inner.confidence >= line).cloned().collect())
    }

    /// The findings, ordered by point, offset and class.
    #[getter]
    fn findings(&self) -> Vec<Finding> {
        self.findings.clone()
    }

    /// Oddities of the messages, by name.
    #[getter]
    fn anomalies(&self) -> Vec<&'static str> {
        self.anomalies.clone()
    }

    /// The request's method, None if no request was seen. Bytes that are no UTF-8 are replaced, here and below.
    #[getter]
    fn method(&self) -> Option<String> {
        text(self.method.as_ref())
    }

    /// The request's target as sent; secrets are not masked here.
    #[getter]
    fn target(&self) -> Option<String> {
        text(self.target.as_ref())
    }

    /// The host the request is for.
    #[getter]
    fn host(&self) -> Option<String> {
        text(self.host.as_ref())
    }

    /// The status of the response, None if none was seen.
    #[getter]
    fn status(&self) -> Option<u16> {
        self.status
    }

    /// Where the request came from, as `(address, port)`.
    #[getter]
    fn client(&self) -> Option<(String, u16)> {
        self.client.map(|c| (c.ip().to_string(), c.port()))
    }

    /// When the transaction began, in seconds since the Unix epoch.
    #[getter]
    fn time(&self) -> Option<f64> {
        self.time
    }

    /// The beginning of the request's decoded body, as much as the engine was told to keep.
    #[getter]
    fn request_body(&self) -> &[u8] {
        &self.request_body
    }

    /// The beginning of the response's decoded body, as much as the engine was told to keep.
    #[getter]
    fn response_body(&self) -> &[u8] {
        &self.response_body
    }

    /// The event as one line of JSON, secrets masked. docs/event.schema.json describes it.
    fn to_json(&self) -> String {
        String::from_utf8_lossy(&self.json).into_owned()
    }

    /// The event as a dictionary: what `to_json` says.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("json")?.call_method1("loads", (self.to_json(),))
    }

    fn __repr__(&self) -> String {
        let (method, target) = (self.method().unwrap_or_default(), self.target().unwrap_or_default());
        format!("<Event {} {} {} {:?}>", self.verdict, method, target, self.classes())
    }
}
