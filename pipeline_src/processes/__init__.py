"""Forward noise, training targets and reverse steps; the network comes in as an argument."""
