"""SQL: operators, literals and functions, written as others that give the same value.

Sources: MySQL 8.4 manual 11.1 (literals), 14.4 (operators), 14.8 (strings); PostgreSQL manual 4.1.2, 9.3, 9.4; T-SQL
reference, CHAR, CONCAT, WAITFOR; Oracle SQL reference, text literals, CHR; https://www.sqlite.org/lang_expr.html.
"""

import re
from random import Random

from .model import Attack, mutation
from .sql import MSSQL, MYSQL, ORACLE, POSTGRESQL, SQL, SQLITE, Token, equalities, rewrite, text_of, tokens_of


def plain(token: Token) -> str | None:
    """What a short literal in single quotes holds, if there is nothing special in it."""
    if token.kind == "string" and token.text[0] == "'" and re.fullmatch(r"[\w .:/@*%<>?=-]{1,60}", token.text[1:-1]):
        return token.text[1:-1]
    return None


def literals(attack: Attack, write) -> str:
    """The payload with plain literals written otherwise; those behind DELAY and LIKE's patterns stay."""
    tokens, out = tokens_of(attack), []
    for i, token in enumerate(tokens):
        inner = plain(token)
        before = next((t for t in reversed(tokens[:i]) if t.kind != "blank"), Token("", ""))
        fixed = before.word in ("DELAY", "INTERVAL", "OUTFILE", "DUMPFILE", "AS") or before.kind in ("string", "word")
        allowed = before.word in (
            "OR",
            "AND",
            "SELECT",
            "LIKE",
            "ELSE",
            "THEN",
            "WHEN",
            "WHERE",
            "BETWEEN",
            "XOR",
            "ALL",
        )
        if inner is None or (fixed and not allowed):
            out.append(token.text)
        else:
            out.append(write(inner))
    return "".join(out)


def halves(text: str, rng: Random) -> tuple[str, str]:
    """A text in two pieces, the first never empty."""
    at = rng.randrange(1, len(text)) if len(text) > 1 else 1
    return text[:at], text[at:]


@mutation("sql-string-hex", SQL, "0x... is a string in MySQL.", (MYSQL,))
def string_hex(attack: Attack, rng: Random) -> str:
    """Literals as hexadecimal."""
    return literals(attack, lambda text: f"0x{text.encode().hex()}")


@mutation("sql-string-x", SQL, "x'...' is a string in MySQL.", (MYSQL,))
def string_x(attack: Attack, rng: Random) -> str:
    """Literals as x'..'."""
    return literals(attack, lambda text: f"{rng.choice('xX')}'{text.encode().hex()}'")


@mutation("sql-string-char", SQL, "CHAR of several codes is the string of them.", (MYSQL, SQLITE))
def string_char(attack: Attack, rng: Random) -> str:
    """Literals as CHAR(a,b,c)."""
    return literals(attack, lambda text: f"char({','.join(str(b) for b in text.encode())})")


@mutation("sql-string-char-plus", SQL, "CHAR of one code is a letter, + joins.", (MSSQL,))
def string_char_plus(attack: Attack, rng: Random) -> str:
    """Literals as CHAR(a)+CHAR(b)."""
    return literals(attack, lambda text: f"({'+'.join(f'char({b})' for b in text.encode())})")


@mutation("sql-string-chr", SQL, "CHR of one code is a letter, || joins.", (POSTGRESQL, ORACLE))
def string_chr(attack: Attack, rng: Random) -> str:
    """Literals as CHR(a)||CHR(b)."""
    return literals(attack, lambda text: f"({'||'.join(f'chr({b})' for b in text.encode())})")


@mutation("sql-string-pipes", SQL, "|| joins strings.", (POSTGRESQL, ORACLE, SQLITE))
def string_pipes(attack: Attack, rng: Random) -> str:
    """Literals joined by ||."""
    return literals(attack, lambda text: "('{}'||'{}')".format(*halves(text, rng)))


@mutation("sql-string-plus", SQL, "+ joins strings.", (MSSQL,))
def string_plus(attack: Attack, rng: Random) -> str:
    """Literals joined by +."""
    return literals(attack, lambda text: "('{}'+'{}')".format(*halves(text, rng)))


@mutation("sql-string-concat", SQL, "CONCAT joins strings.", (MYSQL, POSTGRESQL, MSSQL))
def string_concat(attack: Attack, rng: Random) -> str:
    """Literals by CONCAT."""
    return literals(attack, lambda text: "concat('{}','{}')".format(*halves(text, rng)))


@mutation("sql-string-adjacent", SQL, "MySQL joins literals that stand side by side.", (MYSQL,))
def string_adjacent(attack: Attack, rng: Random) -> str:
    """Literals as several side by side."""
    return literals(attack, lambda text: "'{}' '{}'".format(*halves(text, rng)))


@mutation("sql-string-national", SQL, "N'...' is the same text as national characters.", (MSSQL, MYSQL, ORACLE))
def string_national(attack: Attack, rng: Random) -> str:
    """Literals as N'..'."""
    return literals(attack, lambda text: f"N'{text}'")


@mutation("sql-string-introducer", SQL, "A character set may stand before a literal of MySQL.", (MYSQL,))
def string_introducer(attack: Attack, rng: Random) -> str:
    """Literals as _utf8mb4'..'."""
    return literals(attack, lambda text: f"{rng.choice(('_utf8mb4', '_latin1', '_utf8mb4 '))}'{text}'")


@mutation("sql-string-dollars", SQL, "PostgreSQL quotes by dollars with a tag.", (POSTGRESQL,))
def string_dollars(attack: Attack, rng: Random) -> str:
    """Literals as $tag$..$tag$."""
    tag = rng.choice(("", "q", "body"))
    return literals(attack, lambda text: f"${tag}${text}${tag}$")


@mutation("sql-string-escapes", SQL, "PostgreSQL's E'...' takes backslash escapes.", (POSTGRESQL,))
def string_escapes(attack: Attack, rng: Random) -> str:
    """Literals as E'\\x..'."""
    return literals(attack, lambda text: "E'" + "".join(f"\\x{b:02x}" for b in text.encode()) + "'")


@mutation("sql-string-unicode", SQL, "PostgreSQL's U&'...' takes code points.", (POSTGRESQL,))
def string_unicode(attack: Attack, rng: Random) -> str:
    """Literals as U&'\\0061'."""
    return literals(attack, lambda text: "U&'" + "".join(f"\\{ord(c):04x}" for c in text) + "'")


@mutation("sql-string-q", SQL, "Oracle quotes by q and any pair of signs.", (ORACLE,))
def string_q(attack: Attack, rng: Random) -> str:
    """Literals as q'[..]'."""
    left, right = rng.choice(("[]", "{}", "!!", "()"))
    return literals(attack, lambda text: f"{rng.choice('qQ')}'{left}{text}{right}'")


@mutation("sql-or-pipes", SQL, "|| is OR in MySQL unless PIPES_AS_CONCAT is set.", (MYSQL,))
def or_pipes(attack: Attack, rng: Random) -> str:
    """|| for OR."""
    return rewrite(attack, lambda t: "||" if t.word == "OR" else None)


@mutation("sql-and-ampersands", SQL, "&& is AND in MySQL.", (MYSQL,))
def and_ampersands(attack: Attack, rng: Random) -> str:
    """&& for AND."""
    tokens = tokens_of(attack)
    between = any(t.word == "BETWEEN" for t in tokens)
    return attack.payload if between else rewrite(attack, lambda t: "&&" if t.word == "AND" else None)


def comparisons(attack: Attack, write, closes: bool = False) -> str | None:
    """The payload with `a=b` written otherwise; `closes` if something comes behind b."""
    tokens = tokens_of(attack)
    for left, _, right in reversed(equalities(tokens)):
        if closes and tokens[right].kind == "tail":
            continue
        new = write(tokens[left].text, tokens[right].text, tokens[right])
        if new is not None:
            tokens[left : right + 1] = [Token("new", new)]
    return text_of(tokens)


@mutation("sql-equals-like", SQL, "LIKE without wildcard is equality.")
def equals_like(attack: Attack, rng: Random) -> str | None:
    """LIKE for =."""
    return comparisons(attack, lambda a, b, t: None if set(b) & set("%_") else f"{a} like {b}")


@mutation("sql-equals-in", SQL, "IN with one value is equality.")
def equals_in(attack: Attack, rng: Random) -> str | None:
    """IN for =."""
    return comparisons(attack, lambda a, b, t: f"{a} in ({b})", closes=True)


@mutation("sql-equals-between", SQL, "Between a value and itself there is only the value.")
def equals_between(attack: Attack, rng: Random) -> str | None:
    """BETWEEN for =."""
    return comparisons(attack, lambda a, b, t: f"{a} between {b} and {b}", closes=True)


@mutation("sql-equals-null-safe", SQL, "MySQL's <=> is = for values that are not NULL.", (MYSQL,))
def equals_null_safe(attack: Attack, rng: Random) -> str | None:
    """<=> for =."""
    return comparisons(attack, lambda a, b, t: f"{a}<=>{b}")


@mutation("sql-equals-not-unequal", SQL, "What is not unequal is equal.")
def equals_not_unequal(attack: Attack, rng: Random) -> str | None:
    """NOT a<>b for a=b."""
    return comparisons(attack, lambda a, b, t: f"not {a}<>{b}" if rng.random() < 0.5 else f"not {a}!={b}")


@mutation("sql-equals-bounds", SQL, "What is neither less nor greater is equal.")
def equals_bounds(attack: Attack, rng: Random) -> str | None:
    """`a>=b and a<=b` for a=b."""
    return comparisons(attack, lambda a, b, t: f"({a}>={b} and {a}<={b})", closes=True)


@mutation("sql-equals-rlike", SQL, "A whole match of a text without special signs is equality.", (MYSQL,))
def equals_rlike(attack: Attack, rng: Random) -> str | None:
    """RLIKE and REGEXP for =."""

    def write(left: str, right: str, token: Token) -> str | None:
        inner = plain(token) if token.kind == "string" else (right if token.kind == "number" else None)
        if inner is None or not inner.isalnum():
            return None
        return f"{left} {rng.choice(('rlike', 'regexp'))} '^{inner}$'"

    return comparisons(attack, write)


@mutation("sql-equals-is", SQL, "IS compares values in SQLite.", (SQLITE,))
def equals_is(attack: Attack, rng: Random) -> str | None:
    """IS and == for =."""
    return comparisons(attack, lambda a, b, t: f"{a} is {b}" if rng.random() < 0.5 else f"{a}=={b}")


def numbers(attack: Attack, write) -> str:
    """The payload with the integers of comparisons written otherwise."""
    tokens = tokens_of(attack)
    for left, _, right in equalities(tokens):
        for at in (left, right):
            if tokens[at].kind == "number" and tokens[at].text.isdigit():
                tokens[at] = Token("number", write(int(tokens[at].text)))
    return text_of(tokens)


@mutation("sql-number-decimal", SQL, "1.0 equals 1.")
def number_decimal(attack: Attack, rng: Random) -> str:
    """Numbers with a fraction."""
    return numbers(attack, lambda n: f"{n}.{'0' * rng.randrange(1, 4)}")


@mutation("sql-number-exponent", SQL, "1e0 equals 1.")
def number_exponent(attack: Attack, rng: Random) -> str:
    """Numbers with an exponent."""
    return numbers(attack, lambda n: f"{n}{rng.choice('eE')}0")


@mutation("sql-number-sum", SQL, "A sum is its value.")
def number_sum(attack: Attack, rng: Random) -> str:
    """Numbers as sums and differences."""
    return numbers(attack, lambda n: rng.choice((f"({n + 5}-5)", f"({n}+0)", f"({n}*1)", f"({n - 3}+3)")))


@mutation("sql-number-sign", SQL, "Signs and parentheses do not change a number.")
def number_sign(attack: Attack, rng: Random) -> str:
    """Numbers with signs."""
    return numbers(attack, lambda n: rng.choice((f"+{n}", f"(({n}))", f"- -{n}", f"-(-{n})")))


@mutation("sql-number-hex", SQL, "0x... beside a number is a number.", (MYSQL, SQLITE))
def number_hex(attack: Attack, rng: Random) -> str:
    """Numbers in hexadecimal."""
    return numbers(attack, lambda n: f"0x{n:02x}+0")


@mutation("sql-number-string", SQL, "A number compared with a string of it is equal to it.", (MYSQL,))
def number_string(attack: Attack, rng: Random) -> str:
    """Numbers in quotes."""
    return numbers(attack, lambda n: f"'{n}'")


@mutation("sql-number-glued", SQL, "MySQL's scanner ends a number with exponent before a word.", (MYSQL,))
def number_glued(attack: Attack, rng: Random) -> str | None:
    """`1e0union` for `1 union`."""
    return re.sub(r"(?<![\w.'])(\d)\s+(?=(?:union|or|and)\b)", r"\1e0", attack.payload, count=1, flags=re.IGNORECASE)


@mutation("sql-truth-constant", SQL, "A comparison of equal constants is true.")
def truth_constant(attack: Attack, rng: Random) -> str | None:
    """Other true comparisons of constants."""
    options = ("7>3", "3<>4", "'k'<'l'", "2 between 1 and 3", "5 in (4,5)", "'ab' like 'a%'", "not 1=2", "0=0")

    def write(left: str, right: str, token: Token) -> str | None:
        if token.kind == "tail" or left != right or not re.fullmatch(r"\d+|'\w+'", left):
            return None
        return rng.choice(options)

    return comparisons(attack, write)


@mutation("sql-truth-bare", SQL, "A number other than 0 is true for MySQL and SQLite.", (MYSQL, SQLITE))
def truth_bare(attack: Attack, rng: Random) -> str | None:
    """`or 1`, `or true` for `or 1=1`."""
    # A lone value after OR needs the end of the instruction behind it to be more than prose.
    if not re.search(r"(--|#)\s*\S{0,3}\s*$", attack.payload):
        return None
    options = ("true", "1", "~0", "not false", "-1", *(("!0",) if SQLITE not in attack.languages else ()))

    def write(left: str, right: str, token: Token) -> str | None:
        return rng.choice(options) if left == right and re.fullmatch(r"\d+", left) else None

    return comparisons(attack, write)


#: Functions of the same value, by dialect.
SAME = {
    MYSQL: (
        (r"\bsubstring\(", ("substr(", "mid(")),
        (r"\bascii\(", ("ord(",)),
        (r"\bversion\(\)", ("@@version", "@@global.version")),
        (r"\bdatabase\(\)", ("schema()",)),
        (r"\b(?:current_)?user\(\)", ("system_user()", "session_user()", "current_user")),
        (r"\bsleep\((\d+)\)", (r"benchmark(\g<1>0000000,md5(1))", r"sleep(\1.0)", r"sleep(\1-0)")),
        (r"\bif\(([^,()]+),([^,]+),([^,()]+)\)", (r"case when \1 then \2 else \3 end",)),
        (r"\bextractvalue\((\w+),(.*?\))\)", (r"updatexml(\1,\2,1)",)),
        (r"\blimit (\d+),(\d+)", (r"limit \2 offset \1",)),
        (r"\blength\(", ("char_length(", "octet_length(")),
    ),
    POSTGRESQL: (
        (r"\bpg_sleep\((\d+)\)", (r"pg_sleep_for('\1 seconds')", r"pg_sleep(\1.0)")),
        (r"\bsubstring\(", ("substr(",)),
        (r"\bcurrent_user\b", ("user", "session_user")),
        (r"\bcast\(([^()]+\(\)|\w+) as (\w+)\)", (r"\1::\2",)),
        (r"\bcurrent_database\(\)", ("(select current_database())", "current_catalog")),
    ),
    MSSQL: (
        (r"(?i)\bwaitfor delay '0:0:(\d)'", (r"waitfor delay '00:00:0\1'", r"waitfor delay '0:00:\1.0'", r"waitfor time '23:59:0\1'")),
        (r"\bsuser_name\(\)", ("system_user", "user_name()", "suser_sname()")),
        (r"\bexec xp_cmdshell\b", ("execute xp_cmdshell", "exec master..xp_cmdshell", "exec master.dbo.xp_cmdshell")),
        (r"\bconvert\((\w+),([^()]+)\)", (r"cast(\2 as \1)",)),
    ),
    ORACLE: (
        (r"\bdbms_pipe\.receive_message\(", ("sys.dbms_pipe.receive_message(",)),
        (r"\butl_inaddr\.get_host_address\(", ("sys.utl_inaddr.get_host_address(", "utl_inaddr.get_host_name(")),
        (r"\bsys\.user\$", ('"SYS".user$',)),
        (r"\bsubstr\(", ("substrb(", "substrc(")),
    ),
    SQLITE: (
        (r"\bsubstr\(", ("substring(",)),
        (r"\bsqlite_master\b", ("sqlite_schema", "main.sqlite_master")),
        (r"\bunicode\(substr\(([^()]+),(\d+),1\)\)", (r"unicode(substr(\1,\2))",)),
    ),
}  # fmt: skip


@mutation("sql-functions", SQL, "Functions that give the same value, or wait as long.", SAME)
def functions(attack: Attack, rng: Random) -> str | None:
    """Other functions."""
    dialects = [d for d in sorted(attack.languages) if d in SAME]
    if len(dialects) != 1:
        return None
    text = attack.payload
    for pattern, options in SAME[dialects[0]]:
        text = re.sub(pattern, rng.choice(options), text, flags=re.IGNORECASE)
    return text
