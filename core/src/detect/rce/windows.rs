//! Commands of the Windows command processor and of PowerShell inside a value.
//!
//! What fires: at the places [`super::command`] finds, a program of Windows with operands that fit it (`& dir C:\`,
//! `| net user x y /add`, `&&certutil -urlcache ..`), batch `for` and `if`; and anywhere a PowerShell command by its full
//! name with operands (`Invoke-WebRequest http://..`), its `-enc` switch, or `IEX (`. What must not: words that are also
//! program names ("type", "net", "start") in text, hyphenated words ("Get-Together"). Source: Windows Commands
//! reference (A-Z list), about_Command_Syntax and the module references of PowerShell; CWE-78.

use super::candidates::{Candidate, Opener};
use super::command::Found;
use super::programs::NAMES;
use super::setting::Setting;
use super::shapes::shapes;
use crate::bytes::{self, Wake, has_pair};
use crate::detect::lex::cmd;
use crate::detect::lex::find::{find, find_no_case};
use crate::detect::lex::words::{self, Marks, ONE, Words};
use crate::detect::{Class, Groups, Hit, Hits, Value};

/// A program of Windows: name, whether it is complete without operands, how unlikely its name is as a word, and the
/// subcommands by which it is known (or none).
pub(super) type Program = (&'static str, bool, u8, &'static [&'static str]);

/// Sorted by name.
#[rustfmt::skip]
pub(super) static PROGRAMS: &[Program] = &[
    ("arp", false, 1, &[]), ("assoc", false, 1, &[]), ("at", false, 0, &[]), ("attrib", false, 2, &[]),
    ("bcdboot", false, 2, &[]), ("bcdedit", true, 2, &[]), ("bitsadmin", false, 2, &[]), ("cacls", false, 2, &[]),
    ("call", false, 0, &[]), ("cd", false, 0, &[]), ("certreq", false, 2, &[]), ("certutil", false, 2, &[]),
    ("chdir", false, 1, &[]), ("cipher", false, 0, &[]), ("cls", true, 1, &[]), ("cmd", false, 1, &[]),
    ("cmdkey", false, 2, &[]), ("copy", false, 0, &[]), ("cscript", false, 2, &[]), ("curl", false, 1, &[]),
    ("del", false, 0, &[]), ("dir", true, 1, &[]), ("diskpart", false, 2, &[]), ("driverquery", true, 2, &[]),
    ("dsquery", false, 2, &[]), ("echo", false, 0, &[]), ("erase", false, 0, &[]), ("expand", false, 0, &[]),
    ("explorer", false, 0, &[]), ("findstr", false, 2, &[]), ("forfiles", false, 2, &[]), ("format", false, 0, &[]),
    ("fsutil", false, 2, &[]), ("ftp", false, 1, &[]), ("getmac", true, 2, &[]), ("gpresult", false, 2, &[]),
    ("hostname", true, 1, &[]), ("icacls", false, 2, &[]), ("iexplore", false, 2, &[]),
    ("installutil", false, 2, &[]), ("ipconfig", true, 2, &[]), ("label", false, 0, &[]), ("md", false, 0, &[]),
    ("mkdir", false, 1, &[]), ("mklink", false, 2, &[]), ("more", false, 0, &[]), ("move", false, 0, &[]),
    ("msbuild", false, 2, &[]), ("mshta", false, 2, &[]), ("msiexec", false, 2, &[]), ("nbtstat", false, 2, &[]),
    ("net", false, 0, &["accounts", "computer", "config", "continue", "file", "group", "localgroup", "pause", "session", "share", "start", "statistics", "stop", "time", "use", "user", "users", "view"]),
    ("net1", false, 2, &["user", "localgroup", "group", "start", "stop"]),
    ("netsh", false, 2, &["firewall", "advfirewall", "interface", "wlan", "dump", "winhttp", "http"]),
    ("netstat", true, 2, &[]), ("nltest", false, 2, &[]), ("notepad", false, 1, &[]), ("nslookup", false, 2, &[]),
    ("odbcconf", false, 2, &[]), ("pathping", false, 2, &[]), ("ping", false, 0, &[]),
    ("powershell", false, 1, &[]), ("print", false, 0, &[]), ("psexec", false, 2, &[]), ("pwsh", false, 2, &[]),
    ("qwinsta", true, 2, &[]), ("rd", false, 0, &[]),
    ("reg", false, 1, &["add", "compare", "copy", "delete", "export", "import", "load", "query", "restore", "save", "unload"]),
    ("regasm", false, 2, &[]), ("regedit", false, 2, &[]), ("regsvr32", false, 2, &[]), ("ren", false, 1, &[]),
    ("rename", false, 0, &[]), ("rmdir", false, 2, &[]), ("robocopy", false, 2, &[]),
    ("route", false, 0, &["print", "add"]), ("runas", false, 2, &[]), ("rundll32", false, 2, &[]),
    ("sc", false, 0, &["config", "create", "delete", "failure", "qc", "query", "queryex", "start", "stop"]),
    ("schtasks", true, 2, &[]), ("set", false, 0, &[]), ("setx", false, 2, &[]), ("shutdown", false, 0, &[]),
    ("start", false, 0, &[]), ("subst", false, 1, &[]), ("sysinfo", true, 2, &[]), ("systeminfo", true, 2, &[]),
    ("takeown", false, 2, &[]), ("taskkill", false, 2, &[]), ("tasklist", true, 2, &[]), ("tftp", false, 2, &[]),
    ("timeout", false, 0, &[]), ("tracert", false, 2, &[]), ("tree", false, 0, &[]), ("type", false, 0, &[]),
    ("tzutil", false, 2, &[]), ("ver", true, 1, &[]), ("vol", false, 1, &[]), ("vssadmin", false, 2, &[]),
    ("waitfor", false, 1, &[]), ("wevtutil", false, 2, &[]), ("where", false, 0, &[]), ("whoami", true, 2, &[]),
    ("winrm", false, 2, &[]), ("winrs", false, 2, &[]),
    ("wmic", false, 2, &["process", "os", "useraccount", "service", "product", "computersystem", "logicaldisk", "startup", "qfe", "group", "nic", "bios"]),
    ("wscript", false, 2, &[]), ("wusa", false, 2, &[]), ("xcopy", false, 2, &[]),
];

/// Reads the candidate as the Windows command processor would, and sums what speaks for a command.
pub(super) fn weigh(bytes: &[u8], candidate: Candidate, setting: Setting, read: &mut Words) -> Option<Found> {
    let Candidate { opener, from, .. } = candidate;
    if matches!(opener, Opener::Backtick | Opener::Substitution | Opener::Process) {
        return None;
    }
    let quoted = candidate.mark.checked_sub(1).and_then(|i| bytes.get(i)) == Some(&b'^');
    if quoted || !can_start(bytes, from) {
        return None;
    }
    cmd::read_if(bytes, from, setting.plus, read, |read| {
        let word = read.word(0);
        lookup(word).is_some() || batch_word(word) || word.eq_ignore_ascii_case(b"if/i")
    });
    if let Some(found) = batch(read, opener) {
        return Some(found);
    }
    let (word, marks) = (read.word(0), read.marks(0));
    let (program, by_path) = lookup(word)?;
    let &(name, complete, rarity, subcommands) = program;
    let s = shapes(read, 0);
    let some = |n: u8| i8::from(n > 0);
    let first = read.word(1);
    let known = subcommands.iter().any(|sub| first.eq_ignore_ascii_case(sub.as_bytes()));
    let talk = s.talk() as i8;
    let objects = 2 * some(s.system)
        + some(s.switch)
        + some(s.expanded)
        + some(s.host)
        + some(s.file).max(some(s.path));
    let fit = if s.all == 0 && !read.redirected {
        if complete { 1 } else { -2 }
    } else if !subcommands.is_empty() {
        if known { 3 + some(s.switch) - (talk - 3).clamp(0, 3) } else { some(s.switch) - 2 }
    } else if matches!(name, "ping" | "timeout" | "waitfor") {
        some(s.flags) + some(s.switch) + 2 * some(s.host) + some(s.number) - 1 - talk.min(3)
    } else {
        let excuse = if objects >= 2 { 2 } else { 0 };
        objects + some(s.flags) + i8::from(read.redirected) - (talk - excuse).clamp(0, 3)
    };
    // `cmd /c ..`: the command processor and what it is to run.
    let runs =
        name == "cmd" && matches!(first, b"/c" | b"/C" | b"/k" | b"/K" | b"/r" | b"/R") && read.count() > 2;
    // `powershell -c ..`: behind a separator its switches are followed by what it is to run.
    let shell = matches!(name, "powershell" | "pwsh") && opener != Opener::Start;
    let told = shell && matches!(first, [b'-', b'a'..=b'z' | b'A'..=b'Z', ..]) && read.count() > 2;
    // `&set&`: prints the environment; nothing but separators around.
    let rest = bytes.get(from..).unwrap_or_default();
    let printed = name == "set" && opener == Opener::Ampersand && rest.get(3..) == Some(b"&");
    let fit = if runs {
        4
    } else if printed {
        0
    } else if told {
        fit.max(3)
    } else {
        fit
    };
    let hidden = 2 * i8::from(marks.any(Marks::BROKEN)) + i8::from(marks.any(Marks::EXPANDED)) * 2;
    let mut score = opener.weight() + rarity as i8 + by_path + fit + hidden;
    if opener == Opener::Start {
        score += i8::from(s.system > 0 && talk <= 1);
        score -= i8::from(hidden == 0 && rarity < 2 && !known && s.system == 0);
        if rarity == 0 && !known && hidden == 0 && s.system + s.path == 0 {
            score = score.min(2);
        }
    }
    Some(Found {
        score,
        program: name,
        rarity,
        why: if known { "with a subcommand it knows" } else { "a command of Windows and its operands" },
        technique: Some(if hidden > 0 { "hidden-command" } else { "windows-command" }),
        bare: s.all == 0 && !read.redirected && hidden == 0,
        reaches: s.system > 0 || s.host > 0 || hidden > 0 || known,
        path: s.system + s.path > 0,
        fits: fit > 0 && talk == 0,
        stop: read.stop,
    })
}

/// Whether what stands at `from` can be a command: a cheap look before words are read.
fn can_start(bytes: &[u8], from: usize) -> bool {
    let rest = bytes.get(from..).unwrap_or_default();
    let skip = rest
        .iter()
        .take(16)
        .take_while(|b| b.is_ascii_whitespace() || matches!(b, b'+' | b'(' | b'@'))
        .count();
    let rest = rest.get(skip..).unwrap_or_default();
    let rest = rest.get(..64).unwrap_or(rest);
    let ends = |b: &u8| {
        b.is_ascii_whitespace()
            || matches!(b, b'+' | b'/' | b'=' | b'&' | b'|' | b';' | b',' | b'<' | b'>' | b')')
    };
    let word = rest.get(..rest.iter().position(ends).unwrap_or(rest.len())).unwrap_or_default();
    let special = |b: &u8| matches!(b, b'"' | b'^' | b'%' | b'\\' | b'!');
    // PERF: most words are not looked up.
    let named = NAMES.may_hold(word) || memchr::memchr2(b'.', ONE, word).is_some();
    word.iter().any(special) || named && (lookup(word).is_some() || batch_word(word))
}

fn batch_word(word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(b"for") || word.eq_ignore_ascii_case(b"if")
}

/// Letters of the shortest name.
const SHORTEST: usize = 2;

/// The program a word names, in any case, with or without `.exe` and folders before it.
pub(super) fn lookup(word: &[u8]) -> Option<(&'static Program, i8)> {
    let slash = word.iter().rposition(|b| *b == b'\\');
    let name = slash.and_then(|i| word.get(i + 1..)).unwrap_or(word);
    let name = match name.len().checked_sub(4).and_then(|n| name.split_at_checked(n)) {
        Some((stem, ext)) if ext.eq_ignore_ascii_case(b".exe") || ext.eq_ignore_ascii_case(b".com") => stem,
        _ => name,
    };
    let by_path = i8::from(name.len() != word.len());
    if name.len() < SHORTEST {
        return None;
    }
    let mut lower = [0u8; 16];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    if lower.contains(&ONE) {
        let literal = lower.iter().filter(|b| **b != ONE).count();
        return PROGRAMS
            .iter()
            .find(|p| literal >= 2 && words::matches(lower, p.0.as_bytes()))
            .map(|p| (p, by_path));
    }
    let name = std::str::from_utf8(lower).ok().filter(|_| NAMES.may_hold(lower))?;
    PROGRAMS.binary_search_by(|p| p.0.cmp(name)).ok().and_then(|i| PROGRAMS.get(i)).map(|p| (p, by_path))
}

/// `for %x in (..) do ..` and `if [not] exist|defined|a==b|a equ b ..`.
fn batch(read: &Words, opener: Opener) -> Option<Found> {
    let is = |i: usize, text: &[u8]| read.word(i).eq_ignore_ascii_case(text);
    let score = if is(0, b"for") {
        let variable = (1..read.count().min(6)).find(|i| {
            let word = read.word(*i);
            word.first() == Some(&b'%') || word.first().is_some_and(|b| *b == words::MANY) && word.len() > 1
        })?;
        let has_in = is(variable + 1, b"in");
        let list = read.word(variable + 2).first() == Some(&b'(');
        if has_in && list { 4 } else { return None }
    } else if is(0, b"if") || is(0, b"if/i") {
        let mut at = 1;
        while is(at, b"/i") || is(at, b"not") {
            at += 1;
        }
        let test =
            is(at, b"exist") || is(at, b"defined") || is(at, b"errorlevel") || is(at, b"cmdextversion");
        let compare = OPERATORS.iter().any(|op| is(at + 1, op));
        let variable = (at..read.count().min(at + 2))
            .any(|i| read.marks(i).any(Marks::EXPANDED) || starts_argument(read.word(i)));
        let equal = (at..read.count().min(at + 3)).find(|i| find(read.word(*i), b"==").is_some());
        let then = |from: usize| {
            (from..read.count()).any(|i| {
                let word = read.word(i);
                let word = word.strip_prefix(b"(").unwrap_or(word);
                let word = word.strip_suffix(b")").unwrap_or(word);
                let word = word.strip_prefix(b"@").unwrap_or(word);
                lookup(word).is_some()
                    || batch_word(word)
                    || word.eq_ignore_ascii_case(b"goto")
                    || word.eq_ignore_ascii_case(b"exit")
            })
        };
        let open = read.word(read.count().saturating_sub(1)) == b"(";
        let acts = || then(at + 1) || open || then(at + 2);
        // `if /i x==y run`: the switch is the command processor's own.
        let switch = is(0, b"if/i") || is(1, b"/i") || is(1, b"not") && is(2, b"/i");
        let more = read.count() > at + 1;
        let bracketed = read.word(at).first() == Some(&b'(');
        match equal {
            Some(_) if switch && more => 3,
            Some(_) if variable || acts() => 3,
            None if bracketed && compare_within(read, at) && acts() => 3,
            None if test && acts() || compare && (variable || acts()) => 4,
            None if test && at > 1 => 3,
            _ => return None,
        }
    } else {
        return None;
    };
    Some(Found {
        score: score + opener.weight().min(2),
        program: if is(0, b"for") { "for" } else { "if" },
        rarity: 2,
        why: "a loop or test of the Windows command processor",
        technique: Some("windows-batch"),
        bare: false,
        reaches: true,
        path: false,
        fits: true,
        stop: read.stop,
    })
}

/// Comparisons of `if` with command extensions.
static OPERATORS: &[&[u8]] = &[b"equ", b"neq", b"lss", b"leq", b"gtr", b"geq"];

/// Whether one of the words behind `at` compares.
fn compare_within(read: &Words, at: usize) -> bool {
    (at + 1..read.count().min(at + 4))
        .any(|i| OPERATORS.iter().any(|op| read.word(i).eq_ignore_ascii_case(op)))
}

/// `%1`, `[%1]`, `"%~1"`: an argument of a batch file.
fn starts_argument(word: &[u8]) -> bool {
    let at = word.iter().position(|b| *b == b'%');
    at.is_some_and(|at| at < 3 && matches!(word.get(at + 1), Some(b'0'..=b'9' | b'~')))
}

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

/// `known` with the nouns of [`CMDLETS`], the [`ALIASES`] and the names of .NET that [`powershell`] looks for.
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
pub(super) fn powershell(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    let known = value.words.any(Groups::POWERSHELL);
    if value.wake.any(Wake::DASH)
        && value.wake.any(Wake::BLANK.or(Wake::PAREN).or(Wake::PLUS))
        && (known || value.wake.any(Wake::BACKTICK) || encoded(bytes))
    {
        for dash in memchr::memchr_iter(b'-', bytes) {
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

/// The word around a dash, if it is a command of PowerShell; backticks in it are dropped as PowerShell does.
fn cmdlet_at(value: &Value<'_>, dash: usize) -> Option<Hit> {
    let bytes = value.bytes;
    let part = |b: &&u8| b.is_ascii_alphabetic() || **b == b'`';
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
    let name = std::str::from_utf8(lower.get(..n)?).ok()?;
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

    #[test]
    fn tables_are_sorted_and_fit_the_buffer() {
        assert!(PROGRAMS.is_sorted_by(|a, b| a.0 < b.0) && CMDLETS.is_sorted());
        assert!(PROGRAMS.iter().all(|p| (SHORTEST..=16).contains(&p.0.len())));
    }
}
