"""Speed and peak memory against a plain baseline: ``python -m benchmarks``."""
