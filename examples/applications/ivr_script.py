"""The IVR menu of ``ivr_flask.py`` as one function: three tries, and a way out of every dead end.

    uvicorn ivr_script:app --port 5000

Give its address to your voice application as the URL of inbound calls and as their status URL.
"""

from bxml import PhoneNumber, SpeakSentence
from callcontrol.scripts import Call, Scripts, script

DEPARTMENTS = {"1": ("sales", "+19195550111"), "2": ("support", "+19195550122")}
CHOICES = " ".join(f"Press {key} for {name}." for key, (name, _) in DEPARTMENTS.items())
TRIES = 3


@script("ivr")
async def ivr(call: Call) -> None:
    """Do what each key asks for; repeat the menu for a wrong key or none."""
    said_before, tries = "Welcome to Example Incorporated.", 1
    while tries <= TRIES:
        prompt = SpeakSentence(f"{said_before} {CHOICES} Press 3 for our opening hours.")
        key = (await call.gather(prompt, max_digits=1)).digits
        if key in DEPARTMENTS:
            name, number = DEPARTMENTS[key]
            call.speak_sentence(f"Connecting you to {name}.")
            talk = await call.transfer(PhoneNumber(number), call_timeout=20)
            if talk.outcome == "talked":
                call.speak_sentence("Thank you for calling.")
                return
            said_before, tries = "All lines are busy.", 1
        elif key == "3":
            said_before, tries = "We are open from nine to five, Monday to Friday.", 1
        else:
            said_before = "That is not a choice." if key else "We did not hear a choice."
            tries += 1
    call.speak_sentence("Please call again. Goodbye.")


app = Scripts(ivr)
