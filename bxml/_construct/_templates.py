"""The parts that the source of constructors and writers is put together from."""

CONSTRUCTOR = """\
def __init__(
    self,
{parameters}
):
    problems = None
    proved = owner
{checks}
    if unknown or extra_attributes is not None{or_surplus}:
        proved = None
        problems = problems or []
        unknown_argument_problems(element, {surplus}, unknown, problems)
        extra_attributes = checked_extras(element, extra_attributes, problems)
{set_fields}
{check_invariants}
    if problems:
        raise ValidationError(problems)
"""

FILLED = """\
def _filled(values):
    made = new(twin)
    (
{fields}
    ) = values
    made._proved = None
    made.__class__ = owner
    return made
"""

GROWN = """\
def _grown(self, added):
    if (
        self._proved is not owner
        or not complete.issuperset([getattr(each, "_proved", None) for each in added])
{or_more}
    ):
        return append_checked(self, added)
    made = new(twin)
{fields}
    made.{name} = self.{name} + added
    made._proved = owner
    made.__class__ = owner
    return made
"""

ATTRIBUTES = """\
def _attributes(self):
    attributes = ""
{attributes}
    return attributes
"""

XML = """\
def _xml(self):
    attributes = ""
{attributes}
{content}"""

CHECK = """\
    if {given}not ({is_plain}):
        {name}, problems = accept("{where}", kind_{name}, {name}, problems{rule})
"""

CHECK_CHILDREN = """\
    try:
        plain = complete.issuperset([each._proved for each in {name}])
    except AttributeError:
        plain = False
    if not plain:
        if not allowed({name}):
            problems = problems or []
            {name} = validate_children(self, {name}, problems)
        if None in [each._proved for each in {name}]:
            proved = None
"""

CHECK_COUNT = """\
    if len({name}) > {maximum}:
        problems = problems or []
        too_many(element, {name}, problems)
"""

CHECK_SPEECH = """\
    if not ({is_plain}):
        problems = problems or []
        {name} = speech(self, {name}, problems)
        if None in [owner if type(each) is str else each._proved for each in {name}]:
            proved = None
"""

PLAIN_SPEECH = (
    "len({name}) == 1 and type(text := {name}[0]) is str and text.isprintable()"
    " and text and not text.isspace()"
)

SET_FIELDS = """\
    if type(self) is owner:
        put(self, "__class__", twin)
{set_plainly}
        self._proved = proved
        self.__class__ = owner
    else:
        self._set_slots(({values}))
"""

CHECK_INVARIANTS = """\
    if {given}:
        problems = check_invariants(self, problems)
"""

ATTRIBUTE = """\
    value = self.{name}
    if value is not None:
        attributes += f' {wire}="{{{value}}}"'
"""

EXTRA_ATTRIBUTES = """\
    value = self.extra_attributes
    if value is not None:
        attributes += "".join([f' {k}="{escape_attribute(value[k])}"' for k in value])
"""

CONTENT = """\
    content = self.{name}
    if not content:
        return f"<{element}{{attributes}}/>"
{inner}
    return f"<{element}{{attributes}}>{{inner}}</{element}>"
"""

INNER = {
    "text": """\
    inner = content if {is_plain} else escape_text(content)
""",
    "children": """\
    inner = "".join([child._xml() for child in content])
""",
    "speech": """\
    if len(content) == 1 and type(text := content[0]) is str:
        inner = text if {is_plain} else escape_text(text)
    else:
        inner = "".join([escape_text(p) if type(p) is str else p._xml() for p in content])
""",
}

PLAIN_TEXT = "'&' not in {0} and '<' not in {0} and '>' not in {0} and '\\r' not in {0}"

FEW = 2
"""Fields up to which setting each slot is cheaper than changing the class twice."""

MAX_PLAIN = 10**9
"""Largest whole number, of those without a limit, that passes without a call."""
