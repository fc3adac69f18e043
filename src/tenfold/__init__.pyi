from .app.comparison import Comparison as Comparison
from .app.comparison import compare as compare
from .app.data import load_bars as load_bars
from .app.data import sample_bars as sample_bars
from .app.facade import backtest as backtest
from .app.facade import sweep as sweep
from .app.result import Result as Result
from .app.study import Study as Study
from .app.study import study as study
from .app.sweep_result import SweepResult as SweepResult
from .domain.bars import Bars as Bars
from .domain.bars import bars_from_arrays as bars_from_arrays
from .domain.errors import TenfoldError as TenfoldError
from .domain.errors import UserError as UserError
from .domain.instrument import Instrument as Instrument
from .domain.rules import Account as Account
from .domain.rules import Costs as Costs
from .domain.rules import Entry as Entry
from .domain.rules import Exits as Exits
from .domain.rules import Limits as Limits
from .domain.rules import Matching as Matching
from .domain.rules import Rules as Rules
from .domain.rules import Sizing as Sizing
from .domain.rules import VoteRule as VoteRule

__version__: str
