//! How much of an instruction a fragment is, and how unlikely it is as data.

use super::evidence::{Act, Entry, Evidence};
use crate::decode::Trust;
use crate::detect::Value;
use crate::detect::lex::sql::Word;
use crate::points::Place;
use std::borrow::Cow;

/// The verdict on one fragment.
pub(super) struct Found {
    pub technique: &'static str,
    pub confidence: u8,
    pub what: Cow<'static, str>,
}

/// Comments longer than this are text of their own, not the cut-off rest of a query.
const LONG_TAIL: usize = 48;

/// The verdict on a fragment, if it says anything.
pub(super) fn weigh(value: &Value<'_>, text: &[u8], ev: &Evidence) -> Option<Found> {
    let script = ev.double_equals && ev.pipes + ev.amps > 0 && ev.logics + ev.selects == 0;
    if ev.xpath || script {
        return None;
    }
    let backtick = ev.entry == Entry::FirstQuote(b'`') || ev.entry == Entry::LaterQuote(b'`');
    let candidates = [
        act(text, ev),
        wait(ev),
        union(ev),
        export(ev),
        stacked(text, ev),
        condition(ev),
        clause(ev),
        expression(ev),
        statement(value, text, ev),
        cut_off(ev),
        alone(text, ev),
        cut_word(ev),
    ];
    // The candidates are ordered by how much their name tells: one that is sure keeps it.
    let mut best: Option<Found> = None;
    for found in candidates.into_iter().flatten() {
        match &mut best {
            Some(best) if best.confidence >= 85 => best.confidence = best.confidence.max(found.confidence),
            Some(best) if best.confidence >= found.confidence => {}
            _ => best = Some(found),
        }
    }
    let mut best = best?;
    let document = matches!(value.place, Place::FileContent | Place::Text) || text.len() > 600;
    let document = document && !(ev.at_start() && ev.starts_number);
    if document
        && best.confidence < 90
        && !(matches!(ev.entry, Entry::Start | Entry::FirstQuote(_)) && ev.is_whole() && !ev.before_blank)
    {
        best.confidence = best.confidence.saturating_sub(25);
    }
    if backtick && best.confidence < 90 {
        best.confidence = best.confidence.saturating_sub(40); // code in prose is between backticks too
    }
    if value.trust == Trust::Guessed {
        best.confidence = best.confidence.saturating_sub(10);
    }
    (best.confidence >= 30).then_some(best)
}

fn found(technique: &'static str, confidence: u8, what: impl Into<Cow<'static, str>>) -> Option<Found> {
    Some(Found { technique, confidence, what: what.into() })
}

fn word(text: &[u8], span: (usize, usize)) -> String {
    String::from_utf8_lossy(text.get(span.0..span.1).unwrap_or(&[])).to_lowercase()
}

impl Evidence {
    /// A quote closes the string that the value stands in.
    fn after_first_quote(&self) -> bool {
        matches!(self.entry, Entry::FirstQuote(_))
    }

    fn after_quote(&self) -> bool {
        self.entry.is_operand()
    }

    /// The fragment takes up the value from its first byte.
    fn at_start(&self) -> bool {
        self.entry == Entry::Start
    }

    /// The rest of the query is cut off by a comment that is no text of its own.
    fn cuts_off(&self) -> bool {
        self.terminator.is_some_and(|(_, tail)| tail <= LONG_TAIL) && !(self.hash_text && self.before_blank)
    }

    /// The last string is left for the program around the value to close.
    fn balances(&self) -> bool {
        match (self.entry, self.open_string) {
            (Entry::FirstQuote(q) | Entry::LaterQuote(q), Some(open)) => q == open,
            (_, open) => open.is_some(),
        }
    }

    /// The fragment is a query of its own, not an addition to one.
    fn is_statement(&self) -> bool {
        self.selects > self.subselects
            && self.own_query
            && match self.entry {
                Entry::Start => !self.lead,
                Entry::Middle => self.unions == 0 || self.selects > self.unions,
                _ => false,
            }
    }

    /// The value is fitted into a program around it: it closes what it has not opened, and the end is taken care of.
    fn fits(&self) -> bool {
        self.closers > 0 || self.cuts_off() || self.balances()
    }
}

/// Functions that act beyond the query.
fn act(text: &[u8], ev: &Evidence) -> Option<Found> {
    let Act { word: kind, name, empty } = ev.act?;
    let called = word(text, name);
    let common = matches!(
        called.as_str(),
        "sleep"
            | "benchmark"
            | "generate_series"
            | "polygon"
            | "readfile"
            | "writefile"
            | "linestring"
            | "multipoint"
    );
    let joined = ev.logics > 0
        || ev.pipes + ev.amps > 0
        || ev.compares > 0
        || ev.selects > 0
        || ev.orders > 0
        || ev.commas > 0;
    let fitted = ev.closers > 0 || ev.lead || ev.cuts_off();
    let placed = ev.after_quote() || ev.entry != Entry::Middle && fitted;
    let confidence = match (empty, common) {
        (true, true) => 30,
        (true, false) if placed => 60,
        (true, false) => 45,
        (false, true) if ev.selects > 0 && joined => 92,
        // JavaScript and PHP have such functions too.
        (false, true) if ev.semis > 0 && ev.statements == 0 && ev.selects == 0 && !ev.cuts_off() => 40,
        (false, true) if placed && (joined || ev.arithmetic > 0 || ev.semis > 0 && ev.statements > 0) => 92,
        (false, true) if ev.at_start() && joined && ev.is_whole() => 85,
        (false, true) if ev.at_start() && ev.is_whole() && ev.cuts_off() => 75,
        (false, true) if ev.at_start() && ev.is_whole() && name.0 == ev.first && ev.names == 0 => 60,
        (false, true) => 40,
        (false, false) if placed || joined && ev.at_start() => 95,
        (false, false) if ev.at_start() => 88,
        (false, false) if joined => 75,
        (false, false) => 55,
    };
    let (technique, does) = match kind {
        Word::Sleep => {
            ("time-delay", "makes the database wait or work, so that the answer's delay tells a bit")
        }
        Word::Leak => ("error-based", "reports its argument in an error message"),
        _ => ("out-of-band", "reaches files, hosts or commands from the database"),
    };
    let technique = match kind {
        Word::Reach
            if called.starts_with("xp_") || called.starts_with("sp_") || called.starts_with("sys_") =>
        {
            "stored-procedure"
        }
        _ => technique,
    };
    found(technique, confidence, format!("a call of {called}, which {does}"))
}

fn wait(ev: &Evidence) -> Option<Found> {
    if !ev.waitfor {
        return None;
    }
    found("time-delay", 95, "WAITFOR makes the database wait, so that the answer's delay tells a bit")
}

fn union(ev: &Evidence) -> Option<Found> {
    if ev.unions_cut && ev.unions == 0 {
        return found(
            "union-select",
            75,
            "UNION joins the application's query with another, and the rest is cut off",
        );
    }
    if ev.unions == 0 || ev.at_start() && ev.own_query {
        return None; // a query that begins with SELECT is weighed as a statement
    }
    let probing = ev.constant_items > 0
        || ev.calls > 0
        || ev.system_variables > 0
        || ev.variables > 0
        || ev.catalogs > 0;
    let shaped =
        probing || ev.list_commas > 0 || ev.froms > 0 || ev.stars > 0 || ev.cuts_off() || ev.comments > 0;
    let own = ev.own_query && ev.entry == Entry::Middle;
    let confidence = match (shaped, ev.entry) {
        (true, Entry::Middle) if own && !probing => return None,
        (true, Entry::FirstQuote(_) | Entry::Start) => 97,
        (true, Entry::LaterQuote(_)) => 92,
        (true, Entry::Middle) if probing || ev.cuts_off() => 88,
        (true, Entry::Middle) => 65,
        (false, Entry::Middle) => 35,
        (false, _) if ev.prose => 40,
        (false, Entry::Start) if ev.starts_name => 40,
        (false, _) => 80,
    };
    found("union-select", confidence, "UNION SELECT adds rows of the attacker's choice to the result")
}

fn export(ev: &Evidence) -> Option<Found> {
    if ev.procedure && ev.calls + ev.unknown_calls > 0 {
        let confidence = if ev.entry == Entry::Middle { 70 } else { 92 };
        return found("procedure-analyse", confidence, "a PROCEDURE clause runs a function on the result");
    }
    if !ev.outfile {
        return None;
    }
    found(
        "file-write",
        if ev.entry == Entry::Middle { 80 } else { 95 },
        "INTO OUTFILE writes the result to a file on the server",
    )
}

/// A second statement behind a semicolon, or none at all in Transact-SQL.
fn stacked(text: &[u8], ev: &Evidence) -> Option<Found> {
    if ev.statements == 0 || ev.statement.1 == 0 {
        return None;
    }
    let head = word(text, ev.statement);
    let plain = ev.at_start() && ev.own_query;
    if plain {
        return None;
    }
    let selects = head == "select" && ev.items == 0;
    let telling = ev.system_variables > 0 || ev.catalogs > 0 || ev.calls > 0 || ev.constant_items > 0;
    let confidence = match ev.entry {
        _ if selects => return None,
        _ if head == "select" && ev.semis == 0 && !telling && ev.froms + ev.stars + ev.list_commas == 0 => {
            return None;
        }
        Entry::LaterQuote(_) if head == "select" && ev.froms + ev.calls + ev.stars == 0 => 40,
        _ if ev.prose && head == "select" => 40,
        Entry::FirstQuote(_) if ev.semis > 0 => 90,
        Entry::FirstQuote(_) if ev.fits() || telling => 85,
        Entry::FirstQuote(_) => 65,
        Entry::LaterQuote(_) if ev.fits() || telling => 75,
        Entry::LaterQuote(_) => 45,
        Entry::Start if ev.lead && ev.semis > 0 => 85,
        Entry::Start if ev.closers > 0 => 85,
        Entry::Start if ev.semis > 0 && ev.names + ev.commas == 0 => 85,
        Entry::Start => 60,
        Entry::Middle if telling || ev.cuts_off() || head == "declare" && ev.variables > 0 => 60,
        Entry::Middle => 42,
    };
    found(
        "stacked-statement",
        confidence,
        format!("a further statement, {}, follows the application's query", head.to_uppercase()),
    )
}

/// Conditions joined to the application's own.
fn condition(ev: &Evidence) -> Option<Found> {
    let own = ev.is_statement();
    let linked = ev.joins_conditions()
        || ev.havings + ev.wheres + ev.cases + ev.statements > 0
        || ev.semis > 0 && ev.calls > 0;
    if ev.constants_compared > 0 && linked {
        let confidence = match ev.entry {
            Entry::FirstQuote(_) if ev.broken && ev.logics == 0 && ev.pipes + ev.amps > 0 => 45,
            Entry::FirstQuote(_) if ev.broken && ev.prose => 60,
            Entry::FirstQuote(_) => 93,
            Entry::LaterQuote(_) if ev.logics == 0 && ev.pipes + ev.amps > 0 => 45,
            Entry::LaterQuote(_) if ev.fits() => 80,
            Entry::LaterQuote(_) => 60,
            Entry::Start if ev.selects > 0 && !ev.lead && ev.names > 0 && ev.logics == 0 => 45,
            Entry::Start if ev.broken && ev.prose => 42,
            Entry::Start if ev.logics == 0 && ev.wheres + ev.havings == 0 && !ev.equates => 40,
            Entry::Start if ev.lead || ev.fits() || ev.names == 0 => 88,
            Entry::Start => 75,
            Entry::Middle if ev.broken => 42,
            Entry::Middle if ev.cuts_off() => 70,
            Entry::Middle if ev.balances() => 62,
            Entry::Middle => 42,
        };
        return found(
            "tautology",
            confidence,
            "a comparison of constants decides the application's condition",
        );
    }
    if ev.truths > 0 && ev.logics + ev.pipes + ev.amps > 0 && !ev.broken && ev.unknown_calls == 0 {
        let confidence = match ev.entry {
            Entry::FirstQuote(_) if ev.cuts_off() || ev.closers > 0 => 85,
            Entry::FirstQuote(_) if ev.balances() && ev.open_string_len > 12 => 40,
            Entry::FirstQuote(_) if ev.balances() && !ev.before_blank && ev.logics > 0 => 60,
            Entry::FirstQuote(_) if ev.before_blank || ev.logics == 0 => 40,
            Entry::FirstQuote(_) => 65,
            Entry::LaterQuote(_) if ev.cuts_off() => 60,
            Entry::Start if ev.names == 0 && ev.cuts_off() => 70,
            Entry::Start if ev.cuts_off() => 60,
            Entry::Start if ev.names == 0 && (ev.closers > 0 || ev.comments > 0) => 60,
            _ => 38,
        };
        return found("tautology", confidence, "a constant stands as a whole condition");
    }
    if own {
        return None;
    }
    if ev.compares > 0 && ev.joins_conditions() {
        let confidence = match ev.entry {
            Entry::FirstQuote(_) if ev.broken && ev.prose => 45,
            Entry::FirstQuote(_) if ev.broken && ev.selects_compared + u16::from(ev.calls) > 0 => 70,
            Entry::FirstQuote(_) if !ev.broken && (ev.fits() || ev.selects_compared > 0 || ev.calls > 0) => {
                90
            }
            Entry::FirstQuote(_) if ev.broken => 40,
            Entry::FirstQuote(_) => 78,
            Entry::LaterQuote(_) if !ev.broken && (ev.cuts_off() || ev.balances()) => 60,
            Entry::LaterQuote(_) => 40,
            Entry::Start if ev.selects_compared > 0 => 88,
            Entry::Start if ev.starts_number && ev.calls > 0 && ev.unknown_calls == 0 && !ev.prose => 72,
            Entry::Start
                if ev.starts_number && ev.sessions + ev.variables + ev.system_variables > 0 && !ev.broken =>
            {
                72
            }
            Entry::Start if ev.calls > 0 && ev.names == 0 => 78,
            Entry::Start if ev.lead && (ev.fits() || ev.calls > 0) => 75,
            Entry::Start if ev.lead && !ev.broken && ev.literal_compared && !ev.double_equals => 58,
            Entry::Start if ev.cuts_off() && !ev.broken => 62,
            Entry::Start if ev.names == 0 && ev.comments > 0 => 60,
            Entry::Start if ev.starts_number && ev.logics > 0 && ev.is_whole() => 55,
            Entry::Middle if ev.selects_compared > 0 => 60,
            _ => 40,
        };
        return found("condition", confidence, "a condition is joined to the application's own");
    }
    if ev.logics > 0
        && ev.at_start()
        && ev.infos.min(1) + ev.system_variables.min(1) + ev.catalogs.min(1) > 1
        && !ev.own_query
    {
        return found(
            "condition",
            75,
            "what the server tells of itself is joined to the application's condition",
        );
    }
    if ev.joins_conditions() && (ev.calls > 0 || ev.subselects > 0 || ev.system_variables > 0) {
        let confidence = match ev.entry {
            Entry::FirstQuote(_) if !ev.prose => 85,
            Entry::Start if ev.names == 0 && !ev.broken => 72,
            Entry::Start if ev.subselects > 0 => 75,
            _ => 40,
        };
        return found("condition", confidence, "a call or query is joined to the application's condition");
    }
    if ev.logics > 0
        && (ev.after_first_quote() || ev.at_start() && ev.lead)
        && !ev.broken
        && !ev.before_blank
        && ev.names + ev.unknown_calls == 0
    {
        if ev.dangling {
            return found(
                "condition",
                65,
                "a comparison is joined to the application's condition, its end cut off",
            );
        }
        if ev.balances() && (ev.arithmetic > 0 || ev.before_word) {
            return found("condition", 65, "a constant expression is joined to the application's condition");
        }
        if ev.arithmetic > 0 && ev.before_word {
            return found("condition", 55, "a constant expression is joined to the application's condition");
        }
    }
    if ev.logics > 0
        && ev.after_first_quote()
        && !ev.broken
        && ev.before_word
        && ev.unknown_calls == 0
        && ev.arithmetic > 0
    {
        if ev.sessions > 0 || ev.balances() {
            return found("condition", 58, "an expression is joined to the application's condition");
        }
    }
    None
}

/// Clauses that change what a query returns.
fn clause(ev: &Evidence) -> Option<Found> {
    let clauses = ev.orders + ev.havings + ev.limits + ev.wheres;
    if ev.lead && ev.froms > 0 && ev.catalogs > 0 && ev.at_start() {
        return found("clause", 72, "a FROM clause names a table of the database's own catalog");
    }
    if clauses == 0 || ev.selects > 0 && !ev.after_quote() {
        return None;
    }
    let whole = ev.is_whole();
    let confidence = match ev.entry {
        Entry::FirstQuote(_) if ev.cuts_off() => 88,
        Entry::FirstQuote(_) if whole && (ev.order_number || ev.compares > 0 || ev.fits()) => 75,
        Entry::LaterQuote(_) if ev.cuts_off() => 60,
        Entry::Start if whole && ev.closers > 0 && ev.cuts_off() => 80,
        Entry::Start if whole && ev.closers > 0 && ev.froms > 0 && ev.wheres > 0 && ev.compares > 0 => 62,
        Entry::Start if whole && ev.order_number && ev.names == 0 && ev.cuts_off() => 80,
        Entry::Start if whole && ev.order_number && ev.names == 0 => 65,
        Entry::Start if whole && ev.orders + ev.havings + ev.wheres > 0 && ev.cuts_off() => 65,
        Entry::Start if whole && ev.lead && ev.wheres > 0 && ev.compares > 0 => 60,
        Entry::Start
            if whole && ev.calls > 0 && (ev.names == 0 || ev.starts_number) && ev.unknown_calls == 0 =>
        {
            60
        }
        _ => return None,
    };
    found("clause", confidence, "a clause is added to the application's query")
}

/// Expressions that compute in the database: subqueries, calls, comparisons with the closed string.
fn expression(ev: &Evidence) -> Option<Found> {
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
        let confidence = match () {
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
        if ev.cuts_off() && !ev.hash_text && ev.tokens <= 8 {
            return found(
                "concatenation",
                70,
                "the closed string is calculated with, and the rest of the query cut off by a comment",
            );
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
    if ev.cases > 0 && ev.compares > 0 && ev.is_whole() {
        let confidence = match ev.entry {
            Entry::FirstQuote(_) => 85,
            Entry::Start if ev.constants_compared > 0 => 80,
            Entry::Start if ev.names + ev.unknown_calls == 0 => 55,
            _ => 40,
        };
        return found(
            "condition",
            confidence,
            "a CASE expression is computed inside the application's query",
        );
    }
    if ev.at_start() && ev.is_whole() && ev.selects == 0 && ev.statements == 0 {
        let telling = ev.infos > 0 && ev.calls > ev.infos || ev.catalogs > 0 && ev.calls > 0;
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
        if ev.json > 0 && ev.casts > 0 && ev.compares > 0 && ev.starts_string {
            return found("condition", 65, "a comparison with JSON operators of a database");
        }
        if ev.constants_compared > 0 {
            let confidence =
                if ev.compares == 1 && ev.equates && ev.identical && ev.tokens == 3 { 52 } else { 40 };
            return found("tautology", confidence, "constants are compared");
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

/// Whole statements as values: points for what a developer's query does not have and a probe has.
fn statement(value: &Value<'_>, text: &[u8], ev: &Evidence) -> Option<Found> {
    let select = ev.is_statement();
    let other = ev.statements > 0
        && ev.at_start()
        && !ev.lead
        && !word(text, ev.statement).eq_ignore_ascii_case("use");
    if !select && !other || ev.tokens == 1 {
        return None;
    }
    let head = if ev.statement.1 == 0 {
        Cow::from("SELECT")
    } else {
        Cow::from(word(text, ev.statement).to_uppercase())
    };
    let mut points = 0u32;
    points += 3 * u32::from(ev.acting);
    points += 2 * u32::from(select && ev.calls > 0 && ev.froms == 0 && ev.is_whole());
    points += 2 * u32::from(ev.open_parens > 0 && !ev.broken && ev.items > 0 && ev.froms + ev.calls > 0)
        + u32::from(ev.open_parens > 0 && ev.calls > 0);
    points += u32::from(ev.constant_items.min(3)) * u32::from(select);
    points += 3 * u32::from(ev.system_variables > 0);
    points += 3 * u32::from(ev.infos > 0);
    points += 3 * u32::from(ev.catalogs > 0);
    points += 3 * u32::from(ev.constants_compared > 0);
    points += 2 * u32::from(ev.cuts_off());
    points += 2 * u32::from(ev.comments > 1);
    points += 2 * u32::from(ev.open_string.is_some());
    points += u32::from(ev.cases > 0) + u32::from(ev.subselects > 0) + u32::from(ev.variables > 0);
    points += u32::from(ev.calls > 0 && ev.constant_items > 0);
    points += 2 * u32::from(ev.unions > 0 && ev.constant_items > 0);
    let plain = ev.stars > 0 || ev.list_commas > 0 || ev.wheres > 0 && ev.compares > 0 || other;
    let open = matches!(
        value.place,
        Place::QueryValue | Place::CookieValue | Place::Path | Place::PathSegment | Place::HeaderValue
    );
    let open = open || value.place.is_name();
    let shape = ev.froms > 0 || ev.is_whole() || ev.list_commas > 1 || ev.open_parens > 0 || ev.acting;
    let confidence = match points {
        _ if !shape => 30,
        _ if ev.prose && points < 4 => 30,
        4.. if ev.at_start() => 85,
        3 if ev.at_start() => 72,
        2 if ev.at_start() && !ev.broken => 55,
        4.. if ev.cuts_off() => 65,
        3.. => 48,
        _ if ev.at_start() && plain && ev.is_whole() && open && ev.froms > 0 => 55,
        _ if ev.at_start() && plain && ev.is_whole() => 45,
        _ => return None,
    };
    found("whole-statement", confidence, format!("the value is a whole {head} statement"))
}

/// Nothing but the end of a string and the rest of the query cut off: `admin'--`.
fn cut_off(ev: &Evidence) -> Option<Found> {
    let (mark, tail) = ev.terminator?;
    if !ev.is_whole() || ev.compares + ev.truths > 0 || ev.selects + ev.statements > 0 {
        return None;
    }
    let bare = ev.logics == 0 && ev.tokens <= 2 + usize::from(ev.closers);
    let short = tail <= 8 || tail <= 16 && !ev.tail_blank;
    let confidence = match ev.entry {
        Entry::FirstQuote(_) if ev.closers > 0 && short && bare && !ev.hash_text && !ev.before_blank => 78,
        Entry::FirstQuote(_)
            if bare && short && ev.before_word && !ev.hash_text && (mark != b'/' || tail == 0) =>
        {
            72
        }
        Entry::FirstQuote(_) if short => 40,
        Entry::Start if mark == b'/' && tail == 0 && ev.names == 0 && ev.tokens >= 2 && ev.tokens <= 4 => 50,
        Entry::Start if ev.closers > 0 && short && ev.names == 0 && ev.tokens > 2 => 50,
        _ => return None,
    };
    found("comment-cut", confidence, "the string is closed and the rest of the query is cut off by a comment")
}

/// A name that only databases know, and nothing else.
fn alone(text: &[u8], ev: &Evidence) -> Option<Found> {
    if !ev.at_start() || !ev.is_whole() || ev.tokens == 0 || ev.tokens > 3 || ev.calls > 0 || ev.names != 1 {
        return None;
    }
    let name = word(text, (ev.start, ev.end));
    let procedure = ["xp_", "sp_oa", "sp_exec", "sp_pass", "openrowset", "opendatasource", "utl_", "dbms_"]
        .iter()
        .any(|p| name.starts_with(p));
    let catalog = [
        "information_schema",
        "pg_catalog",
        "sysobjects",
        "msysaccessobjects",
        "mysql.db",
        "mysql.user",
        "sqlite_master",
    ]
    .iter()
    .any(|p| name.starts_with(p));
    if !procedure && !catalog {
        return None;
    }
    found("server-probe", 52, format!("{name} is a name that only a database knows"))
}

/// A keyword with a comment inside, which no one writes but to get past a filter that takes comments out.
fn cut_word(ev: &Evidence) -> Option<Found> {
    if ev.cut_words == 0 {
        return None;
    }
    let confidence = if ev.selects + ev.unions + ev.statements > 0 { 70 } else { 45 };
    found("cut-keyword", confidence, "comments or NUL bytes lie inside a keyword")
}
