"""Every route of the running application, however it was included."""

from collections.abc import Iterable, Iterator
from typing import Any

from starlette.routing import BaseRoute, Mount


def walk(routes: Iterable[BaseRoute]) -> Iterator[str]:
    """``METHOD /path`` of each route, ``MOUNT /path`` of each mount.

    FastAPI keeps an included router as one opaque route that knows its routes by their effective
    contexts; a kind of route that this walk does not know is an error, never left out.
    """
    for route in routes:
        contexts = getattr(route, "effective_route_contexts", None)
        if contexts is not None:
            for context in contexts():
                yield from _named(context)
        elif isinstance(route, Mount):
            yield f"MOUNT {route.path}"
        else:
            yield from _named(route)


def _named(route: Any) -> Iterator[str]:
    shown = getattr(route, "starlette_route", None) or route
    if isinstance(shown, Mount):
        yield f"MOUNT {shown.path}"
        return
    if not shown.methods or not shown.path:
        raise TypeError(f"a route of a kind that the walk does not know: {route!r}")
    for method in sorted(shown.methods):
        yield f"{method} {shown.path.replace(':path', '')}"
