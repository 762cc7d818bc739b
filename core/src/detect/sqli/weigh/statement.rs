//! Queries and statements: added, stacked or whole, and the functions that act beyond them.

use super::*;

/// Functions that act beyond the query.
pub(super) fn act(text: &[u8], ev: &Evidence) -> Option<Found> {
    let Act { word: kind, name, empty } = ev.act?;
    const COMMON: [&str; 8] = [
        "sleep",
        "benchmark",
        "generate_series",
        "polygon",
        "readfile",
        "writefile",
        "linestring",
        "multipoint",
    ];
    let common = COMMON.iter().any(|f| is(text, name, f));
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
        (false, true) if ev.at_start() && ev.is_whole() && ev.starts_number && ev.arithmetic > 0 => 80,
        (false, true) if ev.at_start() && name.0 == ev.first && ev.calls > 1 && ev.unknown_calls == 0 => 62,
        (false, true) => 40,
        (false, false) if placed || joined && ev.at_start() => 95,
        (false, false) if ev.at_start() => 88,
        (false, false) if joined => 75,
        (false, false) => 55,
    };
    let (technique, does) = match kind {
        Word::Sleep => (
            "time-delay",
            "a function makes the database wait or work, so that the answer's delay tells a bit",
        ),
        Word::Leak => ("error-based", "a function reports its argument in an error message"),
        _ => ("out-of-band", "a function reaches files, hosts or commands from the database"),
    };
    let technique = match kind {
        Word::Reach if begins(text, name, &["xp_", "sp_", "sys_"]) => "stored-procedure",
        _ => technique,
    };
    named(technique, confidence, does, name)
}

pub(super) fn wait(ev: &Evidence) -> Option<Found> {
    if !ev.waitfor {
        return None;
    }
    found("time-delay", 95, "WAITFOR makes the database wait, so that the answer's delay tells a bit")
}

pub(super) fn union(ev: &Evidence) -> Option<Found> {
    if ev.unions_cut && ev.unions == 0 {
        return found(
            "union-select",
            75,
            "UNION joins the application's query with another that is cut off or lacks its SELECT",
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

pub(super) fn export(ev: &Evidence) -> Option<Found> {
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
pub(super) fn stacked(text: &[u8], ev: &Evidence) -> Option<Found> {
    if ev.statements == 0 || ev.statement.1 == 0 {
        return None;
    }
    let select = is(text, ev.statement, "select");
    let plain = ev.at_start() && ev.own_query;
    if plain {
        return None;
    }
    let selects = select && ev.items == 0;
    let telling = ev.system_variables > 0
        || select && ev.variables > 0
        || ev.catalogs > 0
        || ev.calls > 0
        || ev.constant_items > 0;
    let confidence = match ev.entry {
        _ if selects => return None,
        _ if select && ev.semis == 0 && !telling && ev.froms + ev.stars + ev.list_commas == 0 => {
            return None;
        }
        Entry::LaterQuote(_) if select && ev.froms + ev.calls + ev.stars == 0 => 40,
        _ if ev.prose && select => 40,
        // `hello; select your size`
        Entry::Start
            if select && !telling && !ev.starts_number && ev.froms + ev.stars + ev.list_commas == 0 =>
        {
            40
        }
        Entry::FirstQuote(_) if ev.semis > 0 => 90,
        Entry::FirstQuote(_) if ev.fits() || telling => 85,
        Entry::FirstQuote(_) if ev.broken && ev.before_blank => 42,
        Entry::FirstQuote(_) => 65,
        Entry::LaterQuote(_) if ev.fits() || telling => 75,
        Entry::LaterQuote(_) if ev.acting => 70,
        Entry::LaterQuote(_) => 45,
        Entry::Start if ev.lead && ev.semis > 0 => 85,
        Entry::Start if ev.closers > 0 => 85,
        Entry::Start if ev.semis > 0 && ev.names + ev.commas == 0 => 85,
        Entry::Start => 60,
        Entry::Middle
            if telling || ev.cuts_off() || is(text, ev.statement, "declare") && ev.variables > 0 =>
        {
            60
        }
        Entry::Middle => 42,
    };
    named(
        "stacked-statement",
        confidence,
        "a further statement follows the application's query",
        ev.statement,
    )
}

/// Whole statements as values: points for what a developer's query does not have and a probe has.
pub(super) fn statement(value: &Value<'_>, text: &[u8], ev: &Evidence) -> Option<Found> {
    let select = ev.is_statement();
    let other = ev.statements > 0 && ev.at_start() && !ev.lead && !is(text, ev.statement, "use");
    if !select && !other || ev.tokens == 1 {
        return None;
    }
    let mut points = 0u32;
    points += 3 * u32::from(ev.acting);
    points += 2 * u32::from(select && ev.calls > 0 && ev.froms == 0 && ev.is_whole());
    points +=
        2 * u32::from(ev.open_parens > 0 && !ev.broken && ev.items + ev.froms > 0 && ev.froms + ev.calls > 0)
            + u32::from(ev.open_parens > 0 && ev.calls > 0);
    points += ev.constant_items.min(3) * u32::from(select);
    points += 3 * u32::from(ev.system_variables > 0);
    points += 3 * u32::from(ev.infos > 0);
    points += 3 * u32::from(ev.catalogs > 0);
    points += 3 * u32::from(ev.constants_compared > 0);
    points += 2 * u32::from(ev.cuts_off());
    points += 2 * u32::from(ev.tight && select && ev.froms > 0);
    points += 2 * u32::from(ev.comments > 1);
    points += 2 * u32::from(ev.open_string.is_some());
    points += u32::from(ev.cases > 0) + u32::from(ev.subselects > 0) + u32::from(ev.variables > 0);
    points += u32::from(select && ev.variables > 0);
    points += 2 * u32::from(ev.cut_clause && ev.constant_items + ev.variables + ev.calls > 0);
    points += u32::from(ev.calls > 0 && ev.constant_items > 0);
    points += 2 * u32::from(ev.unions > 0 && (ev.constant_items > 0 || ev.broken && !ev.prose));
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
        2.. if ev.at_start() && open && ev.unions > 0 => 55,
        4.. if ev.cuts_off() => 65,
        3.. if ev.before_digits => 60,
        3.. => 48,
        _ if ev.at_start() && plain && ev.is_whole() && open && ev.froms > 0 => 55,
        _ if ev.at_start() && plain && ev.is_whole() => 45,
        _ => return None,
    };
    named("whole-statement", confidence, "the value is a whole statement", ev.statement)
}

/// A keyword with a comment inside, which no one writes but to get past a filter that takes comments out.
pub(super) fn cut_word(ev: &Evidence) -> Option<Found> {
    if ev.cut_words == 0 {
        return None;
    }
    let confidence = match () {
        () if ev.selects + ev.unions + ev.statements > 0 => 70,
        () if ev.comments > 0 || ev.tokens == 0 && ev.at_start() => 55,
        () => 45,
    };
    found("cut-keyword", confidence, "comments or NUL bytes lie inside a keyword")
}
