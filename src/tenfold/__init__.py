"""Find trading strategies, keep the ten that survive honest tests, let them vote, and trade the result.

Names are loaded when they are first used: `import tenfold` itself imports nothing heavy.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
