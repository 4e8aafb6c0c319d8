"""Split recipes, a file each: molecules -> train, val or test; and the dealing to shards."""
