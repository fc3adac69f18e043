"""Name every fault, what it does and what its value is measured in; the documentation's table is made from this."""

from typing import Final, NamedTuple


class Fault(NamedTuple):
    """Describe a fault: where it strikes ("rest", "stream", "order", "broker", "market"), its default value and its unit."""

    where: str
    text: str
    value: float = 0.0
    unit: str = ""


FAULTS: Final[dict[str, Fault]] = {
    # transport, REST
    "request_lost": Fault("rest", "the connection closes before the request has any effect"),
    "response_lost": Fault("rest", "the request takes effect, and the connection closes without an answer"),
    "reset_after_bytes": Fault("rest", "the request takes effect, and the answer breaks off after so many bytes", 20, "bytes"),
    "reset_before_body": Fault("rest", "the connection is reset while the request's body arrives; no effect"),
    "rate_limited": Fault("rest", "429, to be tried again after so many seconds; no effect", 3, "seconds"),
    "error_500_before": Fault("rest", "500 without effect"),
    "error_502_before": Fault("rest", "502 without effect"),
    "error_503_before": Fault("rest", "503 without effect"),
    "error_504_before": Fault("rest", "504 without effect"),
    "error_500_after": Fault("rest", "500 after the request took effect"),
    "error_502_after": Fault("rest", "502 after the request took effect"),
    "error_503_after": Fault("rest", "503 after the request took effect"),
    "error_504_after": Fault("rest", "504 after the request took effect"),
    "post_twice": Fault("rest", "a proxy delivers a POST a second time"),
    "slow_response": Fault("rest", "the answer comes so many seconds late, after the events it led to", 0.5, "seconds"),
    "truncated_json": Fault("rest", "the body of the answer breaks off within the JSON, with a length that fits"),
    "unknown_enum": Fault("rest", "an order shows a status that no client knows"),
    "connection_refused": Fault("rest", "new connections are refused for so many seconds", 1, "seconds"),
    "keepalive_closed": Fault("rest", "a kept connection is closed just as the next request is sent"),
    # streams
    "duplicate_event": Fault("stream", "an event comes twice, with the same execution id"),
    "duplicate_event_new_id": Fault("stream", "an event comes twice, the second time with another execution id"),
    "lost_event": Fault("stream", "an event frame is dropped, heartbeats go on"),
    "reordered_events": Fault("stream", "two events of one order change places"),
    "reordered_orders": Fault("stream", "events of different orders change places"),
    "event_before_response": Fault("stream", "events of an order arrive before the answer to its POST"),
    "silent_stream": Fault("stream", "the socket stays open and says nothing for so many seconds", 5, "seconds"),
    "cut_mid_frame": Fault("stream", "the connection breaks within a frame"),
    "stream_refused": Fault("stream", "connections are refused with 406 or 429 for so many seconds", 2, "seconds"),
    "replayed_events": Fault("stream", "after the end of an order its `new` and `fill` come again"),
    "external_order": Fault("stream", "an order that this client did not send appears in the account"),
    "slow_consumer": Fault("stream", "the buffer of a client holds so many messages before it is cut off", 100, "messages"),
    "null_data": Fault("stream", "a trade update has no data"),
    "text_frames": Fault("stream", "trade updates come as text frames in place of binary ones"),
    "no_auth_reply": Fault("stream", "the authorization is not answered for so many seconds", 2, "seconds"),
    # market data
    "sequence_gap": Fault("market", "market data messages are left out"),
    "late_bar": Fault("market", "a minute bar is sent again, updated"),
    "trade_correction": Fault("market", "a print is corrected"),
    "trade_cancel": Fault("market", "a print is cancelled"),
    "crossed_quote": Fault("market", "a quote's bid stands above its ask"),
    "locked_quote": Fault("market", "a quote's bid equals its ask"),
    "halt": Fault("market", "a symbol is halted for so many seconds of the replayed time", 300, "seconds"),
    "price_bands": Fault("market", "limit-up and limit-down prices close in, and a pause follows"),
    # orders
    "partial_then_cancel": Fault("order", "a cancel meets a partial fill that comes first"),
    "fill_after_cancel": Fault("order", "an execution is reported after the cancel was, or after an order has expired"),
    "cancel_rejected": Fault("order", "a cancel is accepted, and then rejected on the stream since the order filled"),
    "replace_loses_to_fill": Fault("order", "a replace is accepted, the old order fills, the new one is rejected"),
    "replace_rejected": Fault("order", "a replace is accepted, and rejected on the stream"),
    "pending_replace_stuck": Fault("order", "a replace is accepted, and stays pending for so many seconds", 30, "seconds"),
    "replace_original_qty": Fault("order", "a replaced order that had filled in part works for the whole quantity again"),
    "pending_cancel_stuck": Fault("order", "a cancel stays pending for so many seconds", 60, "seconds"),
    "overfill": Fault("order", "more is filled than was ordered, by so large a share", 0.1, "share"),
    "trade_bust": Fault("order", "an execution is taken back"),
    "trade_correct": Fault("order", "the price of an execution is corrected"),
    "async_reject": Fault("order", "an order is accepted, and rejected on the stream"),
    "done_for_day": Fault("order", "an order is done for the day at the close, and goes on the next day"),
    "oco_both_fill": Fault("order", "both legs of a one-cancels-other fill"),
    "bracket_parent_canceled": Fault("order", "a bracket's entry is cancelled after it filled in part"),
    "refusal_races_fill": Fault("order", "buying power that a fill would free is not there yet when the next order asks"),
    "restated": Fault("order", "a corporate action changes quantity and price of a resting order"),
    "manual_trade": Fault("order", "somebody trades by hand in the same account"),
    "ioc_expired": Fault("order", "the rest of an immediate order expires in place of being cancelled"),
    "random_partial": Fault("order", "an execution is cut to a random part of its size"),
    "rare_states": Fault("order", "orders are suspended or stopped for so many seconds, and calculated after a day that is done", 5, "seconds"),
    # broker
    "restart": Fault("broker", "the exchange restarts and keeps every order that it answered"),
    "restart_with_loss": Fault("broker", "the exchange restarts and loses orders that it had not answered"),
    "stale_reads": Fault("broker", "orders, positions and activities lag behind by so many seconds, each for itself", 1, "seconds"),
    "unsorted_activities": Fault("broker", "activities of one millisecond come in any order"),
    "paging_ties": Fault("broker", "items at the border of a page share their time stamp"),
    "order_not_found_yet": Fault("broker", "a new order is not found by its client order id for so many seconds", 1, "seconds"),
    "clock_skew": Fault("broker", "the exchange's clock is off by so many seconds", 2, "seconds"),
}  # fmt: skip
