"""Read secrets: the only module that does, and none of them leaves it."""

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tenfold.app.settings import load_settings
from tenfold.domain.errors import SettingsError, StorageError
from tenfold.domain.keys import Keys
from tenfold.domain.venue_access import VenueAccess
from tenfold.exchange.settings import KEY, SECRET

VARIABLE: Final = "TENFOLD_SIGNING_KEY"
FILE: Final = "signing.key"
KEY_BYTES: Final = 32
_ID: Final = b"tenfold signing key"

OPERATOR_VARIABLE: Final = "TENFOLD_OPERATOR_KEY"
OPERATOR_FILE: Final = "operator.key"
_OPERATOR_ID: Final = b"tenfold operator key"

_KEY_VARIABLES: Final = ("TENFOLD_ALPACA_KEY_ID", "APCA_API_KEY_ID")
_SECRET_VARIABLES: Final = ("TENFOLD_ALPACA_SECRET_KEY", "APCA_API_SECRET_KEY")
_MONEY: Final = ("AK", "of a live account")
_BEGINS: Final = {"simulated": _MONEY, "paper": _MONEY, "live": ("PK", "of a paper account")}
"""What a key of another account begins with."""
_HOSTS: Final = {"api.alpaca.markets": "live", "paper-api.alpaca.markets": "paper"}
"""Whose accounts are where."""
_VERSIONS: Final = ("/v1", "/v2")
_PIECE_MAX: Final = 16
"""Longest piece of the name of a variable that is shown: keys are longer, or of mixed letters."""


def sign(content: bytes) -> str:
    """Return the HMAC-SHA256 of content under the key of this installation, in hexadecimal digits.

    Raises
    ------
    SettingsError
        The key is too short, or its file may be read by others.
    StorageError
        The file of the key can be neither read nor made.
    """
    return _mac(_key(VARIABLE, FILE), content)


def signed(content: bytes, signature: str) -> bool:
    """Say whether a signature is that of content under the key of this installation; errors as `sign`."""
    return hmac.compare_digest(sign(content).encode(), signature.encode())


def key_id() -> str:
    """Return a name of the key that tells it from others and nothing else of it; errors as `sign`."""
    return sign(_ID)[:12]


def operator_signature(content: bytes) -> str:
    """Return the HMAC-SHA256 of content under the operator's key, made at first use; errors as `sign`."""
    return _mac(_key(OPERATOR_VARIABLE, OPERATOR_FILE), content)


def operator_key_id() -> str:
    """Return a name of the operator's key, as `key_id`."""
    return operator_signature(_OPERATOR_ID)[:12]


def operator_refutes(content: bytes, key: str, signature: str) -> str:
    """Say why a signature under the operator's key `key` does not hold for content, "" where it does; no key is made for it."""
    if not os.environ.get(OPERATOR_VARIABLE) and not (load_settings().folder / OPERATOR_FILE).exists():
        return f"there is no operator's key here to hold it against: set {OPERATOR_VARIABLE}, or bring {OPERATOR_FILE}"
    if not hmac.compare_digest(operator_signature(content).encode(), signature.encode()):
        other = "" if key == operator_key_id() else f" (it names key {key}, here is {operator_key_id()})"
        return f"its signature does not hold{other}"
    return ""


def alpaca_keys(access: VenueAccess, others: Mapping[str, Sequence[str]] | None = None) -> Keys:
    """Return the keys of the account that trades; those of the simulated exchange are known where none are set.

    `others` are variables that are read later, by the place that needs them. Raises SettingsError, which names all that is missing,
    there too, and where the keys or the address are those of another kind of account: money is traded under its name alone, which
    the ladder asks for; and where orders would go to one place and be heard of from another.
    """
    _check_addresses(access)
    for host in (_host(access.trading_url), _host(access.trading_stream_url)):
        if (kind := _HOSTS.get(host, access.account)) != access.account:
            raise SettingsError(
                f"alpaca.account is {access.account}, but {host} is where {kind} accounts are: set alpaca.account to {kind}, or leave the address out"
            )
    _check_one_place(access)
    key, secret = (
        next((text for name in names if (text := os.environ.get(name, "").strip())), "")
        for names in (_KEY_VARIABLES, _SECRET_VARIABLES)
    )
    own = {_KEY_VARIABLES[0]: key, _SECRET_VARIABLES[0]: secret}
    simulated = not key and not secret and access.account == "simulated"
    place = f"the {access.account} account of Alpaca"
    _check_set(({} if simulated else {place: own}) | {one: _held(names) for one, names in (others or {}).items()})
    if simulated:
        return Keys(KEY, SECRET)
    if access.account in _BEGINS and key.startswith(_BEGINS[access.account][0]):
        raise SettingsError(
            f"alpaca.account is {access.account}, but the key in the environment is {_BEGINS[access.account][1]}: "
            "set the keys and alpaca.account to the same account"
        )
    _check_keys(own)
    return Keys(key, secret)


def source_keys(place: str, key_variable: str, secret_variable: str) -> Keys:
    """Return the keys that two variables hold; SettingsError, which names the `place` that needs them, where one does not."""
    held = _held((key_variable, secret_variable))
    _check_set({place: held})
    _check_keys(held)
    return Keys(held[key_variable], held[secret_variable])


def _check_addresses(access: VenueAccess) -> None:
    """Refuse an address that has no scheme, by its setting, or that has the version of the interface, which goes behind it."""
    for name in ("trading_url", "trading_stream_url", "data_url", "data_stream_url"):
        text = getattr(access, name).rpartition("@")[2]
        scheme = "wss" if "stream" in name else "https"
        if text and "://" not in getattr(access, name):
            raise SettingsError(
                f"alpaca.{name} is {text}, expected {scheme}://{text}, or {scheme[:-1]}:// on this machine"
            )
        if scheme == "https" and (base := text.rstrip("/")).endswith(_VERSIONS):
            raise SettingsError(f"alpaca.{name} ends with {base[-3:]}, which each request adds itself: leave that out")


def _check_one_place(access: VenueAccess) -> None:
    """Refuse one address of another venue without the other: what became of orders there, the stream of this one would not tell."""
    given = {
        name: text for name in ("trading_url", "trading_stream_url") if (text := getattr(access, name)) and _host(text)
    }
    if len(given) != 1 or (access.account == "simulated" and "trading_url" in given):
        return
    ((name, text),) = given.items()
    if _HOSTS.get(_host(text)) != access.account:
        other = "trading_stream_url" if name == "trading_url" else "trading_url"
        raise SettingsError(
            f"alpaca.{name} is at {_host(text)}, and alpaca.{other} is not set: orders would go to one venue, and what becomes of them be "
            f"heard from another; set alpaca.{other} too, or neither"
        )


def _host(address: str) -> str:
    """Return the host of an address, "" where it has none that can be."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # the client says what is wrong with it
        return ""


def _held(names: Sequence[str]) -> dict[str, str]:
    return {name: os.environ.get(name, "").strip() for name in names}


def _check_set(held: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse variables that hold nothing, all at once, by the places that need them."""
    missing = {place: [name for name, text in names.items() if not text] for place, names in held.items()}
    if told := [f"{place} needs its keys: {_to_set(names)}" for place, names in missing.items() if names]:
        raise SettingsError("; ".join(told))


def _to_set(names: Sequence[str]) -> str:
    """Say which variables to set; what was written in place of a name and may be a key itself is not shown."""
    if all((one.isupper() or one.islower()) and max(map(len, one.split("_"))) <= _PIECE_MAX for one in names):
        return f"set {' and '.join(names)}"
    return (
        "key_id_variable and secret_key_variable are names of variables that hold them, e.g. OTHER_KEY_ID, and what stands there looks like "
        "a key itself: set variables, and name those"
    )


def _check_keys(held: Mapping[str, str]) -> None:
    """Refuse a variable that holds no key, by its name alone."""
    for name, text in held.items():
        if not text.isascii() or not text.isprintable() or " " in text:
            raise SettingsError(f"{name} holds characters that no key has: copy it anew")


def _mac(key: bytes, content: bytes) -> str:
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def _key(variable: str, file: str) -> bytes:
    """Return the key of the environment, else that of the home folder, made at first use."""
    given = os.environ.get(variable)
    if given is None:
        return _key_of(load_settings().folder / file, variable)
    return _long_enough(given.encode(), variable)


def _key_of(path: Path, variable: str) -> bytes:
    try:
        if not path.exists():
            _make_key(path)
        mode = path.stat().st_mode & 0o777
        if os.name == "posix" and mode & 0o077:
            raise SettingsError(
                f"{path} may be read by others (mode {mode:o}): chmod 600 it, or remove it for a new key"
            )
        return _long_enough(path.read_bytes().strip(), str(path))
    except OSError as error:
        raise StorageError(
            f"the signing key {path} can be neither read nor made: {error.strerror}; set {variable} or TENFOLD_HOME"
        ) from None


def _long_enough(key: bytes, where: str) -> bytes:
    if len(key) < KEY_BYTES:
        raise SettingsError(f"the key in {where} has {len(key)} characters, expected at least {KEY_BYTES}")
    return key


def _make_key(path: Path) -> None:
    """Write a new key that only its owner reads; where another process was first, its key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()
