"""Readers of foreign formats, a file each: every one gives ensembles, and rejections with reasons."""
