"""The progress page of a working folder; ``python -m pipeline_src.reports.progress`` writes it."""
