"""Field types of a plugin's dataclass, read out of its source: the driver checks values and imports nothing."""

from __future__ import annotations

import ast
import re
import typing
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from automl import bounds
from automl.fields import field_hints, is_required
from automl.registry import held_class, package_folder

if TYPE_CHECKING:
    from pathlib import Path

_BUILTINS: dict[str, Any] = {
    "int": int, "float": float, "str": str, "bool": bool, "list": list, "tuple": tuple, "dict": dict, "None": None,
}  # fmt: skip
_TYPING = ("typing", "typing_extensions")
_UNKNOWN = object()


def field_types(target: str) -> dict[str, Any]:
    """Type hints by field of the class ``module:name``, bounds and inherited fields included.

    What cannot be told from source, such as a class of the plugin's own, is left to the check that a worker makes
    with the class in hand.
    """
    if (cls := held_class(target)) is not None:
        return field_hints(cls)
    module, _, name = target.partition(":")
    return {field: hint for field, (hint, _) in _fields(module, name).items() if hint is not _UNKNOWN}


def required_fields(target: str) -> list[str]:
    """The fields of the class ``module:name`` that have no default."""
    if (cls := held_class(target)) is not None:
        return [one.name for one in fields(cls) if is_required(one)]
    module, _, name = target.partition(":")
    return [field for field, (_, required) in _fields(module, name).items() if required]


def field_docs(target: str) -> dict[str, str]:
    """What the docstring of the class ``module:name``, and of its bases, says of each field."""
    module, _, name = target.partition(":")
    return _docs(module, name)


@dataclass(frozen=True)
class _Source:
    """A module as its source tells it.

    Attributes:
        classes: By name.
        imports: Module and name there, by the name here.
        values: What simple assignments give a name.
    """

    classes: dict[str, ast.ClassDef]
    imports: dict[str, tuple[str, str]]
    values: dict[str, ast.expr]


@cache
def _read(module: str) -> _Source:
    source = _Source({}, {}, {})
    path = _path(module)
    try:
        tree = ast.parse(path.read_text(encoding="utf-8")) if path else ast.Module([], [])
    except (OSError, SyntaxError, ValueError, RecursionError):
        return source
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name):
                source.classes[name] = node
            case ast.ImportFrom(module=str(origin), level=0):
                source.imports.update({one.asname or one.name: (origin, one.name) for one in node.names})
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                source.values[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                source.values[name] = value
    return source


def _path(module: str) -> Path | None:
    package, *rest = module.split(".")
    folder = package_folder(package)
    if folder is None:
        return None
    path = folder.joinpath(*rest) if rest else folder
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _fields(module: str, name: str, depth: int = 0) -> dict[str, tuple[Any, bool]]:
    """The fields of a class, those of its bases first: their hints, and whether a value is required."""
    source = _read(module)
    found: dict[str, tuple[Any, bool]] = {}
    if name in source.imports and depth < _DEEPEST:
        return _fields(*source.imports[name], depth + 1)
    node = source.classes.get(name)
    if node is None or depth >= _DEEPEST:
        return {}
    for base in reversed(node.bases):
        if isinstance(base, ast.Name):
            found |= _fields(module, base.id, depth + 1)
    if any(_names(one, "dataclass") for one in node.decorator_list):
        for one in node.body:
            if isinstance(one, ast.AnnAssign) and (named := field_name(one)):
                found[named] = _hint(one.annotation, module), one.value is None
    return found


def field_name(node: ast.stmt) -> str:
    """The name of the field that a statement in a dataclass's body declares; empty where it declares none."""
    if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
        return ""
    kind = node.annotation.value if isinstance(node.annotation, ast.Subscript) else node.annotation
    return "" if _names(kind, "ClassVar") else node.target.id


def _docs(module: str, name: str, depth: int = 0) -> dict[str, str]:
    source = _read(module)
    if name in source.imports and depth < _DEEPEST:
        return _docs(*source.imports[name], depth + 1)
    node = source.classes.get(name)
    if node is None or depth >= _DEEPEST:
        return {}
    found: dict[str, str] = {}
    for base in reversed(node.bases):
        if isinstance(base, ast.Name):
            found |= _docs(module, base.id, depth + 1)
    _, _, listed = (ast.get_docstring(node) or "").partition("Attributes:\n")
    entries = re.findall(r"^    (\w+): (.*(?:\n {8,}.*)*)", re.split(r"\n\n?(?=\S)", listed)[0], re.MULTILINE)
    return found | {field: " ".join(text.split()) for field, text in entries}


_DEEPEST = 16
"""Steps from a name to what it stands for; imports may go round in a circle."""


def _names(decorator: ast.expr, name: str) -> bool:
    """``@dataclass``, ``@dataclass(...)`` and ``@dataclasses.dataclass``."""
    match decorator:
        case ast.Call(func=inner):
            return _names(inner, name)
        case ast.Name(id=found) | ast.Attribute(attr=found):
            return found == name
    return False


def _hint(node: ast.expr, module: str, depth: int = 0) -> Any:
    """The type that an annotation stands for, as it would be at run time."""
    match node:
        case ast.Constant(value=None):
            return None
        case ast.Name(id=name):
            return _named(name, module, depth)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            members = _hint(left, module, depth), _hint(right, module, depth)
            return _UNKNOWN if _UNKNOWN in members else Union[members]  # noqa: UP007 - None has no operator
        case ast.Subscript(value=value, slice=inner):
            arguments = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return _generic(_hint(value, module, depth), arguments, module, depth)
    return _UNKNOWN


def _named(name: str, module: str, depth: int) -> Any:
    source = _read(module)
    if depth >= _DEEPEST:
        return _UNKNOWN
    if name in source.values:
        return _hint(source.values[name], module, depth + 1)
    if name not in source.imports:
        return _BUILTINS.get(name, _UNKNOWN)
    origin, original = source.imports[name]
    if origin == bounds.__name__:
        return getattr(bounds, original, _UNKNOWN)
    if origin in _TYPING:
        return getattr(typing, original, _UNKNOWN)
    return _named(original, origin, depth + 1)


def _generic(kind: Any, arguments: list[ast.expr], module: str, depth: int) -> Any:
    if kind is Literal:
        values = [one.value for one in arguments if isinstance(one, ast.Constant)]
        return Literal[tuple(values)] if len(values) == len(arguments) else _UNKNOWN
    if kind is Annotated:
        hint = _hint(arguments[0], module, depth)
        limits = [limit for one in arguments[1:] if (limit := _bound(one, module)) is not None]
        return _UNKNOWN if hint is _UNKNOWN else Annotated[(hint, *limits)] if limits else hint
    hints = [... if _is_ellipsis(one) else _hint(one, module, depth) for one in arguments]
    if kind is typing.Optional:
        hints, kind = [*hints, None], Union
    if kind not in (list, tuple, dict, Union) or _UNKNOWN in hints:
        return _UNKNOWN
    return kind[tuple(hints)]


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _bound(node: ast.expr, module: str) -> bounds.Bound | None:
    """``Between(0, 1)``, called for; None for annotations that are no bounds, or not plain ones."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return None
    cls = _named(node.func.id, module, 0)
    if not (isinstance(cls, type) and issubclass(cls, bounds.Bound)):
        return None
    try:
        positional = [ast.literal_eval(one) for one in node.args]
        return cls(*positional, **{str(one.arg): ast.literal_eval(one.value) for one in node.keywords})
    except (TypeError, ValueError):
        return None
