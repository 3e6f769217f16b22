"""The tables of rules cannot be changed by those who look at them."""

import pytest

from bxml.rules import CONTEXTS, RULES, Finding

VALUES = [RULES["gather-without-url"], CONTEXTS["call-update"], Finding("tag", "text", "hint")]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_are_frozen(value: object) -> None:
    """Setting a field is an error, also one that exists."""
    name = "text" if isinstance(value, Finding) else "id"
    with pytest.raises(AttributeError):
        setattr(value, name, None)
