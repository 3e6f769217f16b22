"""Results of the further operations, as frozen records; imported when the first one is read.

They are read like those of ``callcontrol.models``. Vendor page: dev.bandwidth.com/apis/voice.
"""
