"""Networks from noisy positions to pair scores; they know no noise and no files."""
