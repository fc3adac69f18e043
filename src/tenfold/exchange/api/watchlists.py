"""Keep the watchlists of the accounts."""

from dataclasses import dataclass
from typing import Any, Final

from tenfold.exchange.api.assets import Asset
from tenfold.exchange.refusal import bad_parameter, not_found
from tenfold.exchange.wire import Ids, is_uuid, rfc3339

NAME_LENGTH_MAX: Final = 64


@dataclass
class Watchlist:
    """Hold a list of assets, in the order in which they were added; times in UTC nanoseconds, `account_id` as clients see it."""

    id: str
    account: str
    account_id: str
    name: str
    created_ns: int
    updated_ns: int
    assets: dict[str, Asset]

    def wire(self, *, whole: bool = True) -> dict[str, Any]:
        """Return it as REST shows it; alone with its assets, in a list without."""
        shown: dict[str, Any] = {
            "id": self.id,
            "account_id": self.account_id,
            "created_at": rfc3339(self.created_ns),
            "updated_at": rfc3339(self.updated_ns),
            "name": self.name,
        }
        return {**shown, "assets": [asset.wire() for asset in self.assets.values()]} if whole else shown


class Watchlists:
    """Keep watchlists; a name is given once in an account."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._lists: dict[str, Watchlist] = {}

    def of(self, account: str) -> list[Watchlist]:
        """Return the lists of an account, oldest first."""
        return [one for one in self._lists.values() if one.account == account]

    def by_id(self, account: str, id: str) -> Watchlist:
        """Return a list; Refusal 422 for what is no UUID, 404 where there is none."""
        if not is_uuid(id):
            raise bad_parameter("watchlist_id is invalid")
        found = self._lists.get(id.lower())
        if found is None or found.account != account:
            raise not_found(f"watchlist not found: {id}")
        return found

    def by_name(self, account: str, name: str) -> Watchlist:
        """Return a list by its name; Refusal 404 where there is none."""
        for one in self.of(account):
            if one.name == name:
                return one
        raise not_found(f"watchlist not found: {name}")

    def create(self, account: str, account_id: str, name: str, assets: list[Asset], ts_ns: int) -> Watchlist:
        """Add a list of an account, which clients know by another id; Refusal 422 for a name that is empty, too long or given already."""
        self._check_name(account, name)
        one = Watchlist(
            id=self._ids.uuid("watchlist"),
            account=account,
            account_id=account_id,
            name=name,
            created_ns=ts_ns,
            updated_ns=ts_ns,
            assets={asset.id: asset for asset in assets},
        )
        self._lists[one.id] = one
        return one

    def update(self, one: Watchlist, name: str | None, assets: list[Asset] | None, ts_ns: int) -> Watchlist:
        """Give a list another name, other assets, or both."""
        if name is not None and name != one.name:
            self._check_name(one.account, name)
            one.name = name
        if assets is not None:
            one.assets = {asset.id: asset for asset in assets}
        one.updated_ns = ts_ns
        return one

    def add(self, one: Watchlist, asset: Asset, ts_ns: int) -> Watchlist:
        """Append an asset; Refusal 422 where it stands there already."""
        if asset.id in one.assets:
            raise bad_parameter("duplicate symbol")
        one.assets[asset.id] = asset
        one.updated_ns = ts_ns
        return one

    def remove(self, one: Watchlist, asset: Asset, ts_ns: int) -> Watchlist:
        """Take an asset away; Refusal 404 where it does not stand there."""
        if one.assets.pop(asset.id, None) is None:
            raise not_found(f"symbol not found in watchlist: {asset.symbol}")
        one.updated_ns = ts_ns
        return one

    def delete(self, one: Watchlist) -> None:
        """Delete a list."""
        del self._lists[one.id]

    def _check_name(self, account: str, name: str) -> None:
        if not 0 < len(name) <= NAME_LENGTH_MAX:
            raise bad_parameter(f"watchlist name must have 1 to {NAME_LENGTH_MAX} characters")
        if any(one.name == name for one in self.of(account)):
            raise bad_parameter("watchlist name must be unique")
