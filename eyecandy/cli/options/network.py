"""Which network a command looks with, opened when it is first asked for."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from eyecandy.cli.terminal.console import status
from eyecandy.workflows import network as networks

if TYPE_CHECKING:
    from eyecandy.backbone.model import Backbone


def opener(network: networks.Network) -> "Callable[[], Backbone]":
    """What gives the network: opened, and downloaded if need be, when it is first asked for.

    So what is wrong with a photo is said before TensorFlow is started. Asking raises EyecandyError as `Network.open`
    does.
    """

    @cache
    def opened() -> "Backbone":
        from eyecandy.cli.terminal.progress import download_bar

        with status("starting TensorFlow"):
            import eyecandy.backbone.device
            import eyecandy.backbone.load  # noqa: F401
        with download_bar() as progress:
            return network.open(progress)

    return opened


class Network(networks.Network):
    """Which network looks, for commands that do not paint."""

    def opener(self) -> "Callable[[], Backbone]":
        """See `opener`."""
        return opener(self)
