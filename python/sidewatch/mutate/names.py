"""Names of parameters that reach into objects: prototypes and privileged fields.

Source: the documentation of qs, lodash (paths of `set`) and PHP on nested names; ECMA-262 B.2.2.1 (__proto__) and 20.1.3.1
(constructor); the model binders of Rails, Spring and ASP.NET on names and true values.
"""

import re
from dataclasses import replace
from random import Random

from .model import Attack, mutation

PROTO, MASS = ("proto_pollution",), ("mass_assign",)


@mutation("proto-constructor", PROTO, "constructor.prototype of an object is its __proto__.")
def constructor(attack: Attack, rng: Random) -> str:
    """`constructor[prototype]`."""
    text = attack.payload.replace('"__proto__":{', '"constructor":{"prototype":{')
    if text != attack.payload:
        return text + "}"
    text = re.sub(r"\[__proto__\]", "[constructor][prototype]", attack.payload)
    text = re.sub(r"^__proto__(?=\[)", "constructor[prototype]", text)
    return re.sub(r"(?<![\"\[\]])\b__proto__\.", "constructor.prototype.", text)


@mutation("proto-dots", PROTO, "Paths are written with brackets or dots (lodash).")
def dots(attack: Attack, rng: Random) -> str | None:
    """Dots for brackets."""
    return None if "{" in attack.payload else re.sub(r"\[([\w$]+)\]", r".\1", attack.payload)


@mutation("proto-brackets", PROTO, "Paths are written with brackets or dots (qs).")
def brackets(attack: Attack, rng: Random) -> str | None:
    """Brackets for dots."""
    return None if "{" in attack.payload else re.sub(r"\.([\w$]+)", r"[\1]", attack.payload)


@mutation("proto-quoted", PROTO, "A path may hold names in quotes (lodash).")
def quoted(attack: Attack, rng: Random) -> str | None:
    """`["__proto__"]`."""
    quote = rng.choice("'\"")
    return (
        None
        if "{" in attack.payload
        else re.sub(r"\[(__proto__|constructor|prototype)\]", rf"[{quote}\1{quote}]", attack.payload)
    )


@mutation("proto-deeper", PROTO, "Every object on the way has the same prototype.")
def deeper(attack: Attack, rng: Random) -> str:
    """One more name in front."""
    if attack.payload.startswith(("{", "[")):
        return f'{{"{rng.choice(("a", "filter"))}":{attack.payload}}}'
    head = rng.choice(("a", "filter", "user"))
    if found := re.match(r"\w+(?=\[)", attack.payload):
        return f"{head}[{found[0]}]{attack.payload[found.end() :]}"
    return f"{head}.{attack.payload}"


@mutation("proto-escapes", PROTO, "Keys of JSON take \\u escapes (RFC 8259 7).")
def escapes(attack: Attack, rng: Random) -> str | None:
    """`"\\u005f_proto__"`."""
    if not attack.payload.startswith(("{", "[")):
        return None
    text = attack.payload.replace(
        '"__proto__"', rng.choice(('"\\u005f_proto__"', '"__pr\\u006fto__"', '"\\u005F\\u005Fproto\\u005f\\u005f"'))
    )
    return text.replace('"constructor"', '"c\\u006fnstructor"')


@mutation("proto-json-blanks", PROTO, "White space may stand between all tokens of JSON (RFC 8259 2).")
def json_blanks(attack: Attack, rng: Random) -> str | None:
    """Blanks around braces and colons."""
    if not attack.payload.startswith(("{", "[")):
        return None
    return re.sub(r"[{}:,]", lambda m: f" {m[0]}\n", attack.payload)


@mutation("proto-removed-once", PROTO, "A filter that deletes `__proto__` once leaves one.")
def removed_once(attack: Attack, rng: Random) -> str:
    """`__pro__proto__to__`."""
    return attack.payload.replace("__proto__", "__pro__proto__to__")


@mutation("mass-object", MASS, "The object that a form fills has many names.")
def mass_object(attack: Attack, rng: Random) -> str | None:
    """`account[is_admin]` for `user[is_admin]`."""
    objects = ("user", "account", "profile", "member")
    return re.sub(
        r"^(user|account|profile|member)(?=[.\[])",
        lambda m: rng.choice([o for o in objects if o != m[1]]),
        attack.payload,
    )


@mutation("mass-object-dots", MASS, "Spring and ASP.NET take the fields of an object by dots.")
def mass_dots(attack: Attack, rng: Random) -> Attack | None:
    """`user.isAdmin`."""
    if attack.part != "name":
        return None
    if "[" in attack.payload:
        return replace(attack, payload=re.sub(r"\[(\w+)\]", r".\1", attack.payload))
    return None if "." in attack.payload else replace(attack, payload=f"user.{attack.payload}")


@mutation("mass-name-style", MASS, "Frameworks map names of one style to the other.")
def mass_style(attack: Attack, rng: Random) -> str | None:
    """`is_admin`, `isAdmin`, `IsAdmin`, `is-admin`."""
    if attack.payload.startswith("{"):
        return re.sub(r"\"([a-z]+)_([a-z]+)\"", lambda m: f'"{m[1]}{m[2].title()}"', attack.payload)
    if re.search(r"[a-z]_[a-z]", attack.payload):
        return re.sub(
            r"([a-z]+)_([a-z]+)",
            lambda m: rng.choice((f"{m[1]}{m[2].title()}", f"{m[1].title()}{m[2].title()}", f"{m[1]}-{m[2]}")),
            attack.payload,
        )
    return re.sub(
        r"([a-z]+)([A-Z])([a-z]+)",
        lambda m: rng.choice((f"{m[1]}_{m[2].lower()}{m[3]}", f"{m[1].title()}{m[2]}{m[3]}")),
        attack.payload,
    )


@mutation("mass-true", MASS, "Binders take these words for true.")
def mass_true(attack: Attack, rng: Random) -> Attack | None:
    """Another word for true."""
    if attack.value.lower() not in ("true", "1", "yes", "on"):
        return None
    return replace(
        attack, value=rng.choice([v for v in ("true", "1", "on", "yes", "True", "TRUE", "t") if v != attack.value])
    )
