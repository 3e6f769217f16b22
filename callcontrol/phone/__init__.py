"""A phone without a person's hands: scripts of what a caller does, and what is heard meanwhile.

    script    ``wait 2; press 1; hang up`` as steps
    orders    who calls whom
    log       what happened on every leg: spoken texts, troubles, the end
    speech    what is said, with SSML shown as what it does
    played    a script carried out in virtual time

The terminal phone ``callcontrol dial`` is made from these; nothing here needs click or rich.
"""

__all__ = ["CALLER", "HOME", "NUMBER"]

CALLER = "+19195550100"
"""Who calls if nobody says."""
NUMBER = "+19195551234"
"""Who is called if nobody says."""
HOME = "http://application.test/"
"""Where an application in this process is found."""
