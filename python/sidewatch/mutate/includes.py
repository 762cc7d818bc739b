"""Server-side and edge-side includes: the spellings that their readers take.

Source: Apache's mod_include and NGINX's ngx_http_ssi_module (elements, quotes, case of directives); the ESI language
specification 1.0 (W3C note) and XML 1.0 on tags.
"""

import re
from random import Random

from .html import mixed
from .model import Attack, mutation

SSI, ESI = ("ssi",), ("esi",)


@mutation("ssi-blanks", SSI, "Any white space stands between the parts of a directive.")
def ssi_blanks(attack: Attack, rng: Random) -> str:
    """Other blanks."""
    gap = rng.choice(("  ", "\t", "\n", " \r\n "))
    return re.sub(r"(?<=[\w\"'])\s+(?=[\w-])", gap, attack.payload)


@mutation("ssi-case", SSI, "Apache takes directives and attributes in any case.")
def ssi_case(attack: Attack, rng: Random) -> str:
    """Mixed case."""
    return re.sub(r"(?<=#)\w+|\w+(?==[\"'])", lambda m: mixed(m[0], rng), attack.payload)


@mutation("ssi-quotes", SSI, "Values stand in double quotes, single quotes or backquotes (mod_include).")
def ssi_quotes(attack: Attack, rng: Random) -> str | None:
    """Other quotes."""
    if "'" in attack.payload:
        return None
    return attack.payload.replace('"', rng.choice("'`"))


@mutation("ssi-equals", SSI, "Blanks may stand around = (mod_include).")
def ssi_equals(attack: Attack, rng: Random) -> str:
    """Blanks around =."""
    return re.sub(r"(?<=\w)=(?=[\"'])", rng.choice((" = ", "= ", " =")), attack.payload)


@mutation("ssi-end", SSI, "A blank before --> is wanted by old versions and dropped by new ones.")
def ssi_end(attack: Attack, rng: Random) -> str:
    """The end with and without blank."""
    return re.sub(r"\s*-->", lambda m: "-->" if m[0] != "-->" else " -->", attack.payload)


@mutation("ssi-text-around", SSI, "What stands outside directives is text.")
def ssi_text(attack: Attack, rng: Random) -> str:
    """Text around."""
    return f"{rng.choice(('Kim ', '<b>a</b>', '--><!--x-->', '<!-- a -->'))}{attack.payload}{rng.choice(('', ' ok', '<br>'))}"


@mutation("ssi-attributes-more", SSI, "echo takes an encoding, include a further file.")
def ssi_attributes(attack: Attack, rng: Random) -> str:
    """More attributes."""
    text = re.sub(r"#echo ", '#echo encoding="none" ', attack.payload)
    return re.sub(r"#include ", '#include onerror="/x" ', text)


@mutation("esi-blanks", ESI, "White space parts attributes and may stand around = (XML 3.1).")
def esi_blanks(attack: Attack, rng: Random) -> str:
    """Other blanks."""
    gap = rng.choice(("\n", "\t", "   "))
    return re.sub(r"(?<=[\w\"'])\s+(?=\w+=)", gap, re.sub(r"\s*/>", f"{gap}/>", attack.payload))


@mutation("esi-quotes", ESI, "Values stand in either quotes (XML 2.3).")
def esi_quotes(attack: Attack, rng: Random) -> str | None:
    """The other quotes."""
    if "'" in attack.payload and '"' in attack.payload:
        return None
    return attack.payload.translate(str.maketrans("'\"", "\"'"))


@mutation("esi-end-tag", ESI, "An empty element is a start tag and an end tag (XML 3.1).")
def esi_end_tag(attack: Attack, rng: Random) -> str:
    """`<x></x>` for `<x/>`."""
    return re.sub(r"<(esi:\w+)([^<>]*?)\s*/>", r"<\1\2></\1>", attack.payload)


@mutation("esi-comment", ESI, "What stands in <!--esi ... --> is processed.")
def esi_comment(attack: Attack, rng: Random) -> str | None:
    """Inside <!--esi -->."""
    return None if "<!--" in attack.payload else f"<!--esi {attack.payload} -->"


@mutation("esi-text-around", ESI, "What stands outside elements is text.")
def esi_text(attack: Attack, rng: Random) -> str:
    """Text around."""
    return f"{rng.choice(('Kim ', '<b>a</b>', 'x<!-- y -->'))}{attack.payload}{rng.choice(('', ' ok', '<hr/>'))}"


@mutation("esi-attributes-more", ESI, "Elements take further attributes.")
def esi_attributes(attack: Attack, rng: Random) -> str:
    """More attributes."""
    return re.sub(r"(<esi:include) ", r'\1 ttl="0" onerror="continue" ', attack.payload)


@mutation("esi-case", ESI, "Readers that look for the text `esi:` take it in any case (Varnish folds it).")
def esi_case(attack: Attack, rng: Random) -> str:
    """Names in mixed case."""
    return re.sub(r"(?<=</)esi:\w+|(?<=<)esi:\w+", lambda m: mixed(m[0], rng), attack.payload)
