"""Name what the simulation has to reach: every fault of the list, every edge of the orders' table, and each rare state."""

from hot_worlds import TAKEN

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

SELDOM = {
    "a venue tells of an order that it is there before it tells anything else of it: else that was lost, or came after it was given up": {
        (S.ABANDONED, S.CANCELED), (S.ABANDONED, S.EXPIRED), (S.ABANDONED, S.REJECTED), (S.ABANDONED, S.PENDING_CANCEL),
        (S.ABANDONED, S.PENDING_REPLACE), (S.ABANDONED, S.REPLACED),
    },
    "the session has to end while a cancel or a change is pending": {(S.PENDING_CANCEL, S.EXPIRED), (S.PENDING_REPLACE, S.EXPIRED)},
    "of what has ended an execution is told late, of a part or of the last lots": {
        (S.EXPIRED, S.FILLED), (S.EXPIRED, S.PARTIALLY_FILLED), (S.REJECTED, S.PARTIALLY_FILLED), (S.REPLACED, S.FILLED),
        (S.REPLACED, S.PARTIALLY_FILLED),
    },
    "Alpaca changes nothing whose cancel is pending, and cancels nothing whose change is: what lies between the two was lost": {
        (S.PENDING_CANCEL, S.PENDING_REPLACE), (S.PENDING_REPLACE, S.PENDING_CANCEL), (S.PENDING_CANCEL, S.REPLACED),
    },
}  # fmt: skip
"""Moves that no thousand seeds are sure to take, and what they need."""

NEVER = {
    "Alpaca refuses an order before it works, and changes it only once it does": {(S.PENDING_REPLACE, S.REJECTED)},
    "an order is unknown as a whole only where nothing of it stands, and what is to be replaced does": {(S.PENDING_REPLACE, S.UNKNOWN)},
}  # fmt: skip
"""Moves that the table has for other venues, and why Alpaca never makes them; the test of the table does."""

UNSURE = {pair for pairs in (*SELDOM.values(), *NEVER.values()) for pair in pairs} | {
    pair for _, pairs in TAKEN.values() for pair in pairs
}
"""Moves that are not sought in the seeds that were counted: `hot_worlds.TAKEN` are taken anew by each run of the tests."""

EDGES = {
    f"edge {before} {after}" for before, afters in MOVES.items() for after in afters if (before, after) not in UNSURE
}

RARE = {
    "recovery", "recovery with unknown", "died kill", "died fenced", "died lost the lease", "stock incomplete", "closes sent",
    "outcome Place unknown", "outcome Place refused", "outcome Amend unknown", "outcome Withdraw unknown", "asked LookUp",
    "heard Severed", "difference revived", "update abandoned", "clock compared", "minutes compared",
    "happened halt", "happened cut", "happened store away", "sleep at door", "by hand PATCH done", "by hand DELETE done",
    "net later than ever", "bars beside too many unknown", "entries voted for", "votes with dissent", "votes with abstention",
    "full page of orders", "full page of activities", "page of orders ends in a tie", "at rest exits stand",
    "at rest a position follows the vote", "opg fill", "cls fill", "sent when its venue takes it", "closes at the open after the halt",
    "bars for who has lost the lease", "weighed, with a member suspended",
}  # fmt: skip
"""States in which order management elsewhere has lost or doubled orders."""
