"""What only parts of the explorer need: the packages of the extra ``explore``."""

from importlib.util import find_spec

from callcontrol.simulator.errors import SimulatorError

__all__ = ["need"]


def need(package: str, where: str) -> None:
    """Raise ``SimulatorError`` for a package that is not installed."""
    if find_spec(package) is None:
        extra = "pip install 'bxml-callcontrol[explore]'"
        raise SimulatorError(f"{where}: expected the package {package}, got none; {extra}")
