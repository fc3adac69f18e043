"""Say what an answer proves: that a request was taken, that it had no effect, or nothing."""

from typing import Final, Literal

from tenfold.adapters.alpaca.http_reply import Reply
from tenfold.adapters.alpaca.rest_client import complaint_of
from tenfold.execution.reports import Outcome

Asked = Literal["place", "amend", "withdraw", "look_up"]

REFUSALS: Final = frozenset({400, 401, 403, 404, 405, 413, 422, 429})
"""Statuses by which the venue itself says that a request had no effect; 408 and 409 are not among them."""


def outcome_of(asked: Asked, reply: Reply) -> tuple[Outcome, int, str]:
    """Return what an answer proves, with the venue's number and text.

    A refusal proves something only in the venue's own words: a gateway may answer for it. That a client order id is taken
    is no refusal of the order, it is a sign that it is there.
    """
    request_id = reply.headers.get("x-request-id", "")
    shown = f"request {request_id}" if request_id else ""
    if reply.status in {200, 204}:
        return Outcome.ACK, 0, shown
    told = complaint_of(reply)
    if told is None:
        return Outcome.UNKNOWN, reply.status, f"answer {reply.status} without a reason; {shown}"
    text = f"{told.message}; {shown}" if shown else told.message
    code = told.code or reply.status
    if asked == "look_up" and not (reply.status == 404 and told.misses):
        return Outcome.UNKNOWN, code, text
    if reply.status not in REFUSALS or is_taken(asked, reply):
        return Outcome.UNKNOWN, code, text
    return Outcome.REFUSED, code, text


def is_taken(asked: Asked, reply: Reply) -> bool:
    """Say whether an answer is about the client order id being there already: the venue has an order of it."""
    told = complaint_of(reply) if asked in {"place", "amend"} and reply.status in REFUSALS else None
    words = "" if told is None else told.message.lower()
    return "client_order_id" in words.replace(" ", "_") and (
        "unique" in words or "exist" in words or "duplicate" in words
    )
