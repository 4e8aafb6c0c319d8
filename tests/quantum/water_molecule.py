"""Water near its RHF geometry."""

import numpy as np

WATER = np.array([[0, 0, 0], [0.7572, 0.5865, 0], [-0.7572, 0.5865, 0]], dtype=np.float32)  # Å
