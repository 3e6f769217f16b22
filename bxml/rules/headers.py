"""Rules about the headers of a new leg: caller id, display name, Diversion and User-To-User."""

from collections.abc import Iterator

from bxml._node import Node
from bxml._types import PRIVACY_WORDS
from bxml.rules._rule import Finding, Naming, Rule, fields
from bxml.rules._texts import got, response
from bxml.verbs.flow import Forward, SipUri
from bxml.verbs.transfer import PhoneNumber, Transfer

_UUI_2023 = 256
"""Longest uui of the 2023 documentation; newer texts say 350."""


def _sips(node: Node, _: Naming) -> Iterator[Finding]:
    field = "to" if isinstance(node, Forward) else node.element.content.name
    uri: str | None = getattr(node, field)
    if uri is not None and uri[:5].lower() == "sips:":
        yield Finding(
            field,
            f"expected a sip: URI, got {got(uri)}",
            "only sip: is documented; sips: may fail",
        )


def _long_uui(node: Node, _: Naming) -> Iterator[Finding]:
    uui: str | None = getattr(node, "uui")  # noqa: B009 - the field of three classes
    if uui is not None and len(uui) > _UUI_2023:
        yield Finding(
            "uui",
            f"expected at most {_UUI_2023} characters to be safe, got {len(uui)}",
            "newer pages of the vendor allow 350: try it on a test call or shorten it",
        )


def _keyword(node: Forward | Transfer, name: Naming) -> Iterator[Finding]:
    field = "from_" if isinstance(node, Forward) else "transfer_caller_id"
    value: str | None = getattr(node, field)
    if value in PRIVACY_WORDS:
        yield Finding(
            field,
            f"expected an E.164 number, got {got(value)}",
            f"the words are legacy: give your number and set {name('privacy')} to true",
        )


def _diversion(node: Forward | Transfer, name: Naming) -> Iterator[Finding]:
    treatment = node.diversion_treatment
    if node.diversion_reason is not None and treatment != "stack":
        yield Finding(
            "diversion_reason",
            f"expected {name('diversion_treatment')} to be 'stack', got {got(treatment)}",
            f"set it to stack, or remove {name('diversion_reason')}",
            absent=fields(node, "diversion_treatment"),
        )


def _diversion_direction(node: Transfer, name: Naming) -> Iterator[Finding]:
    if node.diversion_treatment is not None:
        yield Finding(
            "diversion_treatment",
            f"expected no {name('diversion_treatment')} unless the transferred call is inbound, "
            f"got {got(node.diversion_treatment)}",
            "remove it if the call was created by createCall",
        )


def _uui_destination(node: Forward, name: Naming) -> Iterator[Finding]:
    if node.uui is not None and node.to and (node.to[:3].lower() != "sip"):
        yield Finding(
            "uui",
            f"expected a SIP URI in {name('to')!r} because {name('uui')} is set, "
            f"got {got(node.to)}",
            f"forward to a SIP URI, or remove {name('uui')}",
        )


_LEGACY_WORDS = (
    "Restricted, Anonymous, Private and Unavailable in place of a number are the legacy way to "
    "hide it; current documentation requires an E.164 number and privacy."
)
_STACK = "diversionReason is ignored unless diversionTreatment is stack, which adds its header."
_SHOWN_NAME = (
    "With privacy the platform accepts only Restricted, Anonymous, Private and Unavailable as the "
    "display name."
)
_LONG = f"{'a' * 260};encoding=jwt"
_SHORT = "aGVsbG8=;encoding=base64"

HEADER_RULES = (
    Rule(
        "sips-scheme-undocumented",
        "warning",
        "documented",
        "The documentation shows sip: URIs only. A sips: URI may be refused by the platform.",
        response('<Forward to="sips:desk@pbx.example.com"/>'),
        response('<Forward to="sip:desk@pbx.example.com"/>'),
    ).on(Forward, SipUri, find=_sips),
    Rule(
        "uui-longer-than-256",
        "warning",
        "documented",
        "Newer pages allow 350 characters, the pages of 2023 allow 256. A longer value may be "
        "truncated or refused.",
        response(f'<Forward to="sip:desk@pbx.example.com" uui="{_LONG}"/>'),
        response(f'<Forward to="sip:desk@pbx.example.com" uui="{_SHORT}"/>'),
    ).on(Forward, PhoneNumber, SipUri, find=_long_uui, when=("uui",)),
    Rule(
        "display-name-keyword-with-privacy",
        "error",
        "documented",
        _SHOWN_NAME,
        response('<Forward to="+19195551234" privacy="true" callerDisplayName="Ann"/>'),
        response('<Forward to="+19195551234" privacy="true" callerDisplayName="Private"/>'),
    ),
    Rule(
        "caller-id-keyword-legacy",
        "warning",
        "documented",
        _LEGACY_WORDS,
        response('<Forward to="+19195551234" from="Anonymous"/>'),
        response('<Forward to="+19195551234" from="+19195554321" privacy="true"/>'),
    ).on(Forward, find=_keyword, when=("from_",)),
    Rule(
        "diversion-reason-needs-stack",
        "warning",
        "documented",
        _STACK,
        response('<Forward to="+19195551234" diversionReason="user-busy"/>'),
        response(
            '<Forward to="+19195551234" diversionTreatment="stack" diversionReason="user-busy"/>'
        ),
    ).on(Forward, find=_diversion, when=("diversion_reason",)),
    Rule(
        "uui-needs-sip-destination",
        "warning",
        "documented",
        "User-To-User values are sent in a SIP header, so they reach only a SIP URI.",
        response(f'<Forward to="+19195551234" uui="{_SHORT}"/>'),
        response(f'<Forward to="sip:desk@pbx.example.com" uui="{_SHORT}"/>'),
    ).on(Forward, find=_uui_destination, when=("uui",)),
    Rule(
        "transfer-display-name-keyword-with-privacy",
        "error",
        "documented",
        _SHOWN_NAME,
        response(
            '<Transfer privacy="true" transferCallerDisplayName="Ann">',
            "    <PhoneNumber>+19195551234</PhoneNumber>",
            "</Transfer>",
        ),
        response(
            '<Transfer privacy="true" transferCallerDisplayName="Private">',
            "    <PhoneNumber>+19195551234</PhoneNumber>",
            "</Transfer>",
        ),
    ),
    Rule(
        "transfer-caller-id-keyword-legacy",
        "warning",
        "documented",
        _LEGACY_WORDS,
        response(
            '<Transfer transferCallerId="Restricted">',
            "    <PhoneNumber>+19195551234</PhoneNumber>",
            "</Transfer>",
        ),
        response(
            '<Transfer transferCallerId="+19195554321" privacy="true">',
            "    <PhoneNumber>+19195551234</PhoneNumber>",
            "</Transfer>",
        ),
    ).on(Transfer, find=_keyword, when=("transfer_caller_id",)),
    Rule(
        "transfer-diversion-reason-needs-stack",
        "warning",
        "documented",
        _STACK,
        response(
            '<Transfer diversionTreatment="propagate" diversionReason="no-answer">',
            "    <PhoneNumber>+19195551234</PhoneNumber>",
            "</Transfer>",
        ),
        response(
            '<Transfer diversionTreatment="stack" diversionReason="no-answer">',
            "    <PhoneNumber>+19195551234</PhoneNumber>",
            "</Transfer>",
        ),
    ).on(Transfer, find=_diversion, when=("diversion_reason",)),
    Rule(
        "transfer-diversion-inbound-only",
        "warning",
        "documented",
        "diversionTreatment is allowed only if the transferred call is inbound. The document does "
        "not show that, so the rule is off by default.",
        response(
            '<Transfer diversionTreatment="propagate">',
            "    <PhoneNumber>+19195551234</PhoneNumber>",
            "</Transfer>",
        ),
        response("<Transfer>", "    <PhoneNumber>+19195551234</PhoneNumber>", "</Transfer>"),
        enabled=False,
    ).on(Transfer, find=_diversion_direction, when=("diversion_treatment",)),
)
