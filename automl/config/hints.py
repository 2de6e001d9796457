"""Field types of a plugin's dataclass, read out of its source: the driver checks values and imports nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Literal

from automl.registry import package_folder

if TYPE_CHECKING:
    from pathlib import Path

    from automl.registry import Entry

_NAMES: dict[str, Any] = {"int": int, "float": float, "str": str, "bool": bool, "Any": Any, "None": None}


def field_types(entry: Entry) -> dict[str, Any]:
    """Type hints by field of the class that an entry point names.

    Only what can be told from the class itself is told: plain types, ``Literal`` and unions of them. Inherited
    fields and all else are left to the check that a worker makes with the class in hand.
    """
    module, _, name = entry.target.partition(":")
    path = _source(module)
    if path is None:
        return {}
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return {}
    body = next((node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name), [])
    fields = {
        node.target.id: _hint(node.annotation)
        for node in body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    return {name: hint for name, hint in fields.items() if hint is not _UNKNOWN}


def _source(module: str) -> Path | None:
    package, *rest = module.split(".")
    folder = package_folder(package)
    if folder is None:
        return None
    path = folder.joinpath(*rest) if rest else folder
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


_UNKNOWN = object()


def _hint(node: ast.expr) -> Any:
    match node:
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.Constant(value=None):
            return None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            members = _hint(left), _hint(right)
            return _UNKNOWN if _UNKNOWN in members else _union(*members)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
            values = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            if all(isinstance(value, ast.Constant) for value in values):
                return Literal[tuple(value.value for value in values if isinstance(value, ast.Constant))]
    return _UNKNOWN


def _union(left: Any, right: Any) -> Any:
    none = type(None)
    return (none if left is None else left) | (none if right is None else right)
