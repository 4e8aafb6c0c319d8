"""What there is to run, in words."""

from pipeline_src.run.items import ALL, Items
from pipeline_src.run.registry import Registry


def experiment_list(registry: Registry) -> str:
    """The experiments with what they show, and how to run one; then all else there is to run."""
    sections = {
        "Name an experiment: snakemake --cores 2 <experiment>":
            {name: e.description for name, e in registry.listed.items()},
        "or a table or figure of the paper at one of its sizes:": _item_list(registry.paper),
        "or all of a size:":
            {f"{ALL}_{name}": s.description for name, s in registry.paper.sizes.items()},
        "or reference ensembles made from SMILES:":
            {f"{name}_references": r.description for name, r in registry.references.items()},
    }
    width = max((len(name) for names in sections.values() for name in names), default=0)
    lines = []
    for number, (head, names) in enumerate(sections.items()):
        lines += [head] if names or not number else []
        lines += [f"  {name:<{width}}  {words}".rstrip() for name, words in names.items()]
    return "\n".join(lines)


def _item_list(paper: Items) -> dict[str, str]:
    """Each item once, with its sizes as a shell would expand them, and its title."""
    sizes: dict[str, list[str]] = {}
    for item, size in paper.targets().values():
        sizes.setdefault(item, []).append(size)
    return {f"{item}_" + (f"{{{','.join(names)}}}" if len(names) > 1 else names[0]):
            paper.items[item].title for item, names in sizes.items()}
