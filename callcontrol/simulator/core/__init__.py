"""The core of the simulator: runs BXML as the platform does, in virtual time, without sockets.

Start with ``engine`` (the parts put together and the inputs of the caller), ``webhooks`` (what it
asks of the user's server), ``observations`` (what can be heard and seen), ``verbs`` (what runs
them) and ``rules`` (which rule of the platform is implemented where).
"""
