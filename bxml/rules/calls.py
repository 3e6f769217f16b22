"""Rules about verbs that join calls."""

from collections.abc import Iterator

from bxml.rules._rule import Finding, Naming, Rule, fields
from bxml.rules._texts import got, response
from bxml.verbs.conference import Conference, Connect
from bxml.verbs.flow import Bridge, SipUri
from bxml.verbs.transfer import PhoneNumber, Transfer


def _call_id(node: Bridge, _: Naming) -> Iterator[Finding]:
    if node.target_call and (not node.target_call.startswith("c-")):
        yield Finding(
            "target_call",
            f"expected a call id, which begins with c-, got {got(node.target_call)}",
            "use the callId of the other call, from createCall or a webhook",
        )


def _coach(node: Conference, name: Naming) -> Iterator[Finding]:
    if node.call_ids_to_coach == "":
        yield Finding(
            "call_ids_to_coach",
            "expected at least one call id, got ''",
            f"list the calls to coach, or remove {name('call_ids_to_coach')}",
        )


def _no_endpoint(node: Connect, _: Naming) -> Iterator[Finding]:
    if not node.children:
        yield Finding(
            None,
            "expected an Endpoint to connect to, got none",
            "put <Endpoint> with its id inside",
            absent=fields(node, "children"),
        )


def _endpoints(node: Connect, _: Naming) -> Iterator[Finding]:
    if len(node.children) > 1:
        yield Finding(
            None,
            f"expected one Endpoint, got {len(node.children)}",
            "several are not documented: keep one",
            node.children[1],
        )


def _destinations(node: Transfer, _: Naming) -> Iterator[Finding]:
    seen: set[str] = set()
    for child in node.children:
        if not isinstance(child, PhoneNumber | SipUri):
            continue
        field = child.element.content.name
        address: str | None = getattr(child, field)
        if address in seen:
            text = f"expected each destination once, got {got(address)} again"
            yield Finding(field, text, "remove one of them", child)
        elif address is not None:
            seen.add(address)


CALL_RULES = (
    Rule(
        "bridge-target-call-id-shape",
        "warning",
        "inferred",
        "Call ids begin with c-. Anything else, such as a phone number, identifies no call.",
        response("<Bridge>+19195551234</Bridge>"),
        response("<Bridge>c-15ac29a2-1331029c-2cb0-4a07-b215-b22865662d85</Bridge>"),
    ).on(Bridge, find=_call_id),
    Rule(
        "coach-without-calls",
        "warning",
        "inferred",
        "An empty callIdsToCoach names no call to coach.",
        response('<Conference callIdsToCoach="">support</Conference>'),
        response('<Conference callIdsToCoach="c-25ac29a2">support</Conference>'),
    ).on(Conference, find=_coach, when=("call_ids_to_coach",)),
    Rule(
        "connect-without-endpoint",
        "warning",
        "inferred",
        "Without an Endpoint there is nothing to connect to.",
        response('<Connect eventCallbackUrl="/connected"/>'),
        response(
            '<Connect eventCallbackUrl="/connected">',
            "    <Endpoint>e-15ac29a2</Endpoint>",
            "</Connect>",
        ),
    ).on(Connect, find=_no_endpoint),
    Rule(
        "connect-multiple-endpoints",
        "warning",
        "inferred",
        "The documentation describes one Endpoint and does not define several.",
        response(
            "<Connect>",
            "    <Endpoint>e-15ac29a2</Endpoint>",
            "    <Endpoint>e-25ac29a2</Endpoint>",
            "</Connect>",
        ),
        response("<Connect>", "    <Endpoint>e-15ac29a2</Endpoint>", "</Connect>"),
    ).on(Connect, find=_endpoints),
    Rule(
        "duplicate-transfer-destination",
        "warning",
        "inferred",
        "All destinations ring at once; a duplicate only uses up one of the eight places.",
        response(
            "<Transfer>",
            "    <PhoneNumber>+19195551234</PhoneNumber>",
            "    <PhoneNumber>+19195551234</PhoneNumber>",
            "</Transfer>",
        ),
        response(
            "<Transfer>",
            "    <PhoneNumber>+19195551234</PhoneNumber>",
            "    <PhoneNumber>+19195554321</PhoneNumber>",
            "</Transfer>",
        ),
    ).on(Transfer, find=_destinations),
    Rule(
        "refer-sip-uri-has-attributes",
        "error",
        "documented",
        "The SipUri of a Refer is only the target of the REFER: the attributes of a Transfer's "
        "SipUri have no meaning here, although the vendor's SDK offers them.",
        response(
            "<Refer>",
            '    <SipUri transferAnswerUrl="/whisper">sip:desk@pbx.example.com</SipUri>',
            "</Refer>",
        ),
        response("<Refer>", "    <SipUri>sip:desk@pbx.example.com</SipUri>", "</Refer>"),
    ),
)
