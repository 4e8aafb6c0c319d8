"""Readers of foreign formats, a file each: ensembles, and rejections that say why."""
