"""Tables of the paper beside ours: published values and what this run measured, never mixed."""
