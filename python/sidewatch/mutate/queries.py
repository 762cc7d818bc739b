"""Queries that are not SQL: XPath, LDAP filters, and MongoDB's objects and scripts.

Source: XPath 1.0 (2.5 abbreviated syntax, 3.7 lexical structure) and 2.0 (2.6 comments); RFC 4515 and RFC 4512 (names and
object identifiers of attributes); the MongoDB manual on query operators; the qs library and PHP on brackets in names.
"""

import re
from dataclasses import replace
from random import Random

from .html import mixed
from .model import Attack, mutation

XPATH, LDAP, NOSQL = ("xpath",), ("ldapi",), ("nosqli",)


def outside(text: str, write) -> str:
    """A text with what stands outside quotes changed; a literal left open is inside."""
    parts = re.split(r"('[^']*(?:'|$)|\"[^\"]*(?:\"|$))", text)
    return "".join(p if p[:1] in ("'", '"') else write(p) for p in parts)


def instruction(attack: Attack, write) -> str:
    """The payload with the part behind the closed literal changed, outside of its own literals."""
    quote = attack.context or ""
    at = attack.payload.find(quote) + 1 if quote else 0
    return attack.payload[:at] + outside(attack.payload[at:], write)


@mutation("xpath-blanks", XPATH, "Tab, line ends and blanks part tokens (3.7).")
def xpath_blanks(attack: Attack, rng: Random) -> str:
    """Other blanks."""
    return instruction(attack, lambda t: re.sub(r"\s+", lambda m: rng.choice(("\t", "\n", "   ", "\r\n")), t))


@mutation("xpath-spread", XPATH, "White space may stand around every token (3.7).")
def xpath_spread(attack: Attack, rng: Random) -> str:
    """Blanks around signs."""
    return instruction(attack, lambda t: re.sub(r"(?<![<>!])=|[()\[\],|]|(?<!/)//(?!/)", r" \g<0> ", t))


@mutation("xpath-tight", XPATH, "No blank is needed between a literal and an operator.")
def xpath_tight(attack: Attack, rng: Random) -> str:
    """Blanks left out beside literals and parentheses."""
    return re.sub(r"(?<=['\"\])]) +(?=(?:or|and)\b)|(?<=\b(?:or)) +(?=['\"])|(?<=\band) +(?=['\"])", "", attack.payload)


@mutation("xpath-comments", XPATH, "XPath 2.0 has comments (2.6).", ("xpath2",))
def xpath_comments(attack: Attack, rng: Random) -> str:
    """`(: x :)` for blanks."""
    return instruction(
        attack,
        lambda t: re.sub(
            r"\s+", rng.choice(("(::)", "(: x :)", " (: ' :) ")) if "'" not in attack.payload else "(: x :)", t
        ),
    )


@mutation("xpath-axes", XPATH, "The abbreviations stand for axes (2.5).")
def xpath_axes(attack: Attack, rng: Random) -> str:
    """`/descendant-or-self::node()/` for `//`."""
    return instruction(attack, lambda t: re.sub(r"//(?=[\w*])", "/descendant-or-self::node()/", t))


@mutation("xpath-child-axis", XPATH, "child is the axis of a step that names none (2.5).")
def xpath_child(attack: Attack, rng: Random) -> str:
    """`child::user`."""
    return instruction(attack, lambda t: re.sub(r"(?<=/)(?=[a-z]+(?:[/\[\])]|\s|$))", "child::", t))


@mutation("xpath-truth", XPATH, "Other conditions that are always true.")
def xpath_truth(attack: Attack, rng: Random) -> str:
    """`true()`, `not(false())`, `2>1`, `boolean(1)`."""
    options = ("true()", "not(false())", "2>1", "boolean(1)", "string-length('ab')=2", "count(/*)=1", "1<2")
    quote = attack.context or "'"
    new = rng.choice([o for o in options if quote == "'" or "'" not in o])
    return re.sub(r"(?<=\bor )(\d+)\s*=\s*\1(?!\d)|(?<=\bor )(['\"])(\w*)\2\s*=\s*\2\3\2", new, attack.payload)


@mutation("xpath-literals", XPATH, "concat joins strings (4.2).")
def xpath_literals(attack: Attack, rng: Random) -> str:
    """`concat('ad','min')`."""
    return re.sub(r"(?<==)(['\"])(\w)(\w+)\1", r"concat(\1\2\1,\1\3\1)", attack.payload)


@mutation("ldap-attribute-case", LDAP, "Names of attributes have no case (RFC 4512 1.4).")
def ldap_case(attack: Attack, rng: Random) -> str:
    """Attributes in mixed case."""
    return re.sub(r"(?<=\()[A-Za-z]+(?=[<>~:]?=|:)", lambda m: mixed(m[0], rng), attack.payload)


@mutation("ldap-object-identifiers", LDAP, "An attribute can be named by its object identifier (RFC 4512 2.5).")
def ldap_identifiers(attack: Attack, rng: Random) -> str:
    """`2.5.4.3` for cn."""
    known = {
        "cn": "2.5.4.3",
        "sn": "2.5.4.4",
        "uid": "0.9.2342.19200300.100.1.1",
        "mail": "0.9.2342.19200300.100.1.3",
        "objectclass": "2.5.4.0",
        "userpassword": "2.5.4.35",
        "description": "2.5.4.13",
    }
    return re.sub(r"(?<=\()([A-Za-z]+)(?=[<>~]?=)", lambda m: known.get(m[1].lower(), m[1]), attack.payload)


@mutation("ldap-options", LDAP, "Attributes may have options (RFC 4512 2.5.2).")
def ldap_options(attack: Attack, rng: Random) -> str:
    """`cn;lang-en`."""
    return re.sub(r"(?<=\()([A-Za-z]+)(?==)", r"\1;lang-en", attack.payload)


@mutation("ldap-blanks", LDAP, "OpenLDAP and Active Directory skip blanks around filter parts.")
def ldap_blanks(attack: Attack, rng: Random) -> str:
    """Blanks around parentheses."""
    gap = rng.choice((" ", "\t", "\n", "  "))
    return re.sub(r"(?<=\))(?=\()|(?<=\()(?=[&|!])|(?<=[&|!])(?=\()", gap, attack.payload)


@mutation("ldap-escapes", LDAP, "Any octet of a value may be written by its digits (RFC 4515 3).")
def ldap_escapes(attack: Attack, rng: Random) -> str:
    """`\\61dmin`."""
    return re.sub(r"(?<==)([A-Za-z])(?=\w*[)*]|\w*$)", lambda m: f"\\{ord(m[1]):02{rng.choice('xX')}}", attack.payload)


@mutation("ldap-presence", LDAP, "Every entry has an object class, and all of these ask only for presence.")
def ldap_presence(attack: Attack, rng: Random) -> str:
    """Another attribute that is always there."""
    return re.sub(
        r"(?<=\()(\w+)(?==\*(?:\)|$))",
        lambda m: rng.choice(
            [a for a in ("objectClass", "cn", "uid", "createTimestamp", "entryDN", "objectClass") if a != m[1]]
        ),
        attack.payload,
    )


@mutation("ldap-approximate", LDAP, "~= and >= hold where = holds.")
def ldap_approximate(attack: Attack, rng: Random) -> str:
    """`~=`, `>=`, `:=`."""
    return re.sub(
        r"(?<=\()(\w+)=(?=\w+(?:\)|$))",
        lambda m: m[1] + rng.choice(("~=", ">=", ":=", ":caseIgnoreMatch:=")),
        attack.payload,
    )


@mutation("ldap-nul-end", LDAP, "What reads C strings ends the filter at NUL.")
def ldap_nul(attack: Attack, rng: Random) -> str | None:
    """NUL behind a closed filter."""
    depth = attack.payload.count("(") - attack.payload.count(")")
    return None if "\0" in attack.payload or depth > 0 else attack.payload + ("\0" if depth < 0 else ")\0")


@mutation(
    "nosql-operator",
    NOSQL,
    "These operators match as much: what is not equal, greater, not in a list, existing, like any text.",
)
def nosql_operator(attack: Attack, rng: Random) -> str | Attack | None:
    """Another operator."""
    if attack.part == "name":
        options = ("$ne", "$gt", "$gte", "$nin][", "$not][$eq", "$exists", "$regex")
        new = re.sub(
            r"\[\$(ne|gt|gte)\]$", lambda m: f"[{rng.choice([o for o in options if o != '$' + m[1]])}]", attack.payload
        )
        if new == attack.payload:
            return None
        return replace(
            attack, payload=new, value={"[$regex]": ".*", "[$exists]": "true"}.get(new[new.rfind("[") :], attack.value)
        )
    options = (
        '"$ne":null',
        '"$gt":""',
        '"$nin":[]',
        '"$exists":true',
        '"$regex":".*"',
        '"$not":{"$eq":1}',
        '"$gte":""',
    )
    return re.sub(
        r"\"\$(?:ne|gt)\"\s*:\s*(?:null|\"\w*\"|-?\d+)",
        lambda m: rng.choice([o for o in options if o[:5] != m[0][:5]]),
        attack.payload,
    )


@mutation("nosql-key-escapes", NOSQL, "Keys of JSON take \\u escapes (RFC 8259 7).")
def nosql_key_escapes(attack: Attack, rng: Random) -> str | None:
    """`"\\u0024ne"`."""
    if attack.part == "name":
        return None
    return re.sub(
        r"\"\$(\w)(\w*)\"(?=\s*:)",
        lambda m: rng.choice(
            (f'"\\u0024{m[1]}{m[2]}"', f'"\\u0024\\u{ord(m[1]):04x}{m[2]}"', f'"$\\u{ord(m[1]):04X}{m[2]}"')
        ),
        attack.payload,
    )


@mutation("nosql-json-blanks", NOSQL, "White space may stand between all tokens of JSON (RFC 8259 2).")
def nosql_json_blanks(attack: Attack, rng: Random) -> str | None:
    """Blanks around braces, colons and commas."""
    if attack.part == "name" or not attack.payload.lstrip().startswith(("{", "[")):
        return None
    return outside(
        attack.payload,
        lambda t: re.sub(
            r"[{}\[\]:,]", lambda m: f"{rng.choice(('', ' ', chr(9)))}{m[0]}{rng.choice((' ', chr(10), ''))}", t
        ),
    )


@mutation("nosql-nested", NOSQL, "Conditions nest in $and, $or and $not.")
def nosql_nested(attack: Attack, rng: Random) -> str | None:
    """`{"$and":[...]}` around."""
    if not re.match(r"\{\"\w+\":\{\"\$", attack.payload):
        return None
    return rng.choice(('{{"$and":[{}]}}', '{{"$or":[{0},{0}]}}')).format(attack.payload)


@mutation(
    "nosql-name-index", NOSQL, "Brackets nest: an index of an array in front changes only where the condition is."
)
def nosql_name_index(attack: Attack, rng: Random) -> Attack | None:
    """`filter[a][$ne]`."""
    if attack.part != "name":
        return None
    head, bracket, rest = attack.payload.partition("[")
    return (
        replace(attack, payload=f"{rng.choice(('filter', 'where', 'q', 'user'))}[{head}]{bracket}{rest}")
        if bracket
        else None
    )


@mutation(
    "nosql-script-blanks",
    NOSQL,
    "Blanks, line ends and comments may stand between tokens (ECMA-262 12).",
    ("javascript",),
)
def nosql_script_blanks(attack: Attack, rng: Random) -> str:
    """Comments and blanks around operators."""
    gap = rng.choice((" ", "\t", "\n", "/**/", "/*x*/"))
    return instruction(attack, lambda t: re.sub(r"\|\||&&|===?|[;(){}]", lambda m: f"{gap}{m[0]}{gap}", t))


@mutation("nosql-script-truth", NOSQL, "Other conditions that are always true.", ("javascript",))
def nosql_script_truth(attack: Attack, rng: Random) -> str:
    """`2>1`, `!0`, `true`."""
    options = ("2>1", "!0", "1===1", "true==true", "!!1", "'b'!='c'", "3<=3")
    return re.sub(r"(?<=\|\| )(\d)==\1|(?<=\|\|)(\d)==\2", lambda m: rng.choice(options), attack.payload)


@mutation("nosql-script-member", NOSQL, "A member can be named by a string (ECMA-262 13.3.2).", ("javascript",))
def nosql_script_member(attack: Attack, rng: Random) -> str:
    """`this["secret"]`."""
    quote = '"' if attack.context == "'" or "'" in attack.payload else "'"
    return re.sub(r"\bthis\.(\w+)", rf"this[{quote}\1{quote}]", attack.payload)


@mutation("nosql-script-wait", NOSQL, "A loop until a time waits as sleep does.", ("javascript",))
def nosql_script_wait(attack: Attack, rng: Random) -> str:
    """A loop for sleep."""
    loops = ("var d=new Date();while(new Date()-d<{});", "var d=Date.now();do{{c=Date.now()}}while(c-d<{});")
    return re.sub(r"\bsleep\((\d+)\);?", lambda m: rng.choice(loops).format(m[1]), attack.payload)
