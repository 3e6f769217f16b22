"""Documents that are the same for every script: apologies, and the request to come again."""

from bxml import Bxml, Document, Hangup, Pause, Response, SpeakSentence
from bxml._once import FIRST_IMPORT
from callcontrol.scripts.addresses import Address, Addresses
from callcontrol.scripts.links import Links

APOLOGY = Response(
    SpeakSentence("We are sorry, your call cannot be completed. Please call again."), Hangup()
)
"""Document for a caller whose script or journal has failed."""
MOST_ROUNDS = 15
"""How often a caller is asked to come again, a second each time."""


def come_again(links: Links, address: Address, *, pause: float = 1) -> str:
    """Return the document that waits a moment and then asks the same step again."""
    again = Address(address.run_id, address.leg, address.step, rounds=address.rounds + 1)
    return Response(Pause(duration=pause), links.redirect(again)).to_bxml()


def with_credentials(text: str, addresses: Addresses, pair: tuple[str, str] | None) -> str:
    """Return a stored document with the credentials of webhooks in place of their stand-ins."""
    if pair is None:
        return text
    for stand_in, value in zip(addresses.stand_ins, pair, strict=True):
        text = text.replace(stand_in, _escaped(value))
    return text


def _escaped(value: str) -> str:
    for character, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot")):
        value = value.replace(character, f"&{name};")
    return value


def pushed(text: str, base_url: str) -> Bxml:
    """Return a stored document as it is pushed: relative URLs made absolute."""
    with FIRST_IMPORT:
        from bxml import parse

    document: Document = parse(text, allow_unknown=True)
    return Bxml(*document.verbs).with_base_url(base_url)
