"""The dealing of molecules to shards of about equal cost."""

import heapq
from collections.abc import Sequence


def balance_shards(costs: Sequence[float], shards: int) -> list[int]:
    """Shard of each item: costliest first, each to the shard that has least (Graham's LPT rule)."""
    loads = [(0.0, shard) for shard in range(shards)]
    dealt = [0] * len(costs)
    for item in sorted(range(len(costs)), key=lambda k: (-costs[k], k)):
        load, dealt[item] = heapq.heappop(loads)
        heapq.heappush(loads, (load + costs[item], dealt[item]))
    return dealt
