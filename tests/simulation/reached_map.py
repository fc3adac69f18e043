"""Name what the simulation has to reach: every fault of the list, every edge of the orders' table, and each rare state."""

from tenfold.domain.order import OrderStatus as S
from tenfold.exchange.fault_names import FAULTS
from tenfold.execution.lifecycle import MOVES

FAULT_LIST = {
    1: ("fault request_lost", "net request cut off"),
    2: ("fault response_lost", "net response lost"),
    3: ("fault reset_after_bytes", "fault reset_before_body"),
    4: ("fault rate_limited",),
    5: tuple(f"fault error_{code}_{when}" for code in (500, 502, 503, 504) for when in ("before", "after")),
    6: ("fault post_twice", "net late twin"),
    7: ("fault slow_response", "fault event_before_response"),
    8: ("fault truncated_json",),
    9: ("fault unknown_enum", "fault null_data"),
    10: ("fault connection_refused", "net connect refused"),
    11: ("fault keepalive_closed",),
    12: ("fault duplicate_event",),
    13: ("fault duplicate_event_new_id",),
    14: ("fault lost_event", "net frame lost"),
    15: ("fault reordered_events", "fault reordered_orders"),
    16: ("fault silent_stream",),
    17: ("fault cut_mid_frame",),
    18: ("fault stream_refused",),
    19: ("fault replayed_events",),
    20: ("fault external_order",),
    21: ("fault slow_consumer",),
    22: tuple(f"fault {name}" for name, fault in FAULTS.items() if fault.where == "market"),
    23: ("fault partial_then_cancel",),
    24: ("fault fill_after_cancel",),
    25: ("fault cancel_rejected",),
    26: ("fault replace_loses_to_fill",),
    27: ("fault replace_rejected",),
    29: ("fault pending_cancel_stuck", "difference stuck"),
    30: ("fault overfill", "difference overfill"),
    31: ("fault trade_bust", "fault trade_correct", "Busted"),
    32: ("fault async_reject",),
    33: ("fault done_for_day", "update expired"),
    34: ("fault oco_both_fill",),
    35: ("fault bracket_parent_canceled",),
    36: ("fault refusal_races_fill",),
    37: ("fault restated",),
    38: ("fault manual_trade", "Adopted"),
    39: ("fault restart", "fault restart_with_loss"),
    40: ("fault stale_reads", "fault order_not_found_yet"),
    41: ("fault unsorted_activities",),
    42: ("fault paging_ties",),
    43: ("happened clock jump",),
    44: ("fault clock_skew", "clock off"),
    45: ("day half", "day summer", "day night"),
    46: ("timers coalesced",),
    47: tuple(f"died {place}" for place in (
        "before append", "after append", "before sync", "within sync", "after sync", "before send", "after send",
    )),
    50: ("disk error",),
    51: ("happened double start",),
    52: ("died within recovery", "died before recovery"),
    53: ("happened pause", "sleep at write"),
    54: tuple(f"halt at {status}" for status in (
        S.SUBMITTED, S.ACCEPTED, S.PARTIALLY_FILLED, S.UNKNOWN, S.PENDING_CANCEL,
    )),
    55: ("feeds Switched", "feeds BackFill", "minutes sought"),
}  # fmt: skip
"""What each fault of the list is counted as, by its number; all of it has to be reached."""

ELSEWHERE = {
    28: "tests/simulation/test_reached.py",
    48: "tests/integration/test_journal_survives.py",
    49: "tests/integration/test_journal_survives.py",
}
"""What no great many seeds show, and which tests do: records torn at every byte and bits that flip, since the journal of a simulation is in
memory; and a change that works for the whole again, since order management asks for none where something has filled, as far as it knows."""

UNTAKEN = {
    S.ABANDONED: set(MOVES[S.ABANDONED]),
    S.EXPIRED: {S.FILLED, S.PARTIALLY_FILLED},
    S.PARTIALLY_FILLED: {S.REPLACED},
    S.PENDING_CANCEL: {S.EXPIRED, S.PENDING_REPLACE, S.REPLACED},
    S.PENDING_REPLACE: {S.EXPIRED, S.PENDING_CANCEL, S.REJECTED, S.REPLACED, S.UNKNOWN},
    S.REJECTED: {S.PARTIALLY_FILLED},
    S.REPLACED: {S.FILLED, S.PARTIALLY_FILLED},
    S.SUBMITTED: {S.PENDING_CANCEL, S.PENDING_REPLACE, S.REPLACED},
    S.UNKNOWN: {S.EXPIRED, S.PENDING_CANCEL, S.PENDING_REPLACE, S.REPLACED},
}
"""Moves that the table has since a venue may make them, and that the venue of these worlds makes too seldom or not at all; the test of the
table takes each of them."""

EDGES = {f"edge {before} {after}" for before, afters in MOVES.items() for after in afters - UNTAKEN.get(before, set())}

RARE = {
    "recovery", "recovery with unknown", "died kill", "died fenced", "died lost the lease", "stock incomplete", "closes sent",
    "outcome Place unknown", "outcome Place refused", "outcome Amend unknown", "outcome Withdraw unknown", "asked LookUp",
    "heard Severed", "difference executions", "difference revived", "update abandoned", "clock compared", "minutes compared",
    "happened halt", "happened cut", "happened store away",
}  # fmt: skip
"""States in which order management elsewhere has lost or doubled orders."""
