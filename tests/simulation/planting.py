"""Plant a bug: a shipped piece is made of another class."""

from msgspec.structs import replace
from world import NoBugs

from tenfold.execution.blotter import Blotter


class Planted(NoBugs):
    """Give order management other parts; None leaves the shipped one."""

    blotter_class = Blotter
    agenda = reader = register = families = None
    hasty = None

    def blotter(self, instruments, cash, pace):
        made = self.blotter_class(instruments, cash, pace=replace(pace, **self.hasty) if self.hasty else pace)
        for holder, name, kind in (
            (made, "_agenda", self.agenda),
            (made, "_reader", self.reader),
            (made, "register", self.register),
            (made.register, "_families", self.families),
        ):
            if kind is not None:
                getattr(holder, name).__class__ = kind
        return made
