"""XML: declarations, names and encodings that a parser reads the same.

Source: XML 1.0 (fifth edition): 2.3 (literals), 2.5 (comments), 2.6 (processing instructions), 2.8 (prolog), 4.2 (entity
declarations), 4.3.3 and appendix F (encodings), 4.4 (references); Namespaces in XML 1.0; XInclude 1.1.
"""

import re
from random import Random

from .model import Attack, mutation

XXE = ("xxe",)


@mutation("xml-quotes", XXE, "Literals stand in either quotes (2.3).")
def quotes(attack: Attack, rng: Random) -> str | None:
    """The other quotes in declarations and attributes."""
    if "'" in attack.payload and '"' in attack.payload:
        return None
    return attack.payload.translate(str.maketrans("'\"", "\"'"))


@mutation("xml-blanks", XXE, "Any white space parts the words of a declaration (2.3).")
def blanks(attack: Attack, rng: Random) -> str:
    """Other blanks in declarations."""

    def write(match: re.Match) -> str:
        # Literals stay; the declaration of XML keeps its single blanks for parsers that guess the encoding by it.
        parts = re.split(r"(\"[^\"]*\"|'[^']*')", match[0])
        return "".join(
            p if p[:1] in ("'", '"') else re.sub(r"\s+", lambda m: rng.choice(("\n", "\t", "  ", "\r\n\t", "\n\n ")), p)
            for p in parts
        )

    return re.sub(r"<!(?:DOCTYPE|ENTITY)[^\[<>]*", write, attack.payload)


@mutation(
    "xml-declaration", XXE, "The XML declaration may be left out, or name version, encoding and standalone (2.8)."
)
def declaration(attack: Attack, rng: Random) -> str:
    """Another declaration of XML."""
    rest = re.sub(r"^<\?xml[^?]*\?>\s*", "", attack.payload)
    heads = (
        "",
        '<?xml version="1.0"?>',
        "<?xml version='1.0' encoding='utf-8'?>\n",
        '<?xml version="1.0" encoding="ISO-8859-1" standalone="no"?>',
        '<?xml  version = "1.1" ?>',
    )
    return rng.choice([h for h in heads if not attack.payload.startswith(h) or not h]) + rest


@mutation("xml-comments", XXE, "Comments may stand before, between and behind declarations (2.5, 2.8).")
def comments(attack: Attack, rng: Random) -> str:
    """Comments between declarations."""
    note = rng.choice(("<!-- note -->", "<!--\n<!ENTITY none 'x'>\n-->", "<!-- <a> ]> -->"))
    text = re.sub(r"(?=<!DOCTYPE)", note, attack.payload, count=1)
    return re.sub(r"\[\s*(?=<!)", lambda m: m[0] + note, text, count=1)


@mutation("xml-instructions", XXE, "Processing instructions may stand where comments may (2.6).")
def instructions(attack: Attack, rng: Random) -> str:
    """Processing instructions between declarations."""
    text = re.sub(r"(?=<!DOCTYPE)", "<?note a b?>", attack.payload, count=1)
    return re.sub(r"\[\s*(?=<!)", lambda m: m[0] + "<?x y?>", text, count=1)


@mutation("xml-names", XXE, "Entities and the root element may have any names.")
def names(attack: Attack, rng: Random) -> str:
    """Other names of entities."""
    text = attack.payload
    for name in set(re.findall(r"<!ENTITY\s+(?:%\s+)?([\w.-]+)", text)):
        new = rng.choice(("_", "Ä", "x", "e-")) + f"{rng.randrange(1000)}.{name}"
        text = re.sub(rf"(<!ENTITY\s+(?:%\s+)?){re.escape(name)}(?=\s)", rf"\g<1>{new}", text)
        text = re.sub(rf"([&%]){re.escape(name)};", rf"\g<1>{new};", text)
    return text


@mutation("xml-public", XXE, "A PUBLIC identifier comes with the same system literal (4.2.2).")
def public(attack: Attack, rng: Random) -> str:
    """PUBLIC for SYSTEM."""
    return re.sub(
        r"SYSTEM(\s+)(?=[\"'])",
        lambda m: f"PUBLIC{m[1]}{rng.choice((chr(34) * 2, chr(34) + '-//A//B//EN' + chr(34)))} ",
        attack.payload,
    )


@mutation("xml-declarations-more", XXE, "Other declarations may stand beside (2.8).")
def declarations_more(attack: Attack, rng: Random) -> str:
    """Elements, attributes and notations declared as well."""
    more = rng.choice(
        (
            "<!ELEMENT order ANY>",
            "<!ATTLIST order id CDATA #IMPLIED>",
            "<!NOTATION n PUBLIC 'n'>",
            '<!ENTITY copy "(c)">',
            "<!ELEMENT a (#PCDATA)>\n",
        )
    )
    return re.sub(r"\[\s*(?=<!)", lambda m: m[0] + more, attack.payload, count=1)


@mutation(
    "xml-indirect",
    XXE,
    "A parameter entity may hold the declaration; character references in entity values are undone (4.4.5, 4.5).",
)
def indirect(attack: Attack, rng: Random) -> str:
    """The declaration inside a parameter entity's value."""
    found = re.search(r"<!ENTITY\s+(\w+)\s+SYSTEM\s+(\"[^\"]*\"|'[^']*')\s*>", attack.payload)
    if not found or "%" in attack.payload:
        return attack.payload
    inner = found[0].replace("<!", rng.choice(("&#60;!", "&#x3c;!", "<!"))).replace('"', "&#34;").replace("'", "&#39;")
    new = f"<!ENTITY % d1 '{inner}'>%d1;"
    return attack.payload[: found.start()] + new + attack.payload[found.end() :]


@mutation(
    "xml-scheme", XXE, "A system literal is a URI reference: case of the scheme, host and slashes vary (RFC 8089)."
)
def scheme(attack: Attack, rng: Random) -> str:
    """Other spellings of file URLs."""
    return re.sub(
        r"file:///", lambda m: rng.choice(("file:/", "FILE:///", "file://localhost/", "File:////")), attack.payload
    )


@mutation("xml-prefix", XXE, "A namespace may have any prefix, or be the default (Namespaces 3).")
def prefix(attack: Attack, rng: Random) -> str:
    """Another prefix for XInclude's namespace and XSLT's."""
    text = attack.payload
    for name in re.findall(r"xmlns:(xi|xsl)=", text):
        new = rng.choice(("q", "inc-2", "_n"))
        text = re.sub(rf"(?<=[</:]){name}(?==|:)|(?<=</){name}(?=:)", new, text)
    return text


@mutation("xml-root-attributes", XXE, "Attributes of the root element and blanks inside tags change nothing.")
def root_attributes(attack: Attack, rng: Random) -> str:
    """Attributes and blanks in the root element."""
    return re.sub(r"(<[A-Za-z]\w*)(\s*/?>)", rf"\1 {rng.choice(('id', 'a:b'))}='7' \2", attack.payload, count=1)


@mutation(
    "xml-reference-in-attribute",
    XXE,
    "General entities whose text is internal are undone in attributes; external ones in content (4.4.4).",
)
def reference_twice(attack: Attack, rng: Random) -> str:
    """The reference given twice, with text between."""
    return re.sub(r"(?<=>)&([\w.-]+);(?=<)", r"a &\1; b &\1;", attack.payload, count=1)


@mutation("xml-utf-16", XXE, "Parsers read UTF-16 with a byte order mark (4.3.3).")
def utf_16(attack: Attack, rng: Random) -> Attack | None:
    """The document in UTF-16."""
    return attack.formed(rng.choice(("utf-16", "utf-16-be", "utf-16-le"))) if attack.place == "body" else None


@mutation("xml-utf-7", XXE, "Some parsers read UTF-7 if the declaration names it.", codes=True)
def utf_7(attack: Attack, rng: Random) -> str | None:
    """The document in UTF-7."""
    if attack.place != "body" or not attack.payload.isascii():
        return None
    rest = re.sub(r"^<\?xml[^?]*\?>\s*", "", attack.payload)
    coded = "".join({"<": "+ADw-", ">": "+AD4-", '"': "+ACI-", "!": "+ACE-", "+": "+-"}.get(c, c) for c in rest)
    return f'<?xml version="1.0" encoding="UTF-7"?>{coded}'
