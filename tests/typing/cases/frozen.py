"""Changing values: every marked line is an error for both checkers, no other line is."""

from bxml import Gather, Pause, PhoneNumber, Response, SpeakSentence, ssml

pause = Pause(duration=1)
pause.duration = 2  # E: assigning to an attribute
pause.novelty = 2  # E: assigning to an attribute that does not exist
response = Response(pause)
response.verbs = ()  # E: assigning to the verbs
other = Response(pause)
other.verbs[0] = pause  # E: replacing a verb
other.verbs.append(pause)  # E: a tuple does not grow
gather = Gather(SpeakSentence("a"))
gather.children = ()  # E: assigning to the children
gather.max_digits = 1  # E: assigning to an attribute
gather.tag = "a"  # E: assigning to an inherited attribute
number = PhoneNumber("+19195551234")
number.number = "+19195551235"  # E: assigning to the text
number.username = "u"  # E: assigning to an inherited attribute
spoken = SpeakSentence("a", ssml.break_(time="1s"))
spoken.content = ("b",)  # E: assigning to the speech
pause.extra_attributes = {"a": "b"}  # E: assigning to the extra attributes
