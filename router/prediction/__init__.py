"""How long who waits will wait, from what a server can see: who waits, who works, how it went.

Pure Python without a clock, an input or an output; times are seconds. Map of the files:

- predictor.py   what is known of every queue, and the forecast that follows from it
- drain.py       the waits to be expected from lines and agents: the queue-length predictor
- experience.py  one queue's handling time and patience, from its last contacts
- correction.py  how the waits that were foretold lately came true: a factor and an interval
"""

from router.prediction.correction import Correction, Prediction
from router.prediction.drain import Line, Pool, Wait, drain
from router.prediction.experience import DEFAULT_HANDLING_S, WINDOW, Experience
from router.prediction.predictor import Forecast, Group, Predictor, Queued, Told

__all__ = [
    "DEFAULT_HANDLING_S",
    "WINDOW",
    "Correction",
    "Experience",
    "Forecast",
    "Group",
    "Line",
    "Pool",
    "Prediction",
    "Predictor",
    "Queued",
    "Told",
    "Wait",
    "drain",
]
