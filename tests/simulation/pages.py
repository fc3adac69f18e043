"""Count the pages that a process reads as it takes stock."""


class Pages:
    """Be the client of who takes stock: ask as it does, and count full pages, and those that end among items of one moment."""

    def __init__(self, rest, count):
        self.rest = rest
        self.count = count
        self.host = rest.host

    async def read(self, path, kind, **query):
        """Return what is read; errors as those of the client."""
        found = await self.rest.read(path, kind, **query)
        size = query.get("limit") or query.get("page_size")
        if size is not None and len(found) >= size:
            name = "orders" if "limit" in query else "activities"
            self.count[f"full page of {name}"] += 1
            moments = [moment_of(one) for one in found[-2:]]
            self.count[f"page of {name} ends in a tie"] += moments[0] == moments[-1]
        return found


def moment_of(item):
    """Return the moment by which an item is paged, to the millisecond."""
    return (getattr(item, "submitted_at", None) or str(item.happened_ns // 1_000_000))[:23]
