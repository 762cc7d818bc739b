"""The stubs say of the extension what it is: the same names, parameters and defaults."""

import importlib.util
import inspect
import types
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

import sidewatch
from sidewatch import _native

#: What every class has, and what stubs need not repeat.
COMMON = set(dir(object)) | {
    "__module__",
    "__weakref__",
    "__dict__",
    "__annotations__",
    "__final__",
    "__repr__",
}


@pytest.fixture(scope="module")
def stub(tmp_path_factory) -> types.ModuleType:
    # Annotations of a stub may name what comes later.
    text = Path(_native.__file__).with_name("_native.pyi").read_text()
    path = tmp_path_factory.mktemp("stub") / "stub.py"
    path.write_text(f"from __future__ import annotations\n{text}")
    loader = SourceFileLoader("stub", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("stub", loader))
    loader.exec_module(module)
    return module


def public(names) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def test_the_package_exports_all_of_the_extension(stub):
    exported = public(dir(_native)) | {"__version__"}
    assert exported == set(sidewatch.__all__)
    imported = {"Any", "Literal", "PathLike", "Sequence", "TypeAlias", "annotations", "final"}
    assert public(vars(stub)) - imported == public(dir(_native))


@pytest.mark.parametrize("name", sorted(public(dir(_native))))
def test_the_stub_has_the_same_members_and_signatures(stub, name):
    real, told = getattr(_native, name), getattr(stub, name)
    if not isinstance(real, type):
        assert parameters(told) == parameters(real)
        return
    assert told.__mro__[1] is real.__mro__[1], "the base class"
    if issubclass(real, Exception):
        return
    special = {n for n in ("__iter__", "__next__") if hasattr(real, n)}
    assert (public(vars(told)) | (special & set(vars(told)))) == public(vars(real)) | special
    if "__new__" in vars(told):
        assert parameters(told.__new__) == parameters(real)
    for member in public(vars(real)):
        mine, theirs = vars(told)[member], vars(real)[member]
        if isinstance(theirs, types.GetSetDescriptorType):
            assert isinstance(mine, property), f"{name}.{member} is a property"
        else:
            assert parameters(mine) == parameters(theirs), f"{name}.{member}"


def test_everything_is_documented():
    for name in public(dir(_native)):
        thing = getattr(_native, name)
        assert thing.__doc__, name
        if isinstance(thing, type) and not issubclass(thing, Exception):
            missing = [m for m, v in vars(thing).items() if not m.startswith("_") and not v.__doc__]
            assert not missing, f"{name}: {missing}"


def parameters(function) -> list[tuple]:
    listed = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, p.default) for p in listed if p.name not in ("self", "cls")]
