"""Parameters that commands share."""

import math
from typing import cast

import click

__all__ = ["Seconds"]


class Seconds(click.FloatRange):
    """A number within limits; unlike the base class it takes no ``nan``."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number."""
        number: float = super().convert(cast("float", value), param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number
