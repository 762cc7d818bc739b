"""Template engines: delimiters, blanks, attribute access and strings written as others that mean the same.

Source: the manuals of Jinja2 (template designer documentation), Twig 3, FreeMarker 2.3, Velocity 2, ERB, Smarty 4/5, Mako,
Handlebars, and the references of SpEL and EL.
"""

import re
from random import Random

from .model import Attack, mutation

SSTI = ("ssti",)
JINJA, TWIG, FREEMARKER, VELOCITY, ERB, SMARTY, MAKO, EL = (
    "jinja2", "twig", "freemarker", "velocity", "erb", "smarty", "mako", "el",
)  # fmt: skip


@mutation("template-blanks", SSTI, "Blanks inside delimiters do nothing.", (JINJA, TWIG, EL, FREEMARKER, ERB))
def blanks(attack: Attack, rng: Random) -> str:
    """`{{  x  }}`."""
    gap = rng.choice((" ", "  ", "\t", "\n", "   \n"))
    text = re.sub(r"(\{\{|<%=)-?\s*", rf"\1{gap}", attack.payload)
    text = re.sub(r"\s*(\}\}|%>)", rf"{gap}\1", text)
    return re.sub(r"([$#*])\{\s*([^{}]+?)\s*\}", rf"\1{{{gap}\2{gap}}}", text)


@mutation("template-tight", SSTI, "Blanks inside delimiters do nothing.", (JINJA, TWIG, EL, FREEMARKER))
def tight(attack: Attack, rng: Random) -> str:
    """`{{x}}`."""
    return re.sub(r"\s*\}\}", "}}", re.sub(r"\{\{\s*", "{{", attack.payload))


@mutation("template-trim", SSTI, "A dash at a delimiter trims blanks outside.", (JINJA, TWIG))
def trim(attack: Attack, rng: Random) -> str:
    """`{{- x -}}`."""
    return re.sub(r"\s*\}\}", " -}}", re.sub(r"\{\{\s*", "{{- ", attack.payload))


@mutation(
    "template-print-statement",
    SSTI,
    "A statement can print: if around a text, print in Jinja2's own extension, set and use.",
    (JINJA, TWIG),
)
def print_statement(attack: Attack, rng: Random) -> str:
    """`{% set x=... %}{{x}}`, `{% if ... %}1{% endif %}`."""
    found = re.search(r"\{\{\s*([^{}]+?)\s*\}\}", attack.payload)
    if not found:
        return attack.payload
    forms = (
        "{{% set x={} %}}{{{{x}}}}",
        "{{%if {}%}}1{{%endif%}}",
        "{{% for x in [{}] %}}{{{{x}}}}{{% endfor %}}",
        "{{%- set x = {} -%}}{{{{ x }}}}",
    )
    new = rng.choice(forms).format(found[1])
    return attack.payload[: found.start()] + new + attack.payload[found.end() :]


@mutation("template-comment", SSTI, "A comment of the engine gives nothing.", (JINJA, TWIG))
def comment(attack: Attack, rng: Random) -> str:
    """`{# x #}` in front."""
    return rng.choice(("{# note #}", "{#-#}", "{# }} #}")) + attack.payload


@mutation("template-text-around", SSTI, "What stands outside delimiters is text.")
def text_around(attack: Attack, rng: Random) -> str:
    """Text before and behind."""
    left, right = rng.choice((("Dear ", ","), ("<b>", "</b>"), ("a ", ""), ("", " z"), ("1}} ", "")))
    return left + attack.payload + right


@mutation("template-subscript", SSTI, "Jinja2 finds attributes by subscript as well.", (JINJA,))
def subscript(attack: Attack, rng: Random) -> str:
    """`x['__class__']`."""
    quote = '"' if "'" in attack.payload else "'"
    return re.sub(r"\.(__\w+__|popen|read|system)\b", lambda m: f"[{quote}{m[1]}{quote}]", attack.payload)


@mutation("template-attr", SSTI, "The filter attr finds attributes by name.", (JINJA,))
def attr(attack: Attack, rng: Random) -> str:
    """`x|attr('__class__')`."""
    quote = '"' if "'" in attack.payload else "'"
    gap = rng.choice(("", " "))
    return re.sub(
        r"\.(__(?:class|mro|base|init|globals|subclasses|builtins)__)\b",
        lambda m: f"{gap}|{gap}attr({quote}{m[1]}{quote})",
        attack.payload,
    )


@mutation("template-joined", SSTI, "Strings are joined by ~, + or side by side.", (JINJA,))
def joined(attack: Attack, rng: Random) -> str:
    """`['__cla'~'ss__']`."""
    quote = '"' if "'" in attack.payload else "'"
    join = rng.choice((f"{quote}~{quote}", f"{quote}+{quote}", f"{quote}{quote}", f"{quote} {quote}"))
    return re.sub(r"\.__(\w)(\w+)__\b", lambda m: f"[{quote}__{m[1]}{join}{m[2]}__{quote}]", attack.payload)


@mutation("template-escapes", SSTI, "String literals take the escapes of Python.", (JINJA,))
def escapes(attack: Attack, rng: Random) -> str:
    """`['\\x5f\\x5fclass\\x5f\\x5f']`."""
    quote = '"' if "'" in attack.payload else "'"
    form = rng.choice((r"\x5f", r"\u005f", r"\137"))
    return re.sub(r"\.__(\w+?)__(?!\w)", lambda m: f"[{quote}{form}{form}{m[1]}{form}{form}{quote}]", attack.payload)


@mutation("template-format", SSTI, "The filters format, join and reverse build strings.", (JINJA,))
def built(attack: Attack, rng: Random) -> str:
    """`['%sclass%s'|format('__','__')]`."""
    quote = '"' if "'" in attack.payload else "'"

    def write(match: re.Match) -> str:
        name = match[1]
        forms = (
            f"[({quote}%s{name}%s{quote})|format({quote}__{quote},{quote}__{quote})]",
            f"[[{quote}__{quote},{quote}{name}{quote},{quote}__{quote}]|join]",
            f"[{quote}{f'__{name}__'[::-1]}{quote}[::-1]]",
            f"[{quote}{f'__{name}__'[::-1]}{quote}|reverse]",
        )
        return rng.choice(forms)

    return re.sub(r"\.__(\w+?)__(?!\w)", write, attack.payload)


@mutation("template-quotes", SSTI, "Both quotes hold strings.", (JINJA, TWIG, FREEMARKER, SMARTY, MAKO, ERB, EL))
def quotes(attack: Attack, rng: Random) -> str | None:
    """The other quotes."""
    if "'" in attack.payload and '"' in attack.payload:
        return None
    return attack.payload.translate(str.maketrans("'\"", "\"'"))


@mutation(
    "template-numbers",
    SSTI,
    "A product is a product; other numbers tell the same.",
    (JINJA, TWIG, FREEMARKER, VELOCITY, ERB, SMARTY, MAKO, EL),
)
def numbers(attack: Attack, rng: Random) -> str:
    """Other factors."""
    gap = rng.choice(("", " "))
    return re.sub(
        r"(?<!\w)\d+\s*\*\s*\d+(?!\w)",
        lambda m: f"{rng.randrange(11, 9999)}{gap}*{gap}{rng.randrange(11, 9999)}",
        attack.payload,
    )


@mutation(
    "template-parentheses",
    SSTI,
    "An expression in parentheses is the expression.",
    (JINJA, TWIG, FREEMARKER, EL, ERB, MAKO),
)
def parentheses(attack: Attack, rng: Random) -> str:
    """`{{(x)}}`."""
    text = re.sub(r"\{\{\s*([^{}]+?)\s*\}\}", r"{{(\1)}}", attack.payload)
    text = re.sub(r"(?<!\{)([$#*])\{([^{}]+)\}", r"\1{(\2)}", text)
    return re.sub(r"<%=\s*(.+?)\s*%>", r"<%=(\1)%>", text)


@mutation(
    "template-square",
    SSTI,
    "FreeMarker takes [= ] where square brackets are set, and <#assign> before ${ }.",
    (FREEMARKER,),
)
def square(attack: Attack, rng: Random) -> str:
    """`<#assign x=...>${x}`."""
    found = re.fullmatch(r"\$\{([^{}]+)\}", attack.payload)
    if not found:
        return re.sub(r"<#assign (\w+)=", r"<#assign   \1 = ", attack.payload)
    return rng.choice((f"<#assign x={found[1]}>${{x}}", f"[={found[1]}]", f"<#if {found[1]}?has_content>1</#if>"))


@mutation("template-api", SSTI, "?api, ?new and ?eval with blanks and by strings.", (FREEMARKER,))
def api(attack: Attack, rng: Random) -> str:
    """Blanks around ? and (."""
    return re.sub(r"\?(\w+)\(", r" ? \1 (", attack.payload)


@mutation("template-velocity-spelling", SSTI, "Blanks inside #set, and ${x} for $x.", (VELOCITY,))
def velocity_spelling(attack: Attack, rng: Random) -> str:
    """`#set( $x = ... )`, `${x}`."""
    text = re.sub(r"#set\s*\(\s*\$(\w+)\s*=\s*", r"#set ( $\1  =  ", attack.payload)
    return re.sub(r"(?<![(\s])\$(\w+)(?=\.)|\$(\w+)$", lambda m: f"${{{m[2]}}}" if m[2] else m[0], text)


@mutation(
    "template-erb-spelling", SSTI, "<%= takes any Ruby expression; blanks do nothing, and %x{} is a backquote.", (ERB,)
)
def erb_spelling(attack: Attack, rng: Random) -> str:
    """`%x(id)` for backquotes."""
    left, right = rng.choice(("()", "{}", "[]"))
    return re.sub(r"`([^`]*)`", rf"%x{left}\1{right}", attack.payload)


@mutation("template-smarty-spelling", SSTI, "A filter's blanks, and nocache, change nothing.", (SMARTY,))
def smarty_spelling(attack: Attack, rng: Random) -> str:
    """`{'id'|system nocache}`."""
    return re.sub(r"\}$", " nocache}", attack.payload)


@mutation("template-el-spelling", SSTI, "SpEL and EL: strings joined, classes by name, blanks between tokens.", (EL,))
def el_spelling(attack: Attack, rng: Random) -> str:
    """`T ( java.lang.Runtime )`."""
    text = re.sub(
        r"T\(java\.lang\.Runtime\)",
        lambda m: rng.choice(("T ( java.lang.Runtime )", "T(Runtime)", "''.class.forName('java.lang.'+'Runtime')")),
        attack.payload,
    )
    return re.sub(r"(?<=[\w)])\.(?=exec\()", " . ", text)


@mutation("template-el-mark", SSTI, "EL's deferred form and Thymeleaf's selection are evaluated too.", (EL,))
def el_mark(attack: Attack, rng: Random) -> str:
    """`#{x}`, `*{x}` for `${x}`."""
    return re.sub(r"^[$]\{", rng.choice(("#{", "*{")), attack.payload)
