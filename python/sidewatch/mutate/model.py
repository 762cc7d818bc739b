"""What the package talks about: attacks, mutations, and the list of mutations."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from random import Random

#: Classes of attack, by the names that findings carry. Left out are those in which no payload in a place is the attack but
#: the whole request: request smuggling, decompression bombs, floods of parameters and other excess.
CLASSES = (
    "sqli", "nosqli", "xss", "rce", "ptrav", "rfi", "ssti", "ssi", "esi", "ssrf", "xxe", "ldapi", "xpath", "crlf",
    "mail", "redir", "upload", "proto_pollution", "mass_assign", "jwt",
    "graphql", "prompt", "scanner",
)  # fmt: skip

#: Where a payload can be put.
PLACES = ("query", "form", "json", "multipart", "cookie", "header", "path", "xml", "file", "body")

#: Forms of a message that exclude each other.
CHARSETS = frozenset(("utf-16", "utf-16-be", "utf-16-le"))

#: What of a place the payload is.
PARTS = ("value", "name", "filename")


@dataclass(frozen=True)
class Wire:
    """How a request carries an attack, beyond the place."""

    #: How the place writes the payload; the empty name is how every client does it.
    coding: str = ""
    #: The values of a parameter that is sent several times, if it is.
    pieces: tuple[str, ...] = ()
    #: Bytes of other parameters in front.
    filler: int = 0
    #: Forms of the message: of its body, of a multipart boundary, of the parameter's name.
    forms: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Attack:
    """One attack: what is injected, and where it works."""

    id: str
    #: The class it belongs to.
    kind: str
    #: What is injected, as the application sees it. Bytes that are no UTF-8 are surrogate escapes.
    payload: str
    #: The interpreters that take it; empty if nobody said.
    languages: frozenset[str] = frozenset()
    #: The places it may be put to, the first is where it is.
    places: tuple[str, ...] = ("query",)
    #: Name of the parameter, field, header or cookie.
    parameter: str = "q"
    #: What of the place the payload is.
    part: str = "value"
    #: What the other part holds where the payload is a name or file name.
    value: str = ""
    #: The quote around the place in the attacked instruction; None if nobody said.
    context: str | None = None
    #: Content type of a payload that is a whole body.
    content_type: str = ""
    #: Names of the mutations it went through.
    mutations: tuple[str, ...] = ()
    wire: Wire = field(default_factory=Wire)

    @property
    def place(self) -> str:
        """Where it is."""
        return self.places[0]

    def at(self, *places: str) -> "Attack | None":
        """The attack at the first of these places where it works; where it is already, if that is one of them."""
        if self.place in places:
            return self
        place = next((p for p in places if p in self.places), None)
        if place is None or self.wire != Wire():
            return None
        return replace(self, places=(place, *(p for p in self.places if p != place)))

    def coded(self, coding: str) -> "Attack | None":
        """The attack written in another way by its place; None if it is written in a special way already."""
        if self.wire.coding or self.wire.pieces:
            return None
        return replace(self, wire=replace(self.wire, coding=coding))

    def formed(self, form: str) -> "Attack | None":
        """The attack in a message of another form; None if the message has it already."""
        if form in self.wire.forms or (form in CHARSETS and self.wire.forms & CHARSETS):
            return None
        return replace(self, wire=replace(self.wire, forms=self.wire.forms | {form}))


Function = Callable[[Attack, Random], "Attack | str | None"]


@dataclass(frozen=True)
class Mutation:
    """A way to write an attack differently so that the attacked interpreter does the same."""

    name: str
    family: str
    classes: tuple[str, ...]
    #: The interpreters in which the mutated attack still works; empty for every one of the class.
    languages: frozenset[str]
    #: What it does, why it changes nothing, and the source that says so.
    why: str
    function: Function
    #: Whether the payload is no longer in the language of the interpreter: it is undone by a decoder in front of it.
    codes: bool

    @property
    def rewrites(self) -> bool:
        """Whether it reads and writes the language of the interpreter."""
        return not (self.codes or self.family == "wire" or self.name.startswith("pad-parameters"))

    def apply(self, attack: Attack, seed: str) -> Attack | None:
        """The mutated attack; None where the mutation does not apply or changes nothing."""
        if attack.kind not in self.classes or self.name in attack.mutations:
            return None
        if self.rewrites and any(MUTATIONS[name].codes for name in attack.mutations):
            return None
        languages = attack.languages
        if self.languages:
            languages &= self.languages
            if not languages:
                return None
        made = self.function(attack, Random(f"{seed} {attack.id} {self.name}"))
        if isinstance(made, str):
            # The pieces of a parameter sent several times are those of the payload before.
            made = None if attack.wire.pieces else replace(attack, payload=made)
        if made is None or (made.payload, made.wire, made.place, made.parameter, made.value) == (
            attack.payload, attack.wire, attack.place, attack.parameter, attack.value,
        ):  # fmt: skip
            return None
        return replace(made, languages=languages, mutations=(*attack.mutations, self.name))


#: Every mutation, by name. The files of the families fill it.
MUTATIONS: dict[str, Mutation] = {}


def mutation(
    name: str, classes: Iterable[str], why: str, languages: Iterable[str] = (), *, codes: bool = False
) -> Callable[[Function], Function]:
    """Puts a function into the list of mutations, under the family its file is named after.

    `codes` says that a decoder in front of the interpreter undoes it: nothing that rewrites the language may follow.
    """

    def register(function: Function) -> Function:
        family = function.__module__.rsplit(".", 1)[-1].split("_")[0]
        if name in MUTATIONS:
            raise ValueError(f"two mutations are named {name}")
        MUTATIONS[name] = Mutation(name, family, tuple(classes), frozenset(languages), why, function, codes)
        return function

    return register
