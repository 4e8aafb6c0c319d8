"""Formats and files that ensembles are read from: a class for each ``kind:`` of reader."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field

from pipeline_src.run.settings.base import Settings, unique

_MADE_BY_RULES = "results"  # the folder of what rules make, where Snakemake is started


class Reader(Settings):
    """What all readers have: paths."""

    paths: tuple[str, ...] = Field(min_length=1, description="files, relative to the project root")

    def files(self) -> list[str]:
        """What a job that imports depends on; folders of many files are not walked."""
        return list(self.paths)

    def folders(self) -> list[str]:
        """Folders of many files that it reads: looked at for new or missing files only."""
        return []

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
        """Of a folder its Parquet parts; itself if it has none, or if a rule makes it.

        So a rule's folder is the same input before it is made and after.
        """
        return [file for path in self.paths for file in (
            [] if Path(path).parts[:1] == (_MADE_BY_RULES,)
            else sorted(map(str, Path(path).glob("*.parquet")))) or [path]]


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

    def folders(self) -> list[str]:
        """That of the pickles, where it lies as GEOM's: `drugs` beside `summary_drugs.json`."""
        name = self.summary.removeprefix("summary_").removesuffix(".json")
        folder = f"{self.paths[0].rstrip('/')}/{name}"
        return [folder] if Path(folder).is_dir() else []


class TorsionalPickleReader(Reader):
    """test_mols.pkl of torsional-diffusion (SMILES -> RDKit molecules), or a list of molecules."""

    kind: Literal["torsional_pickle"] = "torsional_pickle"
    paths: tuple[str, ...] = Field(min_length=1, description="pickle files")


class GeodiffPickleReader(Reader):
    """Pickled lists of conformers of GeoDiff, ConfGF and MSGEN, qm9_property.pkl among them."""

    kind: Literal["geodiff_pickle"] = "geodiff_pickle"
    paths: tuple[str, ...] = Field(min_length=1, description="pickle files")


class EtflowFolderReader(Reader):
    """ET-Flow's processed files, a molecule each; a molecule is named `<subset>/<file>`."""

    kind: Literal["etflow_folder"] = "etflow_folder"
    paths: tuple[str, ...] = Field(min_length=1, max_length=1, description=(
        "the folder that holds the subsets, e.g. processed/drugs"))
    subsets: Annotated[tuple[str, ...], AfterValidator(unique)] = Field(
        ("train", "val", "test"), min_length=1, description="folders of .pt files in it")

    def files(self) -> list[str]:
        """None: the files are not walked."""
        return []

    def folders(self) -> list[str]:
        """Those of the subsets."""
        return [f"{self.paths[0].rstrip('/')}/{subset}" for subset in self.subsets]


class XyzFolderReader(Reader):
    """Folders of .xyz files, of one or more conformers each; bonds and charges from SMILES."""

    kind: Literal["xyz_folder"] = "xyz_folder"
    paths: tuple[str, ...] = Field(min_length=1, description="folders, looked through to the end")
    smiles: str = Field(description=(
        "table of the molecules: .csv or .tsv with columns name, smiles and, optional, charge; "
        "else lines of SMILES and name"))
    molecule: Literal["file", "folder"] = Field("file", description=(
        "what names a molecule: each file, or the folder that holds its files"))
    energy_unit: Literal["hartree", "eV", "none"] = Field("hartree", description=(
        "of the number in the comment lines, alone or after `energy`"))

    def files(self) -> list[str]:
        """The table."""
        return [self.smiles]

    def folders(self) -> list[str]:
        """Those of the .xyz files."""
        return list(self.paths)

    def moved(self, move: Callable[[str], str]) -> Self:
        """The same with ``move`` applied to every path."""
        return super().moved(move).model_copy(update={"smiles": move(self.smiles)})


AnyReader = Annotated[
    SdfReader | ParquetReader | SmilesReader | GeomRdkitFolderReader | TorsionalPickleReader
    | GeodiffPickleReader | EtflowFolderReader | XyzFolderReader,
    Field(discriminator="kind", description="format and files of the raw ensembles")]
