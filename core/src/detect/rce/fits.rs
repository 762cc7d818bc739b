//! What programs take, and how well the operands at hand fit.

use super::candidates::Opener;
use super::programs::Program;
use super::shapes::Shapes;
use crate::detect::lex::words::Words;

/// What a program takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// Nothing: it tells something of the system.
    Info,
    /// The name of a user, a program, a page.
    Name,
    /// Files.
    File,
    /// Hosts and addresses.
    Net,
    /// A time.
    Sleep,
    /// A script, or `-c` and commands.
    Shell,
    /// A program text or file.
    Interp,
    /// Text to print.
    Print,
    /// Subcommands and their operands.
    Admin,
    /// What the shell's own commands take.
    Builtin,
    /// Another command.
    Wrapper,
}

/// How well the operands fit the program, and what to say about it.
pub(super) fn fit(program: &Program, s: Shapes, read: &Words, opener: Opener) -> (i8, &'static str) {
    let &(name, takes, rarity) = program;
    let some = |n: u8| i8::from(n > 0);
    // `-wrapper sh,-c,id`: options that take a command as a list.
    if (1..read.count()).any(|i| runs_list(read.word(i))) {
        return (4, "hands a shell and its command over as an option");
    }
    let none = s.all == 0 && !read.redirected;
    let objects = 2 * some(s.system) + some(s.path).max(some(s.file)).max(some(s.glob)) + some(s.expanded);
    let talk = s.talk() as i8;
    match takes {
        _ if none => match takes {
            Takes::Info => (1 - 2 * i8::from(rarity == 0), "complete without operands"),
            Takes::File if matches!(name, "ls" | "ll") => (1, "complete without operands"),
            Takes::Shell | Takes::Interp if opener == Opener::Pipe => (2, "runs what is piped into it"),
            Takes::Shell | Takes::Name => (0, "without operands"),
            Takes::Admin | Takes::Builtin if rarity == 2 => (0, "without operands"),
            Takes::File if opener == Opener::Pipe => (2 * i8::from(rarity == 2) - 2, "without operands"),
            Takes::File => (-2, "without operands"),
            Takes::Print | Takes::Net | Takes::Interp | Takes::Admin => (-1, "without operands"),
            _ => (-2, "without operands"),
        },
        Takes::Info if subcommand(read, name) => (2, "with an operand it knows"),
        Takes::Info if talk > 0 && objects == 0 && s.flags == 0 => (-2, "operands do not fit"),
        Takes::Info if s.flags + s.system + s.path + s.expanded == 0 && !read.redirected => {
            (-1, "operands do not fit")
        }
        Takes::Info => (2 * some(s.flags) + objects.min(1) - talk.min(3), "with flags"),
        Takes::Name if s.all == 1 && s.prose == 0 => (1, "with a name"),
        Takes::Name => (some(s.flags) + objects - talk.min(3), "operands"),
        Takes::Sleep if s.number + s.expanded >= 1 && talk == 0 && s.all <= 2 => (2, "waits for a set time"),
        Takes::Sleep => (-2, "operands do not fit"),
        Takes::Print => {
            let worth = 2 * some(s.expanded)
                + some(s.quoted)
                + i8::from(read.redirected)
                + some(s.flags)
                + objects.min(1);
            let worth = if worth == 0 && s.all == 1 && s.prose == 0 { 1 } else { worth };
            (worth - (talk - 2).clamp(0, 3), "prints text")
        }
        Takes::Net => {
            let hosts =
                2 * some(s.host) + some(s.flags) + some(s.expanded) + some(s.system).max(some(s.path));
            let talk = if hosts >= 3 { talk - 1 } else { talk };
            (hosts - if rarity < 2 || talk > 1 { talk.clamp(0, 3) } else { 0 }, "with a host to reach")
        }
        Takes::File => {
            let worth = some(s.flags) + objects + i8::from(read.redirected) + some(s.quoted) + some(s.host);
            let excuse = if objects >= 2 || worth >= 3 { 2 } else { 0 };
            (worth - (talk - excuse).clamp(0, 3), "with files to work on")
        }
        Takes::Shell => {
            let worth = 3 * some(s.flags) + objects + i8::from(read.redirected) + some(s.file);
            (worth - if s.flags > 0 { 0 } else { talk.min(3) }, "runs commands")
        }
        Takes::Interp => {
            let worth = 2 * some(s.flags) + objects + some(s.quoted) + i8::from(read.redirected);
            (worth - if s.flags > 0 && s.quoted + s.file > 0 { 0 } else { talk.min(3) }, "runs program text")
        }
        Takes::Admin => {
            let known = subcommand(read, name);
            let worth = i8::from(known) + some(s.flags) + objects + some(s.host) + some(s.assign);
            let excuse = 1 + i8::from(known) + i8::from(rarity == 2);
            (worth - (talk - excuse).clamp(0, 3), "changes the system")
        }
        // Names of aliases may hold what those of variables may not.
        // The names of its options (POSIX, "set").
        Takes::Builtin if name == "set" && sets_option(read) => (5, "sets an option of the shell"),
        Takes::Builtin if name == "alias" && (1..read.count()).any(|i| read.word(i).contains(&b'=')) => {
            (3, "defines a command")
        }
        Takes::Builtin => {
            let worth =
                2 * some(s.assign) + some(s.flags) + some(s.expanded) + some(s.quoted) + objects.min(2);
            (worth - talk.min(3), "a command of the shell itself")
        }
        Takes::Wrapper => (-1, "runs another command"),
    }
}

/// `set -o vi`, `set +o history`, and nothing else.
fn sets_option(read: &Words) -> bool {
    #[rustfmt::skip]
    static OPTIONS: &[&[u8]] = &[
        b"allexport", b"emacs", b"errexit", b"errtrace", b"functrace", b"hashall", b"histexpand", b"history", b"ignoreeof", b"monitor",
        b"noclobber", b"noexec", b"noglob", b"nolog", b"notify", b"nounset", b"pipefail", b"posix", b"privileged", b"verbose", b"vi",
        b"xtrace",
    ];
    read.count() == 3 && matches!(read.word(1), b"-o" | b"+o") && OPTIONS.contains(&read.word(2))
}

/// `sh,-c,..`
fn runs_list(word: &[u8]) -> bool {
    let Some(at) = memchr::memmem::find(word, b"sh,-c,") else { return false };
    at.checked_sub(1).and_then(|i| word.get(i)).is_none_or(|b| !b.is_ascii_digit())
}

/// Whether an operand is one that this program, or programs of its kind, know as a subcommand.
fn subcommand(read: &Words, name: &str) -> bool {
    (1..read.count().min(4)).any(|i| match (name, read.word(i)) {
        ("ps", b"aux" | b"auxww" | b"auxf" | b"ax" | b"axu" | b"ef" | b"faux") => true,
        ("ip", b"a" | b"addr" | b"address" | b"r" | b"route" | b"link" | b"neigh") => true,
        ("ps" | "ip", _) => false,
        (
            _,
            b"install" | b"remove" | b"update" | b"upgrade" | b"add" | b"list" | b"show" | b"start" | b"stop",
        ) => true,
        (
            _,
            b"restart" | b"enable" | b"disable" | b"run" | b"exec" | b"get" | b"apply" | b"delete"
            | b"create",
        ) => true,
        (_, b"pull" | b"push" | b"clone" | b"dump" | b"decrypt" | b"collection" | b"plugin" | b"now") => true,
        _ => false,
    })
}
