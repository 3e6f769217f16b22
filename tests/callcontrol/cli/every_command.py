"""Every command of ``callcontrol``, those in modules of their own included."""

import click

from callcontrol.cli.commands import cli


def commands() -> dict[str, click.Command]:
    """Return the commands by name, sorted."""
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


COMMANDS = commands()
