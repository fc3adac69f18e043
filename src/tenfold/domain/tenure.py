"""Name who may write a run of a journal."""

import msgspec


class Tenure(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold what a store of leases shows at one moment.

    Parameters
    ----------
    epoch : grows with every holder, and is never used twice; 0 where there was none yet
    beat : changes with every sign of life of the holder
    holder : who it is, "" after it let go
    dead : whether the store knows that the holder's process has ended
    """

    epoch: int = 0
    beat: int = 0
    holder: str = ""
    dead: bool = False

    @property
    def vacant(self) -> bool:
        """Whether nobody can be writing any more, so that nobody has to be waited for."""
        return self.dead or not self.holder
