"""SQL: case, blanks, comments, parentheses and ends, which no parser sees.

Sources: MySQL 8.4 manual 11.7 (comments) and 11.2.2 (function names); PostgreSQL manual 4.1 (lexical structure); T-SQL
reference, comment syntax; Oracle SQL reference, lexical conventions; https://www.sqlite.org/lang_comment.html. Which
control characters part words in each dialect is read from its scanner.
"""

import re
from dataclasses import replace
from random import Random

from .model import Attack, mutation
from .sql import KEYWORDS, MSSQL, MYSQL, ORACLE, POSTGRESQL, SQL, SQLITE, Token, rewrite, text_of, tokens_of


def blanks(attack: Attack, new: str) -> str:
    """Every blank between tokens written as `new`."""
    return rewrite(attack, lambda t: new if t.kind == "blank" else None)


@mutation("sql-case", SQL, "Keywords and the names of built-in functions have no case in any dialect.")
def case(attack: Attack, rng: Random) -> str:
    """Keywords in mixed case."""

    def change(token: Token) -> str | None:
        if token.word not in KEYWORDS:
            return None
        mixed = "".join(rng.choice((c.lower(), c.upper())) for c in token.text)
        return token.text.swapcase() if mixed == token.text else mixed

    return rewrite(attack, change)


@mutation("sql-tabs", SQL, "A tab is a blank in every dialect.")
def tabs(attack: Attack, rng: Random) -> str:
    """Tabs."""
    return blanks(attack, "\t")


@mutation("sql-lines", SQL, "A line end is a blank in every dialect.")
def lines(attack: Attack, rng: Random) -> str:
    """Line ends."""
    return rewrite(attack, lambda t: rng.choice(("\n", "\r\n")) if t.kind == "blank" else None)


@mutation("sql-form-feeds", SQL, "A form feed is a blank in every dialect.")
def form_feeds(attack: Attack, rng: Random) -> str:
    """Form feeds."""
    return blanks(attack, "\f")


@mutation("sql-vertical-tabs", SQL, "A vertical tab is a blank for MySQL and SQL Server.", (MYSQL, MSSQL))
def vertical_tabs(attack: Attack, rng: Random) -> str:
    """Vertical tabs."""
    return blanks(attack, "\v")


@mutation(
    "sql-no-break-spaces", SQL, "A0 is a blank for MySQL where the connection's character set is latin1.", (MYSQL,)
)
def no_break_spaces(attack: Attack, rng: Random) -> str:
    """The byte A0."""
    return blanks(attack, "\udca0")


@mutation("sql-control-blanks", SQL, "SQL Server takes 01 to 1F for blanks.", (MSSQL,))
def control_blanks(attack: Attack, rng: Random) -> str:
    """Control characters."""
    return rewrite(attack, lambda t: chr(rng.randrange(1, 0x1F)) if t.kind == "blank" else None)


@mutation("sql-nul-blanks", SQL, "Oracle takes NUL for a blank.", (ORACLE,))
def nul_blanks(attack: Attack, rng: Random) -> str:
    """NUL bytes."""
    return blanks(attack, "\0")


@mutation("sql-many-blanks", SQL, "Blanks may be repeated freely.")
def many_blanks(attack: Attack, rng: Random) -> str:
    """Runs of different blanks."""
    return rewrite(
        attack,
        lambda t: "".join(rng.choice(" \t\n\r\f") for _ in range(rng.randrange(2, 40))) if t.kind == "blank" else None,
    )


@mutation("sql-comment-blanks", SQL, "A comment parts words as a blank does in every dialect.")
def comment_blanks(attack: Attack, rng: Random) -> str:
    """Empty comments for blanks."""
    return blanks(attack, "/**/")


@mutation("sql-comment-words", SQL, "What a comment holds is not read, quotes and keywords neither.")
def comment_words(attack: Attack, rng: Random) -> str:
    """Comments with text for blanks."""
    words = ("/*kiwi*/", "/* it''s */", "/*--*/", "/*\n**\n*/", '/*"*/', "/*select*/", "/*%*/")
    return rewrite(attack, lambda t: rng.choice(words) if t.kind == "blank" else None)


@mutation("sql-comment-nested", SQL, "Comments nest in PostgreSQL and SQL Server.", (POSTGRESQL, MSSQL))
def comment_nested(attack: Attack, rng: Random) -> str:
    """Comments in comments for blanks."""
    return blanks(attack, "/*/**/*/")


@mutation("sql-comment-lines", SQL, "A comment to the end of the line parts words in every dialect.")
def comment_lines(attack: Attack, rng: Random) -> str:
    """`-- word`, line end, for blanks."""
    return rewrite(attack, lambda t: f" -- {rng.choice(('plum', 'x', '1'))}\n" if t.kind == "blank" else None)


@mutation("sql-comment-hash-lines", SQL, "MySQL's # is a comment to the end of the line.", (MYSQL,))
def comment_hash_lines(attack: Attack, rng: Random) -> str:
    """`#word`, line end, for blanks."""
    return rewrite(attack, lambda t: f"#{rng.choice(('plum', 'x', ''))}\n" if t.kind == "blank" else None)


@mutation("sql-version-comments", SQL, "MySQL runs what /*!NNNNN ... */ holds if it is that new.", (MYSQL,))
def version_comments(attack: Attack, rng: Random) -> str:
    """Keywords in comments that MySQL runs."""

    def change(token: Token) -> str | None:
        if token.word in ("UNION", "SELECT", "FROM", "WHERE", "AND", "OR", "ORDER", "LIKE", "DISTINCT", "ALL"):
            return rng.choice(("/*!{}*/", "/*!50000{}*/", "/*!40101 {} */")).format(token.text)
        return None

    return rewrite(attack, change)


@mutation("sql-version-comment-whole", SQL, "MySQL runs what /*! ... */ holds.", (MYSQL,))
def version_comment_whole(attack: Attack, rng: Random) -> str | None:
    """The whole instruction in one comment that MySQL runs."""
    tokens = tokens_of(attack)
    first = next((i for i, t in enumerate(tokens) if t.word in ("UNION", "OR", "AND", "XOR")), None)
    last = next((i for i, t in enumerate(tokens) if t.kind == "comment"), None)
    if first is None or last is None or last < first:
        return None
    head, inner, tail = tokens[:first], tokens[first:last], tokens[last:]
    return f"{text_of(head)}/*!50000{text_of(inner)}*/ {text_of(tail)}"


@mutation("sql-no-blanks", SQL, "No blank is needed beside a sign or a quoted text.")
def no_blanks(attack: Attack, rng: Random) -> str:
    """Blanks only where two words would become one."""
    tokens, out = tokens_of(attack), []
    for i, token in enumerate(tokens):
        if token.kind == "blank" and 0 < i < len(tokens) - 1:
            before, after = tokens[i - 1], tokens[i + 1]
            wordy = ("word", "number")
            # `-- ` keeps its blank, a number keeps the one before a word, and signs do not join to other signs.
            if not (
                (before.kind in wordy and after.kind in (*wordy, "name", "string", "tail"))
                or (before.kind in ("name", "string") and after.kind in ("name", "string", "tail"))
                or (before.kind == "data" and after.kind in ("string", "tail"))
                or (before.kind == "operator" and after.kind in ("operator", "comment"))
                or before.kind == "comment"
            ):
                continue
        out.append(token)
    return text_of(out)


@mutation("sql-parentheses", SQL, "A value in parentheses is the value, and they part words.")
def parentheses(attack: Attack, rng: Random) -> str | None:
    """Values beside operators in parentheses, the blanks around them left out."""
    tokens, out = tokens_of(attack), []
    compare = ("=", "<", ">", "<>", "<=", ">=", "!=")
    for i, token in enumerate(tokens):
        before = next((t for t in reversed(tokens[:i]) if t.kind != "blank"), Token("", ""))
        after = next((t for t in tokens[i + 1 :] if t.kind != "blank"), Token("", ""))
        beside = before.text in compare or after.text in compare or before.word in ("OR", "AND")
        loose = before.text != "." and after.text not in (".", "(") and before.text not in ("-", "+")
        if token.kind in ("number", "string") and beside and loose:
            out.append(Token("group", f"({token.text})"))
        else:
            out.append(token)
    kept = [
        t
        for i, t in enumerate(out)
        if not (
            t.kind == "blank"
            and ((i and out[i - 1].kind == "group") or (i + 1 < len(out) and out[i + 1].kind == "group"))
            and i + 1 < len(out)
            and out[i + 1].kind != "comment"
        )
    ]
    return text_of(kept)


@mutation("sql-function-blanks", SQL, "A blank or comment may stand before the parenthesis of a call.")
def function_blanks(attack: Attack, rng: Random) -> str:
    """`name (` and `name/**/(`; functions that MySQL only knows without blank stay as they are."""
    tight = ("COUNT", "SUM", "MAX", "MIN", "AVG", "MID", "SUBSTR", "SUBSTRING", "CAST", "GROUP_CONCAT", "EXTRACT")
    tokens, out = tokens_of(attack), []
    for i, token in enumerate(tokens):
        out.append(token.text)
        follows = i + 1 < len(tokens) and tokens[i + 1].text == "("
        if follows and token.kind == "word" and token.word not in tight:
            out.append(rng.choice((" ", "/**/", "\t", "\n")))
    return "".join(out)


@mutation("sql-signs-spread", SQL, "Blanks may stand around every sign.")
def signs_spread(attack: Attack, rng: Random) -> str:
    """Blanks around signs."""
    tokens, out = tokens_of(attack), []
    for i, token in enumerate(tokens):
        loose = token.kind == "operator" and token.text in ("=", ",", "<", ">", "<>", "<=", ">=", "||", "&&", ")")
        before = tokens[i - 1].text if i else ""
        if loose and token.text == ")" and i + 1 < len(tokens) and tokens[i + 1].kind == "comment":
            loose = False
        out.append(f" {token.text} " if loose and before != "@" else token.text)
    return "".join(out)


def ended(attack: Attack, new: str) -> str | None:
    """The comment that ends the payload, with the blank before it, replaced."""
    tokens = tokens_of(attack)
    if not tokens or tokens[-1].kind != "comment" or tokens[-1].text.startswith("/*"):
        return None
    rest = tokens[:-1]
    if rest and rest[-1].kind == "blank":
        rest = rest[:-1]
    return text_of(rest) + new


@mutation("sql-end-hash", SQL, "MySQL's # is a comment.", (MYSQL,))
def end_hash(attack: Attack, rng: Random) -> str | None:
    """Ends with #."""
    return ended(attack, "#")


@mutation("sql-end-dashes", SQL, "A comment begins with two dashes; MySQL wants a blank behind them.")
def end_dashes(attack: Attack, rng: Random) -> str | None:
    """Ends with -- and some blank or text."""
    return ended(attack, rng.choice((" -- ", " -- -", "-- x", "--\t", "--\n", " -- '", "-- kiwi' and 'a'='b")))


@mutation("sql-end-dashes-tight", SQL, "Outside MySQL nothing has to follow --.", (POSTGRESQL, MSSQL, ORACLE, SQLITE))
def end_dashes_tight(attack: Attack, rng: Random) -> str | None:
    """Ends with -- alone."""
    return ended(attack, "--")


@mutation("sql-end-open-comment", SQL, "SQLite takes a comment that does not end.", (SQLITE,))
def end_open_comment(attack: Attack, rng: Random) -> str | None:
    """Ends with /*."""
    return ended(attack, "/*")


@mutation(
    "sql-end-semicolon",
    SQL,
    "An empty statement before the comment, as clients of these take it.",
    (MSSQL, POSTGRESQL, SQLITE),
)
def end_semicolon(attack: Attack, rng: Random) -> str | None:
    """Ends with ;--."""
    return ended(attack, ";--")


@mutation("sql-end-nul", SQL, "What reads C strings ends at NUL.", (MYSQL, SQLITE))
def end_nul(attack: Attack, rng: Random) -> str | None:
    """Ends with ; and NUL."""
    return ended(attack, ";\0")


@mutation("sql-leading-blanks", SQL, "Blanks may stand before a number.")
def leading_blanks(attack: Attack, rng: Random) -> str | None:
    """Blanks in front."""
    if tokens_of(attack)[0].kind == "data":
        return None
    return rng.choice((" ", "\t", "  \n", "\r\n")) + attack.payload


def loosely(tokens: list[Token]) -> bool:
    """Whether the data in front does not matter: OR, UNION or a new statement follows, not AND or a comment alone."""
    for token in tokens:
        if token.kind not in ("data", "blank", "comment", "number") and token.text != ")":
            return token.word in ("OR", "UNION", "XOR") or token.text in ("||", ";")
    return False


@mutation("sql-data-before", SQL, "What stands in the literal before it is closed is data.")
def data_before(attack: Attack, rng: Random) -> str | None:
    """Other data in front."""
    tokens = tokens_of(attack)
    if not loosely(tokens):
        return None
    if tokens[0].kind == "data":
        head = rng.choice(("", "kim", "-1", "O Brien", "zürich", "a@b.example", "3,5", "x y z", "%"))
        return head + tokens[0].text[-1] + text_of(tokens[1:])
    if tokens[0].kind == "number":
        return rng.choice(("-7", "0", "9999999", "12.5", "-0.5")) + text_of(tokens[1:])
    return None


@mutation("sql-union-all", SQL, "UNION ALL gives the same rows, with doubles.")
def union_all(attack: Attack, rng: Random) -> str | None:
    """UNION ALL for UNION and the other way round."""
    found = re.search(r"(?i)\bunion(\s+all)?(\s+select\b)", attack.payload)
    if not found:
        return None
    new = f"union{'' if found[1] else ' all'}{found[2]}"
    return attack.payload[: found.start()] + new + attack.payload[found.end() :]


@mutation(
    "sql-union-distinct",
    SQL,
    "DISTINCT is what UNION does anyway; MySQL and PostgreSQL let it be said.",
    (MYSQL, POSTGRESQL),
)
def union_distinct(attack: Attack, rng: Random) -> str | None:
    """UNION DISTINCT for UNION."""
    return re.sub(r"(?i)\bunion(\s+)(?=select\b)", r"union\1distinct\1", attack.payload, count=1)


@mutation("sql-statement-filler", SQL, "MySQL's SELECT takes modifiers that do not change its rows.", (MYSQL,))
def statement_filler(attack: Attack, rng: Random) -> str:
    """SELECT with modifiers."""
    words = ("all", "sql_no_cache", "straight_join", "high_priority", "sql_big_result")
    return rewrite(attack, lambda t: f"{t.text} {rng.choice(words)}" if t.word == "SELECT" else None)


@mutation("sql-names-quoted", SQL, "A quoted identifier is the same identifier.", (MYSQL, MSSQL, SQLITE))
def names_quoted(attack: Attack, rng: Random) -> "str | Attack":
    """Table names in the dialect's quotes."""
    tokens, out, wanted = tokens_of(attack), [], False
    left, right = ("`", "`") if MYSQL in attack.languages else ("[", "]")
    for token in tokens:
        if wanted and token.kind == "word" and token.word not in KEYWORDS:
            out.append(f"{left}{token.text}{right}")
            continue
        if token.kind != "blank":
            wanted = token.word in ("FROM", "JOIN", "INTO", "UPDATE") or (wanted and token.text == ".")
        out.append(token.text)
        wanted = wanted or token.text == "."
    narrowed = attack.languages & ({MYSQL} if left == "`" else {MSSQL, SQLITE})
    return replace(attack, payload="".join(out), languages=narrowed)


@mutation("sql-names-spread", SQL, "Blanks and comments may stand around the dot of a qualified name.")
def names_spread(attack: Attack, rng: Random) -> str:
    """Blanks around dots between names."""
    around = rng.choice((" . ", ". ", "/**/./**/", "\n.\n"))
    return rewrite(attack, lambda t: around if t.text == "." else None)
