"""What the driver sees of an entry point without importing it: where its class stands, and what its source tells."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from automl.config.hints import _DEEPEST, _fields, _path, _read, field_name
from automl.errors import nearest
from automl.registry import package_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from automl.registry import Entry


class Source:
    """The class behind an entry point, as its source has it.

    Args:
        entry: Its ``target`` names the class.
    """

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._module, _, self.name = entry.target.partition(":")

    @cached_property
    def path(self) -> Path | None:
        """The module's file."""
        return _path(self._module)

    @cached_property
    def defined(self) -> Defined | None:
        """The class, in the module that defines it; None where the source does not tell."""
        return _defined(self._module, self.name)

    def fault(self) -> str:
        """Why the class cannot be there, in a sentence; empty where it is, or where the source does not tell."""
        package = package_folder(self._entry.package)
        if package is None:
            return f"its entry point names the package '{self._entry.package}', which is not installed."
        if self.path is None:
            files = (one.relative_to(package.parent).with_suffix("") for one in package.rglob("*.py"))
            near = nearest(self._module, {".".join(one.parts).removesuffix(".__init__") for one in files})
            return f"its entry point names the module {self._module}, which is not there. {near}"
        try:
            text = self.path.read_text(encoding="utf-8")
            ast.parse(text)
        except SyntaxError as error:
            return f"{located(self.path, error.lineno)}: {error.msg}."
        except (OSError, ValueError, RecursionError):
            return ""
        return self._undefined(self.path, text)

    def _undefined(self, path: Path, text: str) -> str:
        """That the module has no such name, where it cannot come from anywhere."""
        if re.search(rf"\b{re.escape(self.name.partition('.')[0])}\b| import \*|__getattr__", text):
            return ""
        near = nearest(self.name, _read(self._module).classes)
        return f"its entry point names '{self.name}', which {located(path)} does not have. {near}"


@dataclass(frozen=True)
class Defined:
    """A class in the source.

    Attributes:
        name: Its name.
        place: Its ``file.py:line``, the file from its package on.
        required: Its fields, those of its bases included, and whether each needs a value.
        assigned: Names that its body gives a value without saying of which type.
        annotated: Names that its own body says the type of.
        decorated: Whether anything decorates it.
        whole: Whether all its bases are in sight, so that it has no other fields.
        defaults: The source of its fields' defaults, those of its bases included.
        summary: The first line of its docstring.
    """

    name: str
    place: str
    required: dict[str, bool]
    assigned: list[str]
    annotated: list[str]
    decorated: bool
    whole: bool
    defaults: dict[str, str]
    summary: str


def located(path: Path, line: int | None = None) -> str:
    """A file and line as an author knows them: from the top-level package on."""
    top = path.parent
    while (top / "__init__.py").is_file():
        top = top.parent
    return f"{path.relative_to(top).as_posix()}{'' if line is None else f':{line}'}"


def _defined(module: str, name: str, depth: int = _DEEPEST) -> Defined | None:
    source, path = _read(module), _path(module)
    if name in source.imports and depth:
        return _defined(*source.imports[name], depth - 1)
    node = source.classes.get(name)
    if node is None or path is None:
        return None
    required = {field: needed for field, (_, needed) in _fields(module, name).items()}
    return Defined(
        name,
        located(path, node.lineno),
        required,
        [target for one in node.body if isinstance(one, ast.Assign) for target in _targets(one)],
        [*filter(None, map(field_name, node.body))],
        bool(node.decorator_list),
        _is_whole(module, name),
        _defaults(module, name),
        (ast.get_docstring(node) or "").partition("\n")[0],
    )


def _targets(node: ast.Assign) -> Iterator[str]:
    for target in node.targets:
        if isinstance(target, ast.Name):
            yield target.id


def _defaults(module: str, name: str, depth: int = _DEEPEST) -> dict[str, str]:
    source = _read(module)
    if name in source.imports and depth:
        return _defaults(*source.imports[name], depth - 1)
    node = source.classes.get(name)
    if node is None or not depth:
        return {}
    found: dict[str, str] = {}
    for base in reversed(node.bases):
        if isinstance(base, ast.Name):
            found |= _defaults(module, base.id, depth - 1)
    given = (one for one in node.body if isinstance(one, ast.AnnAssign) and field_name(one) and one.value is not None)
    return found | {field_name(one): ast.unparse(one.value) for one in given if one.value is not None}


def _is_whole(module: str, name: str, depth: int = _DEEPEST) -> bool:
    source = _read(module)
    if name in source.imports:
        return depth > 0 and _is_whole(*source.imports[name], depth - 1)
    node = source.classes.get(name)
    if node is None:
        return module in _STDLIB
    return depth > 0 and all(isinstance(one, ast.Name) and _is_whole(module, one.id, depth - 1) for one in node.bases)


_STDLIB = ("abc", "typing")
"""Modules whose classes have no fields."""
