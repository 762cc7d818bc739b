//! Conditions and clauses added to those of the application.

use super::*;

/// Conditions joined to the application's own.
pub(super) fn condition(ev: &Evidence) -> Option<Found> {
    let own = ev.is_statement();
    let linked = ev.joins_conditions()
        || ev.havings + ev.wheres + ev.cases + ev.statements > 0
        || ev.semis > 0 && ev.calls > 0;
    if ev.constants_compared > 0 && linked {
        let confidence = match ev.entry {
            Entry::FirstQuote(_) if ev.broken && ev.logics == 0 && ev.pipes + ev.amps > 0 => 45,
            Entry::FirstQuote(_) if ev.broken && ev.prose => 60,
            // `"if (0 == 1) leave" says the manual`
            Entry::FirstQuote(_)
                if ev.broken
                    && ev.logics + ev.pipes + ev.amps + ev.wheres + ev.havings + ev.semis == 0
                    && !ev.fits() =>
            {
                40
            }
            Entry::FirstQuote(_) => 93,
            Entry::LaterQuote(_) if ev.logics == 0 && ev.pipes + ev.amps > 0 => 45,
            Entry::LaterQuote(_) if ev.fits() => 80,
            Entry::LaterQuote(_) => 60,
            Entry::Start if ev.selects > 0 && !ev.lead && ev.names > 0 && ev.logics == 0 => 45,
            Entry::Start if ev.broken && ev.prose => 42,
            Entry::Start if ev.logics == 0 && ev.wheres + ev.havings == 0 && !ev.equates => 40,
            // `6+1=7 and 2*4=8`: sums, one beside the other.
            Entry::Start
                if ev.starts_number
                    && ev.compares == ev.constants_compared
                    && ev.compares > ev.logics
                    && ev.arithmetic >= ev.compares
                    && ev.names + ev.calls + ev.selects + ev.comments == 0
                    && !ev.fits() =>
            {
                42
            }
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
            Entry::FirstQuote(_)
                if ev.logics == 0
                    && ev.balances()
                    && ev.before_word
                    && ev.before > 0
                    && !ev.open_string_blank =>
            {
                55
            }
            Entry::FirstQuote(_) if ev.balances() && !ev.before_blank && ev.logics > 0 => 60,
            Entry::FirstQuote(_) if ev.before_blank || ev.logics == 0 => 40,
            Entry::FirstQuote(_) => 65,
            Entry::LaterQuote(_) if ev.cuts_off() => 60,
            Entry::Start if ev.names == 0 && ev.cuts_off() => 70,
            Entry::Start if ev.cuts_off() => 60,
            Entry::Start if ev.names == 0 && (ev.closers > 0 || ev.comments > 0) => 60,
            Entry::Start if ev.havings > 0 && ev.parens > 0 => 58,
            Entry::Middle if ev.cuts_off() && ev.calls > 1 && ev.orders + ev.havings > 0 => 70,
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
            Entry::FirstQuote(_) if ev.broken && ev.selects_compared + ev.calls > 0 => 70,
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
            Entry::Start if ev.starts_number && ev.calls > 1 && !ev.prose => 65,
            Entry::Start if ev.infos > 0 && ev.literal_compared && ev.unknown_calls == 0 && !ev.broken => 62,
            Entry::Start if ev.lead && ev.open_call_compared => 70,
            Entry::Start if ev.lead && (ev.fits() || ev.calls > 0) => 75,
            Entry::Start
                if ev.lead
                    && !ev.leads_with_arithmetic()
                    && !ev.broken
                    && ev.literal_compared
                    && !ev.double_equals =>
            {
                58
            }
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
            Entry::Start if ev.lead && ev.open_call_compared => 70,
            Entry::Start
                if ev.starts_number
                    && (ev.closers > 0 && ev.calls > 1 || ev.calls > 2 || ev.system_variables > 0) =>
            {
                65
            }
            _ => 40,
        };
        return found("condition", confidence, "a call or query is joined to the application's condition");
    }
    if ev.logics > 0
        && ev.at_start()
        && ev.starts_number
        && ev.selects > 0
        && ev.froms > 0
        && (ev.cuts_off() || ev.constant_items > 0)
    {
        return found("condition", 65, "a query is joined to the application's condition");
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
        && (ev.sessions > 0 || ev.balances())
    {
        return found("condition", 58, "an expression is joined to the application's condition");
    }
    None
}

/// Clauses that change what a query returns.
pub(super) fn clause(ev: &Evidence) -> Option<Found> {
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
        Entry::Start if whole && ev.limits > 0 && ev.starts_number && ev.variables > 0 => 60,
        Entry::FirstQuote(_) if whole && (ev.order_number || ev.compares > 0 || ev.fits()) => 75,
        Entry::LaterQuote(_) if ev.cuts_off() => 60,
        Entry::Start if whole && ev.closers > 0 && ev.cuts_off() => 80,
        Entry::Start if whole && ev.closers > 0 && ev.froms > 0 && ev.wheres > 0 && ev.compares > 0 => 62,
        Entry::Start if ev.cut_clause && ev.closers > 0 && ev.froms > 0 && ev.wheres > 0 => 62,
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
