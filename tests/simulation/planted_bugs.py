"""Plant bugs that order management elsewhere has had: each in a subclass of a shipped piece, each to be caught by the simulation."""

from msgspec.structs import replace
from planted_drawn import DRAWN
from planted_elsewhere import ELSEWHERE
from planted_limits import LIMITS
from planted_pages import PAGES
from planted_votes import VOTED
from planting import DEATHS, LOST, UNANSWERED, UNHEARD, Planted

from tenfold.adapters.alpaca.connection import UnansweredError
from tenfold.adapters.alpaca.rest_client import RestClient
from tenfold.adapters.alpaca.trading import AlpacaTrading
from tenfold.domain.keys import Keys
from tenfold.domain.order import OrderStatus
from tenfold.exchange.settings import KEY, SECRET
from tenfold.execution.agenda import Agenda
from tenfold.execution.blotter import Blotter
from tenfold.execution.families import Families
from tenfold.execution.reading import Reader
from tenfold.execution.register import Register
from tenfold.execution.reports import Answered, Outcome, Place

# what an answer proves


class Judging(AlpacaTrading):
    judge = None

    async def ask(self, request, wanted=None):
        report = await super().ask(request, wanted)
        return type(self).judge(request, report) if isinstance(report, Answered) else report


def refused(report):
    return replace(report, outcome=Outcome.REFUSED)


class TimeoutRefuses(Planted):
    """An answer that did not come counts as a refusal (LEAN: any exception makes the order invalid)."""

    needs = (UNANSWERED,)
    lawful = True

    class trading_class(Judging):  # noqa: N801
        @staticmethod
        def judge(request, report):
            lost = isinstance(request, Place) and report.outcome is Outcome.UNKNOWN
            return refused(report) if lost else report


class DuplicateRefuses(Planted):
    """That a client order id is taken counts as a refusal of the order, although its first try was taken (alpaca-py after a 504)."""

    needs = (UNANSWERED,)
    lawful = True

    class trading_class(Judging):  # noqa: N801
        @staticmethod
        def judge(request, report):
            return refused(report) if isinstance(request, Place) and "unique" in report.text else report

    class Retrying(RestClient):
        async def ask(self, method, path, body=b"", **options):
            try:
                reply = await super().ask(method, path, body, **options)
            except UnansweredError:
                if method != "POST":
                    raise
                reply = None
            if method == "POST" and (reply is None or reply.status in {500, 502, 503, 504}):
                return await super().ask(method, path, body, **options)
            return reply

    def rest(self, clock, chance, deadline):
        return self.Retrying("http://venue", Keys(KEY, SECRET), clock, chance, deadline)


class ErrorRefuses(Planted):
    """A 5xx counts as a refusal."""

    needs = (("error_500_after", "error_502_after", "error_503_after", "error_504_after"),)
    lawful = True

    class trading_class(Judging):  # noqa: N801
        @staticmethod
        def judge(request, report):
            failed = isinstance(request, Place) and (500 <= report.code < 600 or report.code >= 500 * 10_000)
            return refused(report) if failed and report.outcome is Outcome.UNKNOWN else report


class MissRejects(Planted):
    """One 404 counts as proof that the venue has no such order."""

    needs = (("request cut off",), ("late all the same",))
    lawful = True

    class blotter_class(Blotter):  # noqa: N801 -- the name that the base looks for
        def _on_miss(self, tracked, part, ts_ns, _looked_ns):
            if part.live and not part.venue_id:
                self._end_pair(tracked, part, OrderStatus.REJECTED, ts_ns, "not found")


class NoWait(Planted):
    """An order counts as never sent before what is in flight can have arrived."""

    needs = (("request cut off",), ("late all the same",))
    lawful = True

    hasty = {"in_flight_s": 0.3, "place_within_s": 0.5}  # noqa: RUF012


class CancelIsDone(Planted):
    """A cancel that was taken counts as an order that is gone."""

    class blotter_class(Blotter):  # noqa: N801
        def _on_answer(self, answer):
            super()._on_answer(answer)
            place = self.register.find("", answer.order_id)
            if answer.asked == "withdraw" and answer.outcome is Outcome.ACK and place is not None and place[1].live:
                self._reader.end(*place, OrderStatus.CANCELED, answer.ts_ns)


class NewNameOnRetry(Planted):
    """A second try goes out under another client order id."""

    needs = (LOST,)

    class agenda(Agenda):  # noqa: N801
        def _send(self, tracked, part, errand, now_ns):
            request = super()._send(tracked, part, errand, now_ns)
            if isinstance(request, Place) and errand.attempts > 1:
                order = replace(request.order, order_id=f"{request.order.order_id}.{7 + errand.attempts}")
                return replace(request, order=order)
            return request


class AsksAgainBlindly(Planted):
    """An order without an answer is sent again at once under a new client order id."""

    needs = ((*LOST, *UNANSWERED),)

    class agenda(Agenda):  # noqa: N801
        def _look_at(self, tracked, part, errand, now_ns):
            if not part.venue_id and self.ready and not part.leave and errand.attempts < 3 and now_ns >= errand.due_ns:
                request = self._send(tracked, part, errand, now_ns)
                if isinstance(request, Place):
                    order = replace(request.order, order_id=f"{request.order.order_id}.{6 + errand.attempts}")
                    return replace(request, order=order), None
            return super()._look_at(tracked, part, errand, now_ns)


# what the venue tells


class SeenBeforeApplied(Planted):
    """An execution is marked as seen before it is booked, so that the later, whole report of it is passed over (NautilusTrader #4522)."""

    needs = (("event_before_response", "slow_response"),)

    class reader(Reader):  # noqa: N801
        def _execution(self, tracked, part, fill, ts_ns, *, listed, **options):
            seen = self.__dict__.setdefault("seen", set())
            if fill.execution_id in seen:
                return
            seen.add(fill.execution_id)
            if not part.venue_id and not listed:
                return  # it is not known yet what it belongs to
            super()._execution(tracked, part, fill, ts_ns, listed=listed, **options)


class IdsAlone(Planted):
    """Executions are told apart by their ids alone, so that a noisy duplicate counts twice (NautilusTrader #3493)."""

    needs = (("duplicate_event_new_id",),)

    class register(Register):  # noqa: N801
        def _on_fill(self, tracked, fill):
            super()._on_fill(tracked, replace(fill, cumulative=0))

    class reader(Reader):  # noqa: N801
        def _is_new(self, part, qty, cumulative, told):
            return True


class TwiceAfterRestart(Planted):
    """Which executions were booked is forgotten at a restart (NautilusTrader #3046)."""

    needs = (DEATHS, ("random_partial",))

    class register(Register):  # noqa: N801
        def _doubt(self):
            super()._doubt()
            for tracked in self.active:
                for part in tracked.parts:
                    part.executions, part.covered = {}, []

    class reader(Reader):  # noqa: N801
        def _is_new(self, part, fill, cumulative, told):
            return not part.covers(cumulative - fill.qty, cumulative) if cumulative else True


class EndsBeforeFills(Planted):
    """A cancel is taken before the fills that came ahead of it are known (Alpaca-API#71)."""

    needs = ((*UNHEARD, "reordered_events", "partial_then_cancel"),)

    class reader(Reader):  # noqa: N801
        def _stand(self, tracked, part, found, ts_ns):
            if found.status not in {OrderStatus.FILLED, OrderStatus.CANCELED}:
                super()._stand(tracked, part, found, ts_ns)
            elif part.live:
                self.end(tracked, part, OrderStatus.CANCELED, ts_ns, venue_id=found.venue_id)


class LostFillsStayLost(Planted):
    """After a reconnect orders are looked at, and executions are not asked for (alpaca-py: no gap signal)."""

    needs = (UNHEARD,)
    lawful = True

    class blotter_class(Blotter):  # noqa: N801
        def _on_stock(self, stock):
            super()._on_stock(stock if not self.register.since_ns else replace(stock, fills=()))


class NeverComparesAgain(Planted):
    """The account is compared at the start alone (LEAN: no continuous reconciliation)."""

    needs = (UNHEARD,)
    lawful = True

    class agenda(Agenda):  # noqa: N801
        def connected(self, ts_ns):
            if self._register.since_ns:
                self._up = self.ready = True
            else:
                super().connected(ts_ns)

        def stocked(self, ts_ns, number, *, settled, complete):
            super().stocked(ts_ns, number, settled=settled, complete=complete)
            if complete:
                self._stock_at = None

        def take_stock(self, ts_ns):
            if not self._register.since_ns:
                super().take_stock(ts_ns)


class EntersBlind(Planted):
    """Orders go out while the stream is down or stock has not been taken (Lean.Brokerages.Alpaca#58)."""

    needs = (("cut", "cut_mid_frame", "stream_refused", "restart"),)

    class agenda(Agenda):  # noqa: N801
        def severed(self, ts_ns):
            super().severed(ts_ns)
            self.ready = bool(self._register.since_ns)


# recovery


class ForgetsUnanswered(Planted):
    """After a crash what was not answered is taken for never sent (NautilusTrader #5000)."""

    needs = (("after send",), ("cut",))
    lawful = True

    class register(Register):  # noqa: N801
        def _doubt(self):
            for tracked in self.active:
                self.touched[tracked.order.order_id] = None


# changes and pairs


class WholeQuantityAgain(Planted):
    """What follows a part that ended stands for the whole quantity again (Alpaca-API#165)."""

    class families(Families):  # noqa: N801
        def room(self, tracked):
            left = super().room(tracked)
            return tracked.order.qty if left > 0 and tracked.order.order_class == "simple" else left


class BothExits(Planted):
    """The exits of a position work as two orders, each for all of it."""

    class families(Families):  # noqa: N801
        def mate(self, tracked):
            return None

        def room(self, tracked):
            return tracked.order.qty - tracked.filled


class DoesNotWaitForCancel(Planted):
    """What takes an order's place goes out before the order is gone."""

    needs = (("partial_then_cancel", "cancel_rejected", "pending_cancel_stuck"),)
    lawful = True

    class register(Register):  # noqa: N801
        def _settle_one(self, tracked, ts_ns):
            leaving = [part for part in tracked.live if part.leave]
            for part in leaving:
                part.status = OrderStatus.CANCELED
            super()._settle_one(tracked, ts_ns)
            for part in leaving:
                part.status = OrderStatus.ACCEPTED

    class agenda(Agenda):  # noqa: N801
        def _before(self, tracked, part):
            return ""


# the operator


class WaitingOrdersLeave(Planted):
    """What waited to be sent leaves although it was cancelled meanwhile, after a halt too."""

    needs = (("halt",), ("cut", "cut_mid_frame"))

    class agenda(Agenda):  # noqa: N801
        def unsent(self, waking, now_ns):
            return iter(())

        def _enter(self, tracked, part, errand, now_ns):
            if not self._may_enter(tracked) or self._before(tracked, part):
                self._blocked[tracked.order.order_id] = None
                return None, now_ns + 1_000_000_000
            return self._send(tracked, part, errand, now_ns), None


BUGS = (
    TimeoutRefuses, DuplicateRefuses, ErrorRefuses, MissRejects, NoWait, CancelIsDone, NewNameOnRetry, AsksAgainBlindly,
    SeenBeforeApplied, IdsAlone, TwiceAfterRestart, EndsBeforeFills, LostFillsStayLost, NeverComparesAgain, EntersBlind, ForgetsUnanswered,
    WholeQuantityAgain, BothExits, DoesNotWaitForCancel, WaitingOrdersLeave, *ELSEWHERE, *DRAWN, *LIMITS, *VOTED, *PAGES,
)  # fmt: skip
"""All of them; `planted_seeds.json` has a seed that finds each."""
