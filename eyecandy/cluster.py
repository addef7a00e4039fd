"""Where work is computed: in this process, or by the workers of a Ray cluster, and the connection to that.

Importing it is instant: Ray is imported when a cluster is asked for.
"""

import importlib.util
import logging
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from eyecandy.errors import EyecandyError, OptionError

Engine = Literal["local", "ray"]
ENGINES: tuple[str, ...] = get_args(Engine)
OWN_MODULES: set[str] = set()
"""Names of modules that were made of somebody's own files: no worker can import them, so their code travels along."""

_NAMED = ("auto", "local")  # addresses that Ray finds itself
_PATIENCE = 5.0  # seconds in which a cluster has to answer


def check_engine(engine: str, address: str | None) -> None:
    """Makes sure that there is such an engine, that it is installed, and that no other one is given an address.

    Raises:
        EyecandyError: otherwise; it says what is missing.
    """
    if not isinstance(engine, str) or engine not in ENGINES:
        raise OptionError("unknown {} {got!r}; expected {known}", "engine", got=engine, known=" or ".join(ENGINES))
    if engine == "ray" and importlib.util.find_spec("ray") is None:
        raise not_installed()
    if engine != "ray" and address is not None:
        raise OptionError("{} is for {}", f"address={address!r}", 'engine="ray"')


def not_installed() -> EyecandyError:
    """What is said where Ray is missing."""
    return OptionError("{} needs Ray; run pip install 'eyecandy[ray]'", 'engine="ray"')


@contextmanager
def connected(address: str | None, store: int) -> Iterator[None]:
    """A connection to a cluster, quietly; one that is there already is used and left open.

    Args:
        address: HOST:PORT, ray://HOST:PORT or auto; None starts a cluster on this machine, which ends with the
            connection.
        store: bytes of memory for what travels; of a cluster that is started here.

    Raises:
        EyecandyError: no cluster answers at the address.
    """
    import ray  # here, and not above: see the module

    logging.getLogger("ray").setLevel(logging.ERROR)
    for name in OWN_MODULES & set(sys.modules):
        ray.cloudpickle.register_pickle_by_value(sys.modules[name])
    if ray.is_initialized():
        yield
        return
    knock(address)
    started: dict[str, Any] = {} if address else {"include_dashboard": False, "object_store_memory": store}
    try:
        ray.init(address or "local", logging_level=logging.ERROR, log_to_driver=False, **started)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise (_silent if address in (None, *_NAMED) else _closed)(address) from error
    try:
        yield
    finally:
        ray.shutdown()


def knock(address: str | None) -> None:
    """Makes sure that something listens at the address of a cluster: Ray itself would try for minutes.

    Raises:
        EyecandyError: nothing does, or it is no address.
    """
    if address is None or address in _NAMED:
        return
    place = urlsplit(address if "://" in address else f"ray://{address}")
    try:
        host, port = place.hostname, place.port
    except ValueError:
        host, port = None, None
    if host is None or port is None:
        raise EyecandyError(f"an address is HOST:PORT, ray://HOST:PORT or auto, got {address!r}")
    try:
        socket.create_connection((host, port), _PATIENCE).close()
    except OSError as error:
        raise _silent(address) from error


def _closed(address: str | None) -> EyecandyError:
    return EyecandyError(
        f"what listens at {address!r} lets nobody in as a Ray cluster would; expected the address that "
        "`ray start --head` told, and RAY_AUTH_MODE=token in the environment where the cluster asks for a token"
    )


def _silent(address: str | None) -> EyecandyError:
    if address is None:
        return OptionError("Ray cannot be started on this machine; leave out {}", 'engine="ray"')
    return OptionError(
        "no Ray cluster answers at {at!r}; start one with `ray start --head`, or leave out {}", "address", at=address
    )
