"""From the fields of an element to the source of its constructor."""

import ast
import builtins
import inspect
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import cast

from bxml import Custom, Node
from bxml._node import ELEMENTS


def _modules() -> Mapping[str, list[type[Node]]]:
    """Return the classes with spelled-out constructors by the path of their module."""
    found: defaultdict[str, list[type[Node]]] = defaultdict(list)
    for cls in ELEMENTS.values():
        if cls.element.content.form in ("children", "speech"):
            found[str(inspect.getsourcefile(cls))].append(cls)
    return dict(sorted(found.items()))


MODULES = _modules()


class Bare(ast.NodeTransformer):
    """Leaves of ``Annotated[X, ...]`` the ``X``, which is all that a checker looks at."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Replace one annotation."""
        if isinstance(node.value, ast.Name) and node.value.id == "Annotated":
            return cast("ast.Tuple", node.slice).elts[0]
        return node


def fields(cls: type) -> Mapping[str, ast.AnnAssign]:
    """Return the fields in the source of a class and of its groups, nearest first."""
    found: dict[str, ast.AnnAssign] = {}
    for base in cls.__mro__:
        if base is Node or "_declared" not in vars(base):
            continue
        tree = ast.parse(inspect.getsource(sys.modules[base.__module__]))
        (body,) = (
            node.body
            for node in tree.body
            if isinstance(node, ast.ClassDef) and node.name == base.__name__
        )
        for field in body:
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                found.setdefault(field.target.id, field)
    return found


def children(cls: type[Node], field: ast.AnnAssign, *, in_ssml: bool) -> str:
    """Return the type of one piece of the content."""
    content = cls.element.content
    if content.form == "speech":
        fragment = "Fragment" if in_ssml else "ssml.Fragment"
        return f"SpeechPiece | {fragment}" if content.words else f"SsmlNode | {Custom.__name__}"
    return ast.unparse(cast("ast.Tuple", cast("ast.Subscript", field.annotation).slice).elts[0])


def _parameters(cls: type[Node]) -> Iterator[str]:
    declared = fields(cls)
    name = cls.element.content.name
    """Yield the parameters; the formatter decides about a comma behind the last."""
    yield "self,"
    yield f"*{name}: {children(cls, declared[name], in_ssml=cls.element.kind == 'ssml')},"
    for attribute in cls.element.attributes:
        annotation = ast.unparse(Bare().visit(declared[attribute.name].annotation))
        default = "" if attribute.required else " = None"
        note = "  # noqa: A002 - the SSML name" if hasattr(builtins, attribute.name) else ""
        yield f"{attribute.name}: {annotation}{default},{note}"
    yield "extra_attributes: Mapping[str, str] | None = None"


def constructor(cls: type[Node]) -> str:
    """Return the block that goes into the body of the class, not yet formatted."""
    inner = "\n".join(f"            {line}" for line in _parameters(cls))
    return f"    if TYPE_CHECKING:\n\n        def __init__(\n{inner}\n        ) -> None: ..."


def rewritten(text: str, classes: list[type[Node]]) -> str:
    """Return the source of a module with the constructors of its classes written anew."""
    made = {cls.__name__: cls for cls in classes}
    lines = text.splitlines()
    for node in reversed(ast.parse(text).body):
        if isinstance(node, ast.ClassDef) and node.name in made:
            (block,) = (part for part in node.body if _is_constructor(part))
            lines[block.lineno - 1 : block.end_lineno] = [constructor(made[node.name])]
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "bxml/x.py", "-"]
    source = "\n".join([*lines, ""])
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    return done.stdout


def _is_constructor(part: ast.stmt) -> bool:
    return isinstance(part, ast.If) and any(
        isinstance(function, ast.FunctionDef) and function.name == "__init__"
        for function in part.body
    )
