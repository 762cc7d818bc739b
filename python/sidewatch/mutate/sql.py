"""A tokenizer for what SQL injection injects: the rest of a literal, then instructions.

What comes in: a payload and the quote it starts in. What goes out: tokens whose texts joined are the payload. What
always holds: nothing inside a literal is taken for an instruction, nor the other way round. Sources: the lexical rules in
the manuals of MySQL, PostgreSQL, SQL Server, Oracle and SQLite; where they differ, what an injection would use.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from .model import Attack

SQL = ("sqli",)
MYSQL, POSTGRESQL, MSSQL, ORACLE, SQLITE = "mysql", "postgresql", "mssql", "oracle", "sqlite"

#: Words that every dialect reads in any case. Identifiers are left alone: MySQL's tables may be files.
KEYWORDS = frozenset(
    [
        "ALL",
        "ALTER",
        "AND",
        "ANY",
        "AS",
        "ASC",
        "ASCII",
        "AVG",
        "BENCHMARK",
        "BETWEEN",
        "BY",
        "CASE",
        "CAST",
        "CHAR",
        "CHR",
        "COALESCE",
        "CONCAT",
        "CONVERT",
        "COUNT",
        "CREATE",
        "DATABASE",
        "DECLARE",
        "DELAY",
        "DELETE",
        "DESC",
        "DISTINCT",
        "DROP",
        "DUAL",
        "DUMPFILE",
        "ELSE",
        "END",
        "ESCAPE",
        "EXEC",
        "EXECUTE",
        "EXISTS",
        "EXTRACTVALUE",
        "FROM",
        "GROUP",
        "HAVING",
        "HEX",
        "IF",
        "IFNULL",
        "IN",
        "INSERT",
        "INTO",
        "IS",
        "ISNULL",
        "JOIN",
        "LEFT",
        "LENGTH",
        "LIKE",
        "LIMIT",
        "LOAD_FILE",
        "LOWER",
        "MAX",
        "MD5",
        "MID",
        "MIN",
        "NOT",
        "NULL",
        "OFFSET",
        "OR",
        "ORD",
        "ORDER",
        "OUTFILE",
        "PG_SLEEP",
        "PROCEDURE",
        "RANDOMBLOB",
        "RIGHT",
        "SELECT",
        "SESSION_USER",
        "SET",
        "SLEEP",
        "SUBSTR",
        "SUBSTRING",
        "SUM",
        "SYSTEM_USER",
        "TABLE",
        "THEN",
        "UNION",
        "UPDATE",
        "UPDATEXML",
        "UPPER",
        "USER",
        "VALUES",
        "VERSION",
        "WAITFOR",
        "WHEN",
        "WHERE",
        "XOR",
    ]
)

TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|--[^\n]*\n?|\#[^\n]*\n?)
      | (?P<string>'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*")
      | (?P<tail>['"].*)
      | (?P<name>`[^`]*`|\[[^\]]*\])
      | (?P<number>0[xX][0-9A-Fa-f]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<word>[A-Za-z_@][\w$@]*)
      | (?P<blank>\s+)
      | (?P<operator><=>|<>|!=|<=|>=|\|\||&&|::|:=|.)""",
    re.DOTALL | re.VERBOSE,
)


class Token(NamedTuple):
    """One token: its kind is a group of TOKEN, or `data` for what ends the attacked literal."""

    kind: str
    text: str

    @property
    def word(self) -> str:
        """The word in upper case, or nothing."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def is_value(self) -> bool:
        """Whether it can stand beside an operator as it is."""
        return self.kind in ("number", "string", "name") or (self.kind == "word" and self.word not in KEYWORDS)


def context_of(attack: Attack) -> str:
    """The quote that the payload starts in: what the attack says, or a guess from what stands before the first quote."""
    if attack.context is not None:
        return attack.context
    head = re.match(r"[^'\"]*", attack.payload)[0]
    if len(head) == len(attack.payload):
        return ""
    instruction = re.search(r"[=(<>*]|\b(select|and|or|union|where|like|by)\b", head, re.IGNORECASE)
    return "" if instruction else attack.payload[len(head)]


def tokens_of(attack: Attack) -> list[Token]:
    """The tokens of an attack."""
    text, quote, at = attack.payload, context_of(attack), 0
    tokens = []
    if quote and (at := text.find(quote) + 1):
        tokens.append(Token("data", text[:at]))
    for match in TOKEN.finditer(text, at):
        tokens.append(Token(match.lastgroup, match[0]))
    return tokens


def text_of(tokens: list[Token]) -> str:
    """The payload."""
    return "".join(token.text for token in tokens)


def rewrite(attack: Attack, change: Callable[[Token], str | None]) -> str:
    """The payload with each token changed; None leaves it."""
    return "".join(token.text if (new := change(token)) is None else new for token in tokens_of(attack))


def solid(tokens: list[Token]) -> list[int]:
    """Where the tokens lie that are neither blank nor comment."""
    return [i for i, token in enumerate(tokens) if token.kind not in ("blank", "comment")]


class Comparison(NamedTuple):
    """`left = right`, with the positions of the three."""

    left: int
    operator: int
    right: int


def equalities(tokens: list[Token]) -> list[Comparison]:
    """Comparisons for equality of two single values that nothing binds tighter."""
    places, found = solid(tokens), []
    for before, left, operator, right, after in zip(
        [None, *places], places, places[1:], places[2:], [*places[3:], None], strict=False
    ):
        if tokens[operator].text != "=" or not tokens[left].is_value:
            continue
        if not (tokens[right].is_value or tokens[right].kind == "tail"):
            continue
        # `f(x)=1`, `a.b=1`, `1+1=2`, `x=f(y)`: the value is only a part of an operand.
        loose = ("OR", "AND", "WHERE", "NOT", "XOR", "WHEN", "IF", "ON", "HAVING")
        if before is not None and not (tokens[before].word in loose or tokens[before].text in ("||", "&&", "(", "!")):
            continue
        if after is not None and not (
            tokens[after].word in (*loose, "THEN", "LIMIT", "ORDER", "UNION", "GROUP")
            or tokens[after].text in ("||", "&&", ")", ";", ",")
        ):
            continue
        found.append(Comparison(left, operator, right))
    return found
