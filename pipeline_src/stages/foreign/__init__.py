"""Checkpoints of other projects as weights of our networks; nothing of their files is run."""
