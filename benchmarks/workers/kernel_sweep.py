"""Sweep the crossing over a grid with the kernel written by hand in C."""

import ctypes
import itertools

import market
import numpy as np
import task


class Terms(ctypes.Structure):
    """`terms_t` of kernel.c."""

    _fields_ = [(name, ctypes.c_double) for name in ("quantity", "cash", "fee_frac", "periods")]


def main() -> None:
    job = task.read()
    bars = market.load(job["market"])
    library = ctypes.CDLL(job["library"])
    points = np.array(list(itertools.product(job["fast"], job["slow"])), np.int64)
    fast, slow = np.ascontiguousarray(points.T)
    prefix = np.concatenate(([0.0], np.cumsum(bars["close"])))
    rows = np.zeros((len(points), 4))

    def at(array: np.ndarray) -> ctypes.c_void_p:
        return array.ctypes.data_as(ctypes.c_void_p)

    def sweep() -> None:
        library.sweep(
            at(bars["open"]), at(bars["close"]), at(prefix), ctypes.c_int64(len(bars["close"])), at(fast), at(slow),
            ctypes.c_int64(len(points)), Terms(10.0, 1_000_000.0, 0.0005, 365.0 * 24 * 60), at(rows),
        )  # fmt: skip

    sweep()
    times, _ = task.timed(sweep, job["times"])
    np.savez(job["rows"], final_equity=rows[:, 0], sharpe=rows[:, 1], max_drawdown=rows[:, 2], orders=rows[:, 3])
    task.answer(**times)


main()
