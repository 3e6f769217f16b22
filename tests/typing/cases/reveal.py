"""What checkers know about fluent methods; the test looks at what they reveal here."""

from typing import reveal_type

from bxml import Gather, Response, Transfer


class Menu(Response):
    """A document with a name of its own."""


reveal_type(Response().gather)  # R: gather
reveal_type(Response().redirect)  # R: redirect
reveal_type(Response().speak_sentence)  # R: speak_sentence
reveal_type(Transfer().phone_number)  # R: phone_number
reveal_type(Menu().gather(max_digits=1))  # R: subclass
reveal_type(Menu().append())  # R: subclass
reveal_type(Gather().speak_sentence("Hi"))  # R: container
reveal_type(Response().gather().max_digits)  # E: a document has no attributes of a verb
reveal_type(Gather().max_digits)  # R: attribute
