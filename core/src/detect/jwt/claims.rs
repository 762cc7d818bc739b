//! What the members of a token make a verifier do.

use super::Token;
use crate::detect::lex::find::find;
use crate::detect::lex::url::{Host, Url};
use crate::detect::{Class, Hit};
use smallvec::SmallVec;

/// Bytes kept of a member.
const KEPT: usize = 256;
/// More rounds of key derivation than anybody asks of a server (RFC 7518 section 4.8.1.2 asks for 1,000 at least).
const ROUNDS: u64 = 2_000_000;

/// A member's value as far as it is kept.
type Text = SmallVec<[u8; KEPT]>;

/// What is told: the member's name, its value, and the hit in it.
pub type Tell<'a> = &'a mut dyn FnMut(&'static [u8], &[u8], Hit);

/// Takes the members of one token, then says what they amount to.
#[derive(Debug, Default)]
pub struct Claims {
    alg: Option<Text>,
    kid: Text,
    jku: Text,
    x5u: Text,
    kind: Text,
    content: Text,
    issuer: Text,
    /// Kind of the key inside the token.
    jwk: Option<Text>,
    symmetric: bool,
    certificate: bool,
    rounds: Text,
    /// Whether the header names a member twice.
    pub repeated: bool,
}

impl Claims {
    /// The next piece of a member of the header; `path` is the way to it: `kid`, `jwk.kty`, `x5c[0]`.
    pub fn header(&mut self, path: &[u8], piece: &[u8]) {
        let slot = match path {
            b"alg" => self.alg.get_or_insert_default(),
            b"kid" => &mut self.kid,
            b"jku" => &mut self.jku,
            b"x5u" => &mut self.x5u,
            b"typ" => &mut self.kind,
            b"cty" => &mut self.content,
            b"p2c" => &mut self.rounds,
            b"jwk.kty" => self.jwk.get_or_insert_default(),
            b"jwk.k" => {
                self.symmetric = true;
                return;
            }
            _ if path.starts_with(b"x5c") => {
                self.certificate = true;
                return;
            }
            _ => return,
        };
        keep(slot, piece);
    }

    /// The next piece of a member of the payload.
    pub fn payload(&mut self, path: &[u8], piece: &[u8]) {
        if path == b"iss" {
            keep(&mut self.issuer, piece);
        }
    }

    /// Whether the header is one: what is no JOSE header may still look like a token.
    pub fn is_token(&self) -> bool {
        self.alg.is_some() || self.kind.eq_ignore_ascii_case(b"jwt")
    }

    /// The token is over. `request` tells that its place is that of an OpenID request object, which needs no signature
    /// (OpenID Connect Core section 6.1); `complete` that the token is not cut off.
    pub fn judge(
        &self,
        token: &Token<'_>,
        request: bool,
        complete: bool,
        scratch: &mut Vec<u8>,
        tell: Tell<'_>,
    ) {
        if !self.is_token() {
            return;
        }
        let empty = Text::new();
        let alg = self.alg.as_ref().unwrap_or(&empty);
        let name = alg.trim_ascii();
        let none = name.eq_ignore_ascii_case(b"none");
        let mut tell = |member: &'static [u8], value: &[u8], technique, confidence, why: &'static str| {
            let shown: &[u8] = if value.is_empty() { b"(empty)" } else { value };
            let span = 0..shown.len();
            tell(member, shown, Hit { class: Class::Jwt, technique, confidence, span, reason: why.into() });
        };
        if none {
            let why =
                "the token says that it is not signed: a verifier that goes by its header accepts any claim";
            tell(b"alg", alg, "alg-none", if request { 42 } else { 92 }, why);
        } else if name.is_empty() || matches!(name, b"null" | b"true" | b"false" | b"0") {
            let why = "the token names no algorithm: a verifier that falls back to none accepts any claim";
            tell(b"alg", alg, "alg-missing", 62, why);
        } else if !is_registered(name) {
            tell(b"alg", alg, "alg-unknown", 38, "an algorithm that is not registered for tokens");
        }
        let signs = !none && is_registered(name) && !token.encrypted;
        if signs && complete && token.signature == Some(b"") && !token.payload.is_empty() {
            let why = "the signature is missing under an algorithm that signs: a verifier that skips empty ones accepts any claim";
            tell(b"alg", alg, "no-signature", if request { 42 } else { 84 }, why);
        }
        if let Some(signature) = token.signature.filter(|_| signs && name.starts_with(b"ES"))
            && is_zero(signature, scratch)
        {
            let why = "the signature is zeros, which faulty verifiers of elliptic curves take for valid";
            tell(b"alg", alg, "zero-signature", 94, why);
        }
        if name.starts_with(b"HS")
            && (self.certificate || self.jwk.as_ref().is_some_and(|k| k.as_slice() != b"oct"))
        {
            let why = "a shared-secret algorithm beside a public key: a verifier that takes the key for the secret accepts \
                       what anybody signs with it";
            tell(b"alg", alg, "key-confusion", 84, why);
        }
        if let Some(kind) = &self.jwk {
            let proof = has_word(&self.kind, b"dpop")
                || has_word(&self.kind, b"proof")
                || has_word(&self.kind, b"kb+jwt");
            if self.symmetric || kind.as_slice() == b"oct" {
                let why = "the secret to verify the token with is inside the token";
                tell(b"jwk", kind, "embedded-key", 90, why);
            } else if !proof {
                let why =
                    "the key to verify the token with is inside the token: whoever makes one brings his own";
                tell(b"jwk", kind, "embedded-key", 76, why);
            }
        }
        if let Some((technique, confidence, why)) = self.kid_is() {
            tell(b"kid", &self.kid, technique, confidence, why);
        }
        for (member, value) in [(&b"jku"[..], &self.jku), (b"x5u", &self.x5u)] {
            if let Some((confidence, why)) = self.location(value) {
                tell(member, value, "key-url", confidence, why);
            }
        }
        let rounds =
            self.rounds.iter().take(20).fold(0u64, |n, b| {
                n.saturating_mul(10).saturating_add(u64::from(b.wrapping_sub(b'0').min(9)))
            });
        if self.rounds.iter().all(u8::is_ascii_digit) && rounds > ROUNDS {
            let why =
                "the token asks for millions of rounds of key derivation: verifying it keeps the server busy";
            tell(b"p2c", &self.rounds, "key-derivation-cost", 78, why);
        }
        if has_word(&self.content, b"xml") || has_word(&self.content, b"java-serialized") {
            let why = "the token says that its payload is of a type whose reader can be attacked";
            tell(b"cty", &self.content, "content-type", 66, why);
        }
        if self.repeated {
            let why = "the header names a member twice: what is verified may not be what is used";
            tell(b"alg", alg, "repeated-member", 66, why);
        }
    }

    /// What a key identifier is that is no name: a path, a query, a command.
    fn kid_is(&self) -> Option<(&'static str, u8, &'static str)> {
        let kid = self.kid.as_slice();
        let lower: Text = kid.iter().map(u8::to_ascii_lowercase).collect();
        const FOLDERS: [&[u8]; 10] = [
            b"/dev/", b"/proc/", b"/etc/", b"/sys/", b"/tmp/", b"/var/", b"/usr/", b"/home/", b"/root/",
            b"/opt/",
        ];
        let path = "the key identifier is a path: a verifier that reads keys from disk takes a file the attacker knows for the key";
        if find(kid, b"../").is_some() || find(kid, b"..\\").is_some() || find(&lower, b"%2e%2e").is_some() {
            return Some(("kid-path", 88, path));
        }
        let drive = matches!(kid, [d, b':', b'\\' | b'/', ..] if d.is_ascii_alphabetic());
        if FOLDERS.iter().any(|f| lower.starts_with(f)) || lower.starts_with(b"file:") || drive {
            return Some(("kid-path", 86, path));
        }
        if kid.contains(&0) {
            return Some(("kid-path", 84, path));
        }
        let has = |set: &[u8]| kid.iter().any(|b| set.contains(b));
        if has(b"'\"") && has(b" ;-/)|") && has(b"=;()-") {
            let why = "the key identifier ends a string and goes on as a query: the attacker chooses the key it returns";
            return Some(("kid-injection", 82, why));
        }
        if find(kid, b"$(").is_some() || has(b"`") || has(b"|;") && has(b" ") || find(kid, b"&&").is_some() {
            let why =
                "the key identifier carries a command: a verifier that builds a command line from it runs it";
            return Some(("kid-injection", 82, why));
        }
        None
    }

    /// What an address of keys is, compared with the issuer's.
    fn location(&self, value: &[u8]) -> Option<(u8, &'static str)> {
        if value.is_empty() {
            return None;
        }
        let Some(url) = Url::read(value, true) else {
            return Some((52, "the key's address is no address of a host"));
        };
        let host = Host::read(url.host);
        if !url.is("https") && !url.is("http") {
            return Some((84, "the key is to be loaded in an unusual way"));
        }
        if host.is_none_or(|h| h.is_internal() || h.odd || h.address) {
            return Some((
                84,
                "the key is to be loaded from an address, not from a named host of the issuer's",
            ));
        }
        if url.user.is_some() || url.backslash || url.blanks || find(value, b"..").is_some() {
            return Some((82, "the key's address is written so that two readers see two hosts"));
        }
        let issuer = Url::read(&self.issuer, false).filter(|u| !u.host.is_empty());
        let local = issuer.as_ref().is_some_and(|u| Host::read(u.host).is_none_or(Host::is_internal));
        if issuer.as_ref().is_some_and(|u| site(u.host).eq_ignore_ascii_case(site(url.host))) {
            return None;
        }
        // Cloud Foundry's UAA puts the address of its keys into every token.
        if url.path().ends_with(b"/token_keys") {
            return None;
        }
        let other = issuer.is_some() && !local;
        Some(match (url.is("http"), other) {
            (true, _) => {
                (74, "the key is to be loaded without encryption: whoever is in between brings his own")
            }
            (_, true) => (72, "the key is to be loaded from a host that is not the issuer's"),
            _ => (60, "the token says where the key to verify it with is to be loaded from"),
        })
    }
}

/// The last two labels of a host's name.
fn site(host: &[u8]) -> &[u8] {
    let before = memchr::memrchr_iter(b'.', host).nth(1);
    host.get(before.map_or(0, |i| i + 1)..).unwrap_or(host)
}

fn keep(slot: &mut Text, piece: &[u8]) {
    let room = KEPT - slot.len().min(KEPT);
    slot.extend_from_slice(piece.get(..room).unwrap_or(piece));
}

fn has_word(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word))
}

/// Whether the signature is nothing: zeros, or the numbers zero in DER.
fn is_zero(signature: &[u8], scratch: &mut Vec<u8>) -> bool {
    let part = signature.get(..256).unwrap_or(signature);
    Token::decode(part, scratch)
        && !scratch.is_empty()
        && (scratch.iter().all(|b| *b == 0) || scratch.as_slice() == [0x30, 6, 2, 1, 0, 2, 1, 0])
}

/// Whether IANA's registry "JSON Web Signature and Encryption Algorithms" has the name, or names of its families.
fn is_registered(alg: &[u8]) -> bool {
    const NAMES: [&[u8]; 8] =
        [b"EdDSA", b"Ed25519", b"Ed448", b"ES256K", b"dir", b"RSA1_5", b"ECDH-ES", b"ES256B"];
    const FAMILIES: [&[u8]; 4] = [b"HS", b"RS", b"ES", b"PS"];
    let sized = FAMILIES
        .iter()
        .any(|f| alg.strip_prefix(*f).is_some_and(|size| matches!(size, b"256" | b"384" | b"512" | b"1")));
    let keyed = [&b"RSA-OAEP"[..], b"ECDH-ES+", b"PBES2-", b"ML-DSA-", b"A128", b"A192", b"A256", b"SLH-DSA"];
    sized || NAMES.contains(&alg) || keyed.iter().any(|k| alg.starts_with(k))
}
