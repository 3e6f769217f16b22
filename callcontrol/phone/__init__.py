"""A scripted phone: run a caller's actions against an application and record what is heard.

    script        ``wait 2; press 1; hang up`` as steps
    call_request  the numbers, the URLs and the direction of a call
    player        runs a script in virtual time
    call_log      the observations of every leg: spoken texts, troubles, the end
    call_logs     the logs of several calls in real time, with their phones
    captions      spoken texts, with SSML shown as its effect

The terminal phone ``callcontrol dial`` is built on these; nothing here needs click or rich.
"""

CALLER = "+19195550100"
"""Number of the caller, unless another is given."""
NUMBER = "+19195551234"
"""Number that is called, unless another is given."""
HOME = "http://application.test/"
"""URL of an application in this process."""
