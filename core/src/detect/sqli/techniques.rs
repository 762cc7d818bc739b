//! The techniques of SQL injection, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("tautology", "A condition that is always true, so that the query matches every row.", &[66]),
    row("condition", "A condition of the sender, joined to the query's own by a logical operator: the way of blind injection.", &[66, 7]),
    row("comment-cut", "A string or number is ended and the rest of the query cut off as a comment.", &[66]),
    row("union-select", "Rows of another query are added to the result.", &[66]),
    row("stacked-statement", "A second statement follows a semicolon.", &[66]),
    row("whole-statement", "The value is a whole statement by itself.", &[66]),
    row("subquery", "A query inside an expression, whose result the sender learns.", &[66, 7]),
    row("time-delay", "The server is made to wait, so that the answer's delay tells a bit.", &[7]),
    row("error-based", "A function puts the result of a query into an error message.", &[54, 66]),
    row("out-of-band", "The server is made to contact another host or to read a file.", &[66, 108]),
    row("stored-procedure", "A procedure that reaches beyond the database is called.", &[108, 470]),
    row("procedure-analyse", "MySQL's PROCEDURE ANALYSE, which evaluates its arguments.", &[54, 66]),
    row("file-write", "The result is written to a file of the server.", &[66, 470]),
    row("server-probe", "Asks for the version, user or settings of the server.", &[54, 66]),
    row("clause", "A clause that only sorts, groups or limits: how many columns are there?", &[54, 66]),
    row("concatenation", "A string is ended and put together again: does the answer stay the same?", &[66]),
    row("string-end", "A string and the parentheses around it are ended, and nothing follows: does an error come?", &[66]),
    row("error-probe", "Quotes and parentheses in no order, to provoke an error of the database.", &[54, 66]),
    row("hex-statement", "A statement as a hexadecimal literal, which the server turns into text and runs.", &[66, 267]),
    row("cut-keyword", "Comments or NUL bytes inside a keyword, which is whole when something takes them out.", &[66]),
];
