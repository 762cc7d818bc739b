//! Expressions computed in the place of a value, and strings closed with nothing behind them.

use super::*;

/// Expressions that compute in the database: subqueries, calls, comparisons with the closed string.
pub(super) fn expression(ev: &Evidence) -> Option<Found> {
    if ev.subselects > 0
        && (ev.froms > 0
            || ev.calls > 0
            || ev.constant_items > 0
            || ev.system_variables > 0
            || ev.variables > 0)
        && !ev.prose
    {
        let confidence = match ev.entry {
            Entry::FirstQuote(_) => 92,
            Entry::Start if ev.selects > ev.subselects && !ev.lead => 0,
            Entry::Start => 85,
            Entry::LaterQuote(_) if ev.fits() => 75,
            _ => 45,
        };
        if confidence > 0 {
            return found(
                "subquery",
                confidence,
                "a query in parentheses is computed inside the application's query",
            );
        }
    }
    if ev.system_variables > 0 && ev.selects == 0 {
        let confidence = match ev.entry {
            Entry::FirstQuote(_) => 80,
            Entry::Start if ev.tokens == 1 && ev.is_whole() => 55,
            Entry::Start if ev.is_whole() => 65,
            _ => 35,
        };
        return found("server-probe", confidence, "a system variable of the database is read");
    }
    if ev.after_first_quote() && ev.compares > 0 && !ev.broken {
        let alone = ev.balances() && ev.before == 0 && ev.open_string_len == 1 && ev.tokens <= 3;
        let between = ev.balances() && ev.before > 0 && ev.before_word && !ev.open_string_blank;
        let confidence = match () {
            // `'not like'` and `' like '`: what is left is an operator between two empty strings.
            () if ev.word_compares > 0 && alone && (ev.telling_operator || ev.first > ev.start + 1) => 58,
            // `a' rlike 'b`
            () if ev.before == 0
                && ev.telling_operator
                && ev.balances()
                && ev.tokens <= 4
                && !ev.open_string_blank =>
            {
                58
            }
            () if ev.word_compares > 0
                && between
                && ev.tokens <= 4
                && (ev.telling_operator || ev.open_string_len <= 4) =>
            {
                58
            }
            () if ev.before == 0 && ev.balances() && ev.compares > 1 && ev.constants_compared > 0 => 65,
            () if between && ev.arithmetic > 0 && ev.open_string_len <= 4 && ev.names <= 1 => 55,
            () if ev.word_compares > 0
                && ev.arithmetic == 0
                && ev.logics == 0
                && !ev.cuts_off()
                && ev.closers == 0
                && ev.calls == 0 =>
            {
                35
            }
            () if ev.constants_compared > 0 && (ev.cuts_off() || ev.closers > 0) => 85,
            () if ev.balances() && ev.open_string_len > 12 && ev.logics == 0 => 35,
            () if ev.constants_compared > 0 && ev.balances() && ev.before == 0 => 75,
            () if ev.constants_compared > 0 && ev.balances() && ev.before_word => 60,
            () if ev.balances() && ev.before_digits && ev.arithmetic > 0 => 55,
            () if ev.calls > 0 => 75,
            () if ev.cuts_off() && !ev.hash_text => 70,
            () => 35,
        };
        if confidence >= 50 {
            return found("tautology", confidence, "the closed string is compared with a constant");
        }
    }
    if ev.after_first_quote()
        && ev.calls > 0
        && ev.arithmetic + ev.pipes > 0
        && ev.unknown_calls == 0
        && !ev.broken
    {
        return found("concatenation", 78, "a database function is computed inside the application's string");
    }
    let calculated = ev.arithmetic + ev.pipes > 0 && ev.unknown_calls + ev.calls == 0;
    if ev.after_first_quote() && calculated && ev.is_whole() && ev.before_word {
        if ev.cuts_off() && !ev.hash_text && (ev.tokens <= 8 || ev.parens > 0 && ev.tokens <= 16) {
            return found(
                "concatenation",
                70,
                "the closed string is calculated with, and the rest of the query cut off by a comment",
            );
        }
        if ev.balances()
            && ev.before == 0
            && ev.open_string_len == 1
            && ev.tokens == 2
            && ev.first > ev.start + 1
            && ev.word_operator
        {
            return found("concatenation", 55, "the string is closed, calculated with, and opened again");
        }
        // `'||3||'`
        if ev.balances() && ev.before == 0 && ev.open_string_len == 1 && ev.tokens == 4 && ev.names == 0 {
            return found("concatenation", 58, "the string is closed, calculated with, and opened again");
        }
        if ev.balances() && ev.before_digits {
            return found("concatenation", 55, "the string is closed, calculated with, and opened again");
        }
        if ev.balances()
            && ev.names + ev.variables == 0
            && ev.before <= 8
            && ev.open_string_len <= 8
            && ev.commas == 0
            && (ev.before > 0 || matches!(ev.open_string_len, 2 | 3))
        {
            return found("concatenation", 52, "the string is closed, calculated with, and opened again");
        }
    }
    if ev.cases > 0 && ev.is_whole() {
        let confidence = match ev.entry {
            Entry::FirstQuote(_) => 85,
            Entry::Start if ev.constants_compared > 0 => 80,
            Entry::Start if ev.names == 0 => 55,
            _ => 40,
        };
        return found(
            "condition",
            confidence,
            "a CASE expression is computed inside the application's query",
        );
    }
    if ev.at_start() && ev.is_whole() && ev.selects == 0 && ev.statements == 0 {
        let telling = (ev.infos > 0 && ev.calls > ev.infos || ev.infos > 1 && ev.compares > 0)
            || ev.catalogs > 0 && ev.calls > 0;
        if telling {
            return found("server-probe", 55, "an expression asks the database about itself");
        }
        if ev.calls > 1 && ev.arithmetic > 0 && ev.commas > 0 && ev.unknown_calls == 0 && ev.starts_number {
            return found("condition", 58, "database functions are computed with a number");
        }
        if ev.starts_number && ev.pipes + ev.amps > 0 && ev.calls > 0 && ev.unknown_calls == 0 {
            return found(
                "concatenation",
                62,
                "a database function is computed with the application's number",
            );
        }
        if ev.calls > 1 && ev.unknown_calls + ev.names == 0 && ev.pipes + ev.arithmetic > 0 {
            return found("concatenation", 62, "database functions build a string");
        }
        if ev.constants_compared > 0 && ev.arithmetic > 0 && ev.parens > 0 && ev.names == 0 {
            return found("condition", 55, "a number is calculated from a comparison of constants");
        }
        if ev.constants_compared > 0 && ev.calls > 0 && ev.unknown_calls == 0 {
            return found("condition", 65, "a database function depends on a comparison of constants");
        }
        if ev.calls > 0 && ev.casts > 0 && ev.unknown_calls == 0 {
            return found(
                "error-based",
                60,
                "the result of a database function is cast, to fail with its text in the message",
            );
        }
        if ev.casts > 0 && (ev.json > 0 && ev.compares > 0 || ev.casts > 1 && ev.pipes > 0) {
            return found("condition", 65, "a comparison with JSON operators of a database");
        }
        if ev.json_paths > 0 && ev.starts_string && ev.compares > 0 {
            return found("condition", 62, "a JSON document is compared with what a path in it gives");
        }
        if ev.constants_compared > 0 {
            let short = ev.compares == 1 && ev.tokens == 3;
            let confidence = match () {
                () if ev.names == 0 && ev.cuts_off() => 62,
                () if ev.starts_string && ev.telling_operator => 60,
                () if short && ev.equates && ev.identical => 52,
                () if short && ev.unequal && ev.starts_number => 52,
                () => 40,
            };
            return found("tautology", confidence, "constants are compared");
        }
        if ev.starts_variable && ev.variables > 1 && ev.arithmetic > 1 && ev.compares > 0 {
            return found("stacked-statement", 58, "a statement is put together in a variable");
        }
        if ev.word_operator && ev.telling_operator && ev.starts_number && ev.tokens == 3 && ev.names == 0 {
            return found("condition", 52, "numbers are divided by an operator of the database's");
        }
        if ev.multiplies
            && ev.starts_number
            && ev.names + ev.calls + ev.unknown_calls == 0
            && ev.terminator.is_some_and(|t| t.0 == b'-' && t.1 <= 1)
        {
            return found(
                "comment-cut",
                55,
                "a number is calculated, and the rest of the query cut off by a comment",
            );
        }
        if ev.cuts_off()
            && ev.terminator.is_some_and(|t| t.0 == b'-' && t.1 <= 2)
            && ev.names + ev.unknown_calls == 0
            && ev.parens >= 1
            && ev.tokens >= 4
        {
            return found(
                "comment-cut",
                55,
                "an expression in parentheses, and the rest of the query cut off by a comment",
            );
        }
    }
    None
}

/// Nothing but the end of a string and the rest of the query cut off: `root' --`.
pub(super) fn cut_off(ev: &Evidence) -> Option<Found> {
    let (mark, tail) = ev.terminator?;
    if !ev.is_whole() || ev.compares + ev.truths > 0 || ev.selects + ev.statements > 0 {
        return None;
    }
    let bare = ev.logics == 0 && ev.tokens <= 2 + ev.closers as usize + 2 * usize::from(ev.collated);
    let short = tail <= 8 || tail <= 16 && !ev.tail_blank;
    let confidence = match ev.entry {
        Entry::FirstQuote(_) if ev.closers > 0 && short && bare && !ev.hash_text && !ev.before_blank => 78,
        Entry::FirstQuote(_)
            if bare && short && ev.before_word && !ev.hash_text && (mark != b'/' || tail == 0) =>
        {
            72
        }
        Entry::FirstQuote(_) if bare && mark == b'-' && tail == 0 && !ev.before_blank && ev.before < 40 => 55,
        Entry::FirstQuote(_) if ev.logics > 0 && short && !ev.hash_text && !ev.before_blank => 65,
        Entry::FirstQuote(_) if ev.commas > 0 && ev.closers > 0 && !ev.hash_text && !ev.before_blank => 75,
        Entry::FirstQuote(_) if short => 40,
        Entry::Start if mark == b'/' && tail == 0 && ev.names == 0 && ev.tokens >= 2 && ev.tokens <= 4 => 50,
        Entry::Start if ev.closers > 0 && short && ev.names == 0 && ev.tokens > 2 => 50,
        _ => return None,
    };
    found("comment-cut", confidence, "the string is closed and the rest of the query is cut off by a comment")
}

/// Nothing but the end of a string and of parentheses around it: `7'))`.
pub(super) fn closed(ev: &Evidence) -> Option<Found> {
    let bare = ev.closers > 0 && ev.tokens == ev.closers as usize;
    if !ev.after_first_quote() || !ev.is_whole() || !bare || !ev.before_digits {
        return None;
    }
    found("string-end", 52, "the string and the parentheses around the value are closed")
}

/// A name that only databases know, and nothing else.
pub(super) fn alone(text: &[u8], ev: &Evidence) -> Option<Found> {
    if !ev.at_start() || !ev.is_whole() || ev.tokens == 0 || ev.tokens > 3 || ev.calls > 0 || ev.names != 1 {
        return None;
    }
    let name = (ev.first, ev.end);
    let procedure = begins(
        text,
        name,
        &["xp_", "sp_oa", "sp_exec", "sp_pass", "openrowset", "opendatasource", "utl_", "dbms_"],
    );
    let catalog = begins(
        text,
        name,
        &[
            "information_schema",
            "pg_catalog",
            "sysobjects",
            "msysaccessobjects",
            "mysql.db",
            "mysql.user",
            "sqlite_master",
        ],
    );
    if !procedure && !catalog {
        return None;
    }
    named("server-probe", 52, "the value is a name that only a database knows", name)
}
