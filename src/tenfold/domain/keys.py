"""Hold the keys of an account so that they show up nowhere."""


class Keys:
    """Hold a key and its secret; neither is part of any text of it."""

    __slots__ = ("key_id", "secret")

    def __init__(self, key_id: str, secret: str) -> None:
        self.key_id = key_id
        self.secret = secret

    def __repr__(self) -> str:
        return "Keys(hidden)"
