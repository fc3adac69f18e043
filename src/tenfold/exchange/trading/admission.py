"""Open an account at its first use."""

from tenfold.exchange.settings import AccountSettings
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.activities import record_cash
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.wire import nano_of


def open_account(b: Brokerage, name: str, ts_ns: int) -> Account:
    """Open an account with the cash of its settings, which counts as paid in."""
    opening = next((one for one in b.settings.accounts if one.name == name), AccountSettings(name=name))
    cash, key = nano_of(opening.cash), b.ids.uuid("account")
    number = "PA" + key.replace("-", "")[:10].upper()
    account = Account(
        name=name, id=key, number=number, created_ns=ts_ns, cash=cash, last_equity=cash, first_equity=cash
    )
    b.accounts[name] = account
    record_cash(b, account, "CSD", cash, ts_ns, description="cash that the account opened with")
    return account
