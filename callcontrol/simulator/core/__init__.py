"""The core of the simulator: runs BXML as the platform does, in virtual time, without sockets.

Start with ``engine`` (the parts put together and the inputs of the caller), ``webhooks`` (the
requests to the user's server), ``observations`` (everything that can be heard and seen) and
``verbs`` (one routine per verb). docs/simulator.md says which module implements which rule.
"""
