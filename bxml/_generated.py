"""Functions compiled from source that templates and tables give, whose lines debuggers show."""

import sys

_sources: dict[str, tuple[int, None, list[str], str]] = {}
"""Lines for tracebacks and debuggers, given to ``linecache`` once something else has loaded it."""


def run(name: str, source: str, scope: dict[str, object]) -> None:
    """Run source in a scope; tracebacks show its lines as those of a file named ``name``."""
    _sources[name] = (len(source), None, source.splitlines(keepends=True), name)
    linecache = sys.modules.get("linecache")  # to load it would take a fifth of a first document
    if linecache is not None:
        linecache.cache.update(_sources)
    exec(compile(source, name, "exec"), scope)  # noqa: S102 - made from our own tables
