"""Whether the replies of the simulator are those that the vendor's OpenAPI document describes."""
