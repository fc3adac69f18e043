"""Say which account a request speaks for."""

import base64
import binascii
from collections.abc import Mapping

from tenfold.exchange.refusal import FORBIDDEN, UNAUTHORIZED, Refusal
from tenfold.exchange.settings import ExchangeSettings


def credentials(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Return key and secret of a request's headers (lower-case names), None where there are none.

    Alpaca's own two headers come first, then Basic. A Bearer token is a pair joined by a colon: OAuth's tokens are opaque, so any form will do.
    """
    key, secret = headers.get("apca-api-key-id"), headers.get("apca-api-secret-key")
    if key or secret:
        return key or "", secret or ""
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        key, _, secret = token.strip().partition(":")
        return key, secret
    if kind.lower() == "basic":
        try:
            key, _, secret = base64.b64decode(token.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return key, secret
    return None


def authenticate(settings: ExchangeSettings, headers: Mapping[str, str]) -> str:
    """Return the name of the account; Refusal 401 without credentials, 403 where they open no account."""
    pair = credentials(headers)
    if pair is None:
        raise Refusal(401, UNAUTHORIZED, "request is not authorized")
    account = settings.account_of(*pair)
    if account is None:
        raise Refusal(403, FORBIDDEN, "forbidden.")
    return account
