"""Offer every building block of folds in one place: what a user's strategy file imports."""

from tenfold.domain.parameters import Integer, Real
from tenfold.kernels.fold import fold, panel_fold
from tenfold.kernels.indicators import Mean, mean, sign
from tenfold.kernels.layout import State, layout, window, window_int

__all__ = [
    "Integer",
    "Mean",
    "Real",
    "State",
    "fold",
    "layout",
    "mean",
    "panel_fold",
    "sign",
    "window",
    "window_int",
]
