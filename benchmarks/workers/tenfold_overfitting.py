"""Measure the probability of overfitting and its band with Tenfold."""

import noise
import task

from tenfold.metrics.overfitting import overfitting_band, overfitting_probability


def main() -> None:
    job = task.read()
    returns = noise.returns(job["bars"], job["strategies"])
    act = overfitting_band if job["band"] else overfitting_probability
    act(returns[:200, :5], 4)
    grown = task.peak_of(lambda: act(returns, job["blocks"]))
    times, _ = task.timed(lambda: act(returns, job["blocks"]), job["times"])
    task.answer(**times, grown_bytes=grown)


main()
