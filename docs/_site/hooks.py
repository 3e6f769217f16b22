"""What the site leaves out of the pages: the blocks that only the tests run."""

import re

INVISIBLE = re.compile(r"^<!--- invisible-code-block: .*?^--->\n*", re.DOTALL | re.MULTILINE)


def on_page_markdown(markdown: str, **_: object) -> str:
    """Return a page without its invisible blocks, which would stay in the HTML as comments."""
    return INVISIBLE.sub("", markdown)
