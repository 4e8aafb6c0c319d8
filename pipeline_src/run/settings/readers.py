"""Formats and files that ensembles are read from: a class for each ``kind:`` of reader."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field

from pipeline_src.run.settings.base import Settings


class Reader(Settings):
    """What all readers have: paths."""

    paths: tuple[str, ...] = Field(min_length=1, description="files, relative to the project root")

    def files(self) -> list[str]:
        """What a job that imports depends on; folders of many files are not walked."""
        return list(self.paths)

    def moved(self, move: Callable[[str], str]) -> Self:
        """The same with ``move`` applied to every path."""
        return self.model_copy(update={"paths": tuple(map(move, self.paths))})


class SdfReader(Reader):
    """Multi-conformer SDF(.gz): records of one molecule consecutive, all hydrogens explicit."""

    kind: Literal["sdf"] = "sdf"
    id_property: str = Field("molecule_id", description="SDF property that names the molecule")
    energy_property: str = Field("energy_hartree", description="SDF property, hartree")
    weight_property: str = Field("boltzmann_weight", description="SDF property, any scale")


class ParquetReader(Reader):
    """Parquet parts in this project's own ensemble schema."""

    kind: Literal["parquet"] = "parquet"
    paths: tuple[str, ...] = Field(min_length=1, description="files or folders")

    def files(self) -> list[str]:
        """Of a folder its Parquet parts, or itself if it has none."""
        return [file for path in self.paths
                for file in sorted(map(str, Path(path).glob("*.parquet"))) or [path]]


class SmilesReader(Reader):
    """SMILES, one a line, an optional name after it; molecules without reference conformers."""

    kind: Literal["smiles"] = "smiles"
    paths: tuple[str, ...] = Field(min_length=1, description="text files")


class GeomRdkitFolderReader(Reader):
    """GEOM's rdkit_folder: a summary and a pickle a molecule, opened in a process with limits."""

    kind: Literal["geom_rdkit_folder"] = "geom_rdkit_folder"
    paths: tuple[str, ...] = Field(min_length=1, max_length=1, description="the rdkit_folder")
    summary: str = Field("summary_drugs.json", pattern=r"^[^/]+$", description=(
        "file in that folder that lists the molecules; they keep its order"))

    def files(self) -> list[str]:
        """The summary; it names the pickles."""
        return [f"{self.paths[0].rstrip('/')}/{self.summary}"]


class TorsionalPickleReader(Reader):
    """test_mols.pkl of torsional-diffusion (SMILES -> RDKit molecules), or a list of molecules."""

    kind: Literal["torsional_pickle"] = "torsional_pickle"
    paths: tuple[str, ...] = Field(min_length=1, description="pickle files")


AnyReader = Annotated[
    SdfReader | ParquetReader | SmilesReader | GeomRdkitFolderReader | TorsionalPickleReader,
    Field(discriminator="kind", description="format and files of the raw ensembles")]
