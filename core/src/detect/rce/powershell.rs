//! Commands of PowerShell inside a value.
//!
//! What fires: anywhere a command by its full name with operands (`Invoke-WebRequest http://..`), the `-enc` switch, `IEX (`,
//! or a call of .NET. What must not: hyphenated words ("Get-Together"). Source: about_Command_Syntax and the module
//! references of PowerShell; CWE-78.

use crate::bytes::{self, Wake, has_pair};
use crate::detect::beside::Beside;
use crate::detect::lex::find::{find_no_case, places};
use crate::detect::lex::initials::Initials;
use crate::detect::{Class, Groups, Hit, Hits, Value};

/// PowerShell commands by full name (module references of PowerShell 5.1 and 7), lower case, sorted.
static CMDLETS: &[&str] = &[
    "add-content",
    "add-localgroupmember",
    "add-mppreference",
    "add-type",
    "compress-archive",
    "convertto-securestring",
    "copy-item",
    "enable-psremoting",
    "enter-pssession",
    "expand-archive",
    "get-acl",
    "get-aduser",
    "get-childitem",
    "get-ciminstance",
    "get-computerinfo",
    "get-content",
    "get-credential",
    "get-eventlog",
    "get-host",
    "get-item",
    "get-itemproperty",
    "get-localgroupmember",
    "get-localuser",
    "get-location",
    "get-netadapter",
    "get-netipaddress",
    "get-nettcpconnection",
    "get-process",
    "get-psdrive",
    "get-scheduledtask",
    "get-service",
    "get-smbshare",
    "get-wmiobject",
    "import-module",
    "invoke-cimmethod",
    "invoke-command",
    "invoke-expression",
    "invoke-item",
    "invoke-restmethod",
    "invoke-webrequest",
    "invoke-wmimethod",
    "move-item",
    "new-item",
    "new-itemproperty",
    "new-localuser",
    "new-netfirewallrule",
    "new-object",
    "new-psdrive",
    "new-pssession",
    "new-scheduledtask",
    "new-service",
    "out-file",
    "out-string",
    "read-host",
    "register-scheduledtask",
    "remove-item",
    "resolve-dnsname",
    "restart-computer",
    "restart-service",
    "select-string",
    "send-mailmessage",
    "set-content",
    "set-executionpolicy",
    "set-item",
    "set-itemproperty",
    "set-location",
    "set-mppreference",
    "set-service",
    "start-bitstransfer",
    "start-job",
    "start-process",
    "start-service",
    "start-sleep",
    "stop-computer",
    "stop-process",
    "stop-service",
    "test-connection",
    "test-netconnection",
    "write-host",
    "write-output",
];

/// Their aliases that nothing else is called (about_Aliases).
static ALIASES: &[&str] =
    &["iex", "iwr", "irm", "icm", "gwmi", "iwmi", "gci", "saps", "sajb", "rwmi", "gsv", "gps"];

/// `known` with the nouns of [`CMDLETS`], the [`ALIASES`] and the names of .NET that [`judge`] looks for.
pub(super) const fn words(mut known: bytes::Words) -> bytes::Words {
    let group = Groups::POWERSHELL.bits();
    let mut i = 0;
    while i < CMDLETS.len() {
        let (name, mut at) = (CMDLETS[i], 0);
        while name.as_bytes()[at] != b'-' {
            at += 1;
        }
        known = known.with(name.split_at(at).1, group);
        i += 1;
    }
    let called = &["downloadstring", "downloadfile", "diagnostics", "convert"];
    known.with_all(ALIASES, group).with_all(called, group | Groups::DOTNET.bits())
}

/// Whether a switch begins as `-EncodedCommand` does.
pub(super) fn encoded(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'-', bytes)
        .any(|dash| matches!(bytes.get(dash + 1..), Some([b'e' | b'E', b'n' | b'N', ..])))
}

/// Judges one value for PowerShell.
pub(super) fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    // Backticks are dropped from names.
    let known = value.words.any(Groups::POWERSHELL) && value.may_hold(Beside::CMDLET);
    if value.wake.any(Wake::DASH)
        && value.wake.any(Wake::BLANK.or(Wake::PAREN).or(Wake::PLUS))
        && (known || value.wake.any(Wake::BACKTICK) || value.may_hold(Beside::ENCODED) && encoded(bytes))
    {
        for dash in places(bytes, b'-').filter(|dash| may_join(bytes, *dash)) {
            if let Some(hit) = cmdlet_at(value, dash) {
                return hits.push(hit);
            }
        }
    }
    if value.wake.all(Wake::PAREN.or(Wake::BRACKET).or(Wake::COLON)) && has_pair(bytes, *b"]:") {
        for close in memchr::memchr_iter(b']', bytes) {
            if let Some(span) = static_call(bytes, close) {
                return hits.push(hit(
                    78,
                    span,
                    "calls .NET from PowerShell, by the name of a type in brackets".to_owned(),
                ));
            }
        }
    }
    if value.words.any(Groups::DOTNET) && value.wake.all(Wake::PAREN.or(Wake::DOT)) {
        for dot in memchr::memchr_iter(b'.', bytes) {
            let call = bytes.get(dot..).unwrap_or_default();
            let is = |name: &[u8]| call.get(..name.len()).is_some_and(|c| c.eq_ignore_ascii_case(name));
            let (len, reason) = match call.get(1) {
                Some(b'D' | b'd') if is(b".DownloadString(") => {
                    (16, "downloads a script to run it, by .NET's WebClient")
                }
                Some(b'D' | b'd') if is(b".DownloadFile(") => {
                    (14, "downloads a file to the server, by .NET's WebClient")
                }
                Some(b'D' | b'd') if is(b".Diagnostics.Process]::Start(") => {
                    (29, "starts a process through .NET")
                }
                Some(b'C' | b'c') if is(b".Convert]::FromBase64String(") => {
                    (28, "decodes a hidden script through .NET")
                }
                _ => continue,
            };
            return hits.push(hit(82, dot..dot + len, reason.to_owned()));
        }
    }
}

/// `[Type]::Method(` with a type that reaches code, files or the network (PowerShell, about_Type_Accelerators; .NET API
/// reference); any type of `System.` by its full name.
fn static_call(bytes: &[u8], close: usize) -> Option<std::ops::Range<usize>> {
    let behind = bytes.get(close + 1..)?.strip_prefix(b"::")?;
    let method = behind.iter().take(40).take_while(|b| b.is_ascii_alphanumeric()).count();
    if method == 0 || behind.get(method) != Some(&b'(') {
        return None;
    }
    let before = bytes.get(close.saturating_sub(64)..close)?;
    let name = before.get(memchr::memrchr(b'[', before)? + 1..)?;
    let named = |n: &&[u8]| name.len() == n.len() && name.eq_ignore_ascii_case(n);
    let types: &[&[u8]] = &[
        b"scriptblock",
        b"reflection.assembly",
        b"io.file",
        b"convert",
        b"net.webrequest",
        b"net.dns",
        b"diagnostics.process",
        b"activator",
        b"appdomain",
        b"runtime.interopservices.marshal",
        b"text.encoding",
        b"environment",
        b"wmiclass",
        b"adsi",
    ];
    let system = name.get(..7).is_some_and(|n| n.eq_ignore_ascii_case(b"system."));
    (system || types.iter().any(named)).then(|| close - name.len() - 1..close + 3 + method)
}

fn hit(confidence: u8, span: std::ops::Range<usize>, reason: String) -> Hit {
    Hit { class: Class::Rce, technique: "powershell", confidence, span, reason: reason.into() }
}

/// Whether a byte may be of a name: a letter, or a backtick, which is dropped.
fn is_part(b: &u8) -> bool {
    b.is_ascii_alphabetic() || *b == b'`'
}

/// Whether the dash at `dash` may stand in the name of a command or begin a switch behind one.
///
/// PERF: a few bytes beside it tell of most options of a manual.
fn may_join(bytes: &[u8], dash: usize) -> bool {
    let Some([first, second]) = bytes.get(dash + 1..dash + 3) else { return false };
    let before = dash.checked_sub(1).and_then(|i| bytes.get(i));
    is_part(first)
        && is_part(second)
        && (before.is_some_and(|b| is_part(b) || b.is_ascii_whitespace()) || matches!(first, b'e' | b'E'))
}

/// The word around a dash, if it is a command of PowerShell; backticks in it are dropped as PowerShell does.
fn cmdlet_at(value: &Value<'_>, dash: usize) -> Option<Hit> {
    let bytes = value.bytes;
    let part = |b: &&u8| is_part(b);
    let before = bytes.get(..dash)?.iter().rev().take(24).take_while(part).count();
    let after = bytes.get(dash + 1..)?.iter().take(32).take_while(part).count();
    if before < 2 || after < 3 {
        return switch_at(value, dash, after);
    }
    let span = dash - before..dash + 1 + after;
    let word = bytes.get(span.clone())?;
    let mut lower = [0u8; 64];
    let mut n = 0;
    for b in word.iter().filter(|b| **b != b'`') {
        *lower.get_mut(n)? = b.to_ascii_lowercase();
        n += 1;
    }
    // PERF: few words with a dash are as long as the commands that begin so.
    static OF_CMDLETS: Initials = Initials::of(CMDLETS);
    let name = lower.get(..n).filter(|name| OF_CMDLETS.fit(name))?;
    let name = std::str::from_utf8(name).ok()?;
    CMDLETS.binary_search(&name).ok()?;
    let glued =
        span.start > 0 && matches!(bytes.get(span.start - 1), Some(b'-' | b'_' | b'/' | b'.' | b'#' | b':'));
    if glued || matches!(bytes.get(span.end), Some(b'-' | b'_' | b'/' | b'.')) {
        return None;
    }
    let rest = bytes.get(span.end..)?;
    let rest = rest.get(..80).unwrap_or(rest).trim_ascii_start();
    let hidden = n != word.len();
    let loud = matches!(
        name,
        "invoke-expression"
            | "invoke-webrequest"
            | "invoke-restmethod"
            | "invoke-command"
            | "invoke-wmimethod"
            | "start-process"
            | "set-executionpolicy"
            | "start-bitstransfer"
            | "new-localuser"
            | "set-mppreference"
            | "add-mppreference"
    ) || name == "new-object"
        && [&b"System.Net."[..], b"Net.", b"System.Diagnostics.", b"IO.", b"System.IO.", b"-ComObject"]
            .iter()
            .any(|t| rest.get(..t.len()).is_some_and(|r| r.eq_ignore_ascii_case(t)));
    let operand = match rest {
        [b'-', b, ..] => b.is_ascii_alphabetic(),
        [b'(' | b'$' | b'\'' | b'"' | b'[', ..] => true,
        _ => {
            rest.starts_with(b"http")
                || rest.starts_with(b"System.")
                || rest.get(1..3) == Some(b":\\")
                || rest.starts_with(b"\\\\")
                || rest.starts_with(b"Net.")
        }
    };
    let start = bytes.get(..span.start)?.iter().all(|b| !b.is_ascii_alphanumeric());
    let separated = bytes
        .get(..span.start)?
        .trim_ascii_end()
        .last()
        .is_some_and(|b| matches!(b, b';' | b'|' | b'&' | b'('));
    let score = 2 * u8::from(hidden) + u8::from(loud) + u8::from(operand) + u8::from(start || separated);
    let long = value.bytes.len() > 400;
    let confidence = match score.saturating_sub(u8::from(long)) {
        0 => return None,
        1 => 40,
        2 => 66,
        3 => 86,
        _ => 92,
    };
    Some(hit(
        confidence,
        span,
        format!("PowerShell command {name}{}", if operand { " with operands" } else { "" }),
    ))
}

/// `powershell -enc ..`, and aliases with operands: `iex (`, `iwr http`.
fn switch_at(value: &Value<'_>, dash: usize, after: usize) -> Option<Hit> {
    let bytes = value.bytes;
    // PERF: dashes of text have a blank or a digit behind them.
    let name = bytes.get(dash + 1..dash + 1 + after).filter(|name| name.len() >= 2)?;
    let encoded = name.len() >= 2
        && name.len() <= 14
        && b"encodedcommand".get(..name.len()).is_some_and(|p| p.eq_ignore_ascii_case(name));
    let from = dash.saturating_sub(160);
    let before = bytes.get(from..dash)?;
    if encoded {
        let shell = find_no_case(before, b"powershell").or(find_no_case(before, b"pwsh"))?;
        let payload = bytes.get(dash + 1 + after..)?.trim_ascii_start();
        let run = payload
            .iter()
            .take(64)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(**b, b'+' | b'/' | b'='))
            .count();
        return (run >= 8).then(|| {
            hit(94, from + shell..dash + 1 + after, "PowerShell runs an encoded script".to_owned())
        });
    }
    let before = before.trim_ascii_end();
    let alias = before.iter().rev().take(6).take_while(|b| b.is_ascii_alphabetic()).count();
    let start = before.len() - alias;
    let mut lower = [0u8; 8];
    let lower = lower.get_mut(..alias)?;
    lower.copy_from_slice(before.get(start..)?);
    lower.make_ascii_lowercase();
    let known = ALIASES.iter().any(|a| a.as_bytes() == &*lower);
    let opened =
        before.get(..start)?.trim_ascii_end().last().is_none_or(|b| matches!(b, b';' | b'|' | b'&' | b'('));
    (known && opened && after >= 3).then(|| {
        hit(
            72,
            from + start..dash + 1 + after,
            "PowerShell command by its alias, with a named operand".to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::points::Place;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]
        #[test]
        fn dashes_that_are_passed_over_are_of_no_command(
            parts in prop::collection::vec(prop::sample::select(&[
                "-", "-", "-enc", "e", "`", "Get", "Content", "Invoke-Expression", "iex", "gci", " ", " ", "\t", ";", "(", "powershell", "JABhAGIAYwA=", "abc",
                "-E`n", "1", "\u{e9}", "pwsh ",
            ][..]), 0..10),
        ) {
            let text = parts.concat();
            let bytes = text.as_bytes();
            let (place, name, words, trust) = (Place::QueryValue, &b"q"[..], Groups::ALL, Trust::Plain);
            let value = Value { bytes, place, name, wake: wake(bytes), words, trust, first: true, last: true };
            for dash in memchr::memchr_iter(b'-', bytes) {
                prop_assert!(may_join(bytes, dash) || cmdlet_at(&value, dash).is_none(), "{} at {}", text, dash);
            }
        }
    }

    #[test]
    fn every_command_stands_at_a_dash_that_is_told() {
        let behind = ALIASES.iter().map(|alias| format!("{alias} -abc"));
        let names = CMDLETS.iter().flat_map(|name| [name.to_string(), name.to_uppercase()]).chain(behind);
        for name in names {
            let text = format!("it was a long day in the old town, and nothing went wrong; {name} and so on");
            let told =
                |text: &str| crate::detect::beside(text.as_bytes(), crate::bytes::wake(text.as_bytes()));
            assert!(Beside::CMDLET.in_any(told(&text)), "{name}");
            assert!(!Beside::CMDLET.in_any(told(&text.replace('-', " - "))), "{name}");
        }
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(CMDLETS.is_sorted());
    }
}
