//! Tells the head of a statement from a sentence that happens to begin with the same word.

use super::cursor::{Cursor, Tok};
use crate::detect::lex::sql::{Kind, Word};

/// Whether the next tokens are the head of a statement as the grammar of some product has it.
///
/// `drop table users;`, `exec master..xp_cmdshell 'x'` and `update t set a=1` are; `drop by the table`, `exec will create
/// the case` and `update me` are not.
pub(super) fn is_whole(cur: &Cursor<'_>) -> bool {
    let at = |n| cur.peek(n);
    let (a, b, c) = (at(0), at(1), at(2));
    let is = |word| cur.is(a, word);
    let named = |n: usize| is_name(at(n));
    match cur.bytes(a).first().map(u8::to_ascii_lowercase) {
        Some(b'a') => {
            is("alter") && is_object(b) && named(2)
                || is("attach") && (cur.is(b, "database") || b.kind == Kind::Str)
                || is("analyze") && (cur.is(b, "table") || ends(b) || named(1) && ends(c))
        }
        Some(b'b') => {
            is("bulk") && cur.is(b, "insert")
                || is("backup") && (cur.is(b, "database") || cur.is(b, "log")) && named(2)
                || is("begin")
                    && (matches!(
                        b.word(),
                        Some(Word::Statement | Word::Select | Word::Delay | Word::Sleep | Word::Reach)
                    ) || at(2).kind == Kind::Dot)
        }
        Some(b'c') => {
            is("create") && (is_object(b) || cur.is(b, "or")) && !at(2).is_end()
                || is("call") && named(1) && matches!(c.kind, Kind::Open | Kind::Dot)
                || is("copy") && (b.kind == Kind::Open || named(1) && (cur.is(c, "from") || cur.is(c, "to")))
                || is("commit") && ends(b)
        }
        Some(b'd') => {
            is("drop")
                && is_object(b)
                && (named(2) && ends_name(at(3)) || cur.is(c, "if") && cur.is(at(3), "exists"))
                || is("delete") && b.word() == Some(Word::From) && named(2) && ends_name(at(3))
                || is("declare")
                    && (matches!(b.kind, Kind::Variable | Kind::Json) && declares(c, at(3))
                        || is_name(b) && (c.word() == Some(Word::Type) || cur.is(c, "cursor")))
                || is("do") && b.kind == Kind::Open && matches!(c.kind, Kind::Number | Kind::Str)
                || is("do")
                    && matches!(b.word(), Some(Word::Sleep | Word::Function | Word::Reach))
                    && c.kind == Kind::Open
                || is("dbcc") && named(1)
                || is("deny") && named(1) && c.word() == Some(Word::On)
                || (is("describe") || is("desc")) && named(1) && ends(c)
                || is("detach") && cur.is(b, "database")
                || is("deallocate") && named(1) && ends(c)
        }
        Some(b'e') => {
            (is("exec") || is("execute")) && runs(cur)
                || is("explain") && matches!(b.word(), Some(Word::Select | Word::Statement))
        }
        Some(b'f') => is("flush") && (cur.is(b, "privileges") || cur.is(b, "tables") || cur.is(b, "logs")),
        Some(b'g') => {
            is("grant")
                && (1..6).any(|n| at(n).word() == Some(Word::On) || cur.is(at(n), "to"))
                && !at(3).is_end()
        }
        Some(b'h') => is("handler") && named(1) && (cur.is(c, "open") || cur.is(c, "read")),
        Some(b'i') => {
            is("insert")
                && b.word() == Some(Word::Into)
                && named(2)
                && !matches!(at(3).kind, Kind::Word(Word::Name))
                || is("if") && condition(cur)
                || is("insert")
                    && named(1)
                    && (cur.is(c, "values") || c.kind == Kind::Open || c.word() == Some(Word::Select))
        }
        Some(b'k') => is("kill") && b.kind == Kind::Number && ends(c),
        Some(b'l') => {
            is("load") && (cur.is(b, "data") || cur.is(b, "xml"))
                || is("lock") && (cur.is(b, "table") || cur.is(b, "tables")) && named(2)
                || is("listen") && named(1) && ends(c)
        }
        Some(b'm') => is("merge") && b.word() == Some(Word::Into) && named(2),
        Some(b'o') => is("open") && named(1) && ends(c),
        Some(b'p') => {
            is("prepare") && named(1) && (c.word() == Some(Word::From) || c.word() == Some(Word::As))
                || is("pragma")
                    && named(1)
                    && matches!(c.kind, Kind::Open | Kind::Cmp | Kind::Eof | Kind::Terminator | Kind::Semi)
                || is("print")
                    && (b.kind == Kind::SysVar
                        || b.kind == Kind::Variable
                        || matches!(b.kind, Kind::Str) && ends(c))
        }
        Some(b'r') => {
            is("revoke") && (1..6).any(|n| at(n).word() == Some(Word::On) || cur.is(at(n), "from"))
                || is("rename") && cur.is(b, "table") && named(2)
                || is("replace") && b.word() == Some(Word::Into) && named(2)
                || is("restore") && (cur.is(b, "database") || cur.is(b, "log")) && named(2)
                || is("reconfigure") && (ends(b) || cur.is(b, "with"))
                || is("rollback") && ends(b)
                || is("raiserror") && b.kind == Kind::Open
        }
        Some(b's') => {
            is("shutdown") && (ends(b) || cur.is(b, "with") && cur.is(c, "nowait") || cur.is(b, "abort"))
                || is("set")
                    && (matches!(b.kind, Kind::Variable | Kind::SysVar)
                        || named(1) && c.kind == Kind::Cmp && cur.bytes(c) == b"=")
                || is("show")
                    && (cur.is(b, "tables")
                        || cur.is(b, "databases")
                        || cur.is(b, "grants")
                        || cur.is(b, "columns"))
                    && (ends(c) || c.word() == Some(Word::From))
        }
        Some(b't') => is("truncate") && (cur.is(b, "table") && named(2) && ends_name(at(3))),
        Some(b'u') => {
            let set = if c.kind == Kind::Dot { 4 } else { 2 };
            is("update")
                && named(1)
                && cur.is(at(set), "set")
                && named(set + 1)
                && matches!(at(set + 2).kind, Kind::Cmp | Kind::Dot)
                || is("use") && named(1) && ends(c)
        }
        Some(b'v') => {
            is("vacuum") && (ends(b) || b.word() == Some(Word::Into)) || is("values") && b.kind == Kind::Open
        }
        Some(b'w') => {
            is("while") && condition(cur)
                || is("with")
                    && named(1)
                    && c.word() == Some(Word::As)
                    && at(3).kind == Kind::Open
                    && matches!(
                        at(4).kind,
                        Kind::Open | Kind::Word(Word::Select | Word::Statement | Word::Tail)
                    )
        }
        _ => false,
    }
}

/// `exec` with something that can be run: a string or variable in parentheses, a variable, a procedure by its name.
fn runs(cur: &Cursor<'_>) -> bool {
    let (b, c, d) = (cur.peek(1), cur.peek(2), cur.peek(3));
    match b.kind {
        Kind::Variable => true,
        Kind::Open => match c.kind {
            Kind::Variable => true,
            // PHP and Python have an `exec(...)` too: what is run must itself be SQL.
            Kind::Str | Kind::StrOpen => {
                matches!(cur.bytes(d), b"+" | b"||")
                    || super::probe::holds_statement(cur.bytes(c).get(1..).unwrap_or(&[]))
            }
            Kind::Word(Word::Function) => d.kind == Kind::Open,
            _ => false,
        },
        Kind::Word(Word::Reach) => true,
        Kind::Word(Word::As) => cur.is(c, "login") || cur.is(c, "user"),
        Kind::Word(Word::Statement) => cur.is(b, "immediate"),
        Kind::Word(_) | Kind::Quoted if is_name(b) => match c.kind {
            Kind::Dot => d.glued && c.glued,
            Kind::Str | Kind::Variable => true,
            _ => {
                let name = cur.bytes(b).get(..3).unwrap_or(&[]);
                [&b"sp_"[..], b"xp_", b"ms_", b"usp"].iter().any(|p| p.eq_ignore_ascii_case(name))
            }
        },
        _ => false,
    }
}

/// `if` or `while` with a condition of SQL: a parenthesis or an operand that is compared.
fn condition(cur: &Cursor<'_>) -> bool {
    let (b, c, d) = (cur.peek(1), cur.peek(2), cur.peek(3));
    match b.kind {
        Kind::Open => {
            matches!(
                c.kind,
                Kind::Word(Word::Select | Word::Function | Word::Info | Word::Session)
                    | Kind::Number
                    | Kind::Str
                    | Kind::SysVar
            ) && d.kind != Kind::Close
                || c.kind == Kind::Open
                    && matches!(d.kind, Kind::Number | Kind::Str | Kind::SysVar | Kind::Word(Word::Select))
        }
        // The shell of Windows has an `if "a"=="b"` too.
        Kind::Number | Kind::Str | Kind::SysVar => c.kind == Kind::Cmp && cur.bytes(c) != b"==",
        Kind::Word(Word::Not) => cur.is(c, "exists"),
        Kind::Word(Word::Prefix) => cur.is(b, "exists") && c.kind == Kind::Open,
        Kind::Word(Word::Session | Word::Info) => matches!(c.kind, Kind::Cmp | Kind::Open),
        _ => false,
    }
}

/// Whether a variable's type or value follows its name.
fn declares(tok: Tok, next: Tok) -> bool {
    match tok.kind {
        Kind::Word(Word::Name) => {
            matches!(next.kind, Kind::Semi | Kind::Comma | Kind::Cmp | Kind::Dot | Kind::Open)
        }
        Kind::Word(word) => {
            matches!(word, Word::Type | Word::Object | Word::As | Word::Tail | Word::Statement)
        }
        kind => {
            matches!(kind, Kind::Quoted | Kind::Assign | Kind::Cmp | Kind::Comma | Kind::Param)
                || tok.is_end()
        }
    }
}

fn is_name(tok: Tok) -> bool {
    match tok.kind {
        Kind::Quoted | Kind::Str => true,
        Kind::Word(word) => !matches!(
            word,
            Word::And
                | Word::Or
                | Word::From
                | Word::Where
                | Word::In
                | Word::Is
                | Word::As
                | Word::By
                | Word::For
                | Word::On
                | Word::Not
        ),
        _ => false,
    }
}

fn is_object(tok: Tok) -> bool {
    matches!(tok.word(), Some(Word::Object | Word::Procedure | Word::Session))
        || tok.word() == Some(Word::Prefix)
}

/// The end of a statement.
fn ends(tok: Tok) -> bool {
    tok.is_end() || tok.kind == Kind::Semi || matches!(tok.word(), Some(Word::Statement))
}

/// What may follow the name of a table.
fn ends_name(tok: Tok) -> bool {
    ends(tok)
        || matches!(tok.kind, Kind::Comma | Kind::Dot | Kind::Open)
        || matches!(tok.word(), Some(Word::Where | Word::Limit | Word::Group | Word::Join))
}

/// Statements that a probe sends and that an application does not take as data.
pub(super) fn acts(head: &[u8]) -> bool {
    const HEADS: [&str; 12] = [
        "exec",
        "execute",
        "shutdown",
        "declare",
        "backup",
        "bulk",
        "load",
        "dbcc",
        "copy",
        "waitfor",
        "reconfigure",
        "kill",
    ];
    HEADS.iter().any(|h| head.eq_ignore_ascii_case(h.as_bytes()))
}
