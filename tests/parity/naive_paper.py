"""Hold an order as it was written down: the part of the naive matcher that needs no prices but the order's own."""

from fractions import Fraction

TICK = Fraction(1, 64)
UNIT = Fraction(1, 10**6)


def nearest(value, step):
    """Return the nearest multiple of a step, a half upwards."""
    return (value / step + Fraction(1, 2)).__floor__() * step


def on_tick(price):
    return max(nearest(price, TICK), TICK)


def away(price, frac, way):
    """Return the level at a fraction above (+1) or below (-1) a price; one that is not above zero is not set."""
    level = price * (1 + way * frac) if frac is not None else 0
    return on_tick(level) if level > 0 else None


def nearer(is_long, *stops):
    """Return the stop that loses least, None where there is none."""
    have = [stop for stop in stops if stop is not None]
    return (max(have) if is_long else min(have)) if have else None


class Paper:
    """Hold one order as it was written down, and what became of it."""

    def __init__(self, terms, shared, after):
        self.id, self.way, self.size, self.kind, self.tif = (terms[k] for k in ("id", "way", "size", "kind", "tif"))
        self.limit, self.stop = terms.get("limit"), terms.get("stop")
        self.trail, self.trail_frac = terms.get("trail"), terms.get("trail_frac")
        self.until, self.family, self.parent = terms.get("until"), terms.get("family", "simple"), terms.get("parent")
        self.exits = terms.get("exits", (None, None, None))
        self.state = "working"
        self.own = 0
        self.shared = shared  # what its group had filled before it came
        self.after = after  # fills only in later sessions
        self.arrives = 0
        self.day = None
        self.best = None
        self.awake = self.touched = self.stopped = False
        self.born = None  # price and moment at which it came to life in this bar
        self.late = False  # came to life too late for this bar

    @property
    def for_opening(self):
        return self.kind == "moo" or self.tif == "opg"

    @property
    def for_close(self):
        return self.kind == "moc" or self.tif == "cls"

    @property
    def is_leg(self):
        return self.family in {"bracket", "oto"} and self.parent is not None

    def follow(self, price):
        if self.kind == "trailing_stop" and price > 0:
            choose = min if self.way > 0 else max
            self.best = price if self.best is None else choose(self.best, price)

    def level(self):
        """Return where its stop or touch stands, or None."""
        if self.kind != "trailing_stop":
            return on_tick(self.stop)
        if self.best is None:
            return None
        away = self.best * self.trail_frac if self.trail is None else self.trail
        return on_tick(self.best + self.way * away) if self.best + self.way * away > 0 else None
