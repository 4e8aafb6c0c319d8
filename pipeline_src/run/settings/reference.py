"""How reference ensembles are searched for: the settings of ``reference_ensembles``."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from pipeline_src.run.settings.base import Settings

Level = Literal["crude", "sloppy", "loose", "normal", "tight", "vtight"]


class XtbEngine(Settings):
    """GFN2-xTB by the program xtb (Bannwarth et al., JCTC 2019, 15, 1652); GEOM's level."""

    kind: Literal["xtb"] = "xtb"
    cycles: PositiveInt = Field(500, description="steps of one optimisation at most")
    timeout_s: PositiveInt = Field(
        900, description="safety net of one optimisation; the molecule then fails")


class MmffEngine(Settings):
    """MMFF94 by RDKit, for machines without xtb; its ensembles are labelled MMFF94."""

    kind: Literal["mmff"] = "mmff"
    cycles: PositiveInt = Field(2000, description="steps of one optimisation at most")


class Embeddings(Settings):
    """How many conformers are embedded: a sum over the molecule's features, with a cap."""

    kinds: tuple[Literal["etkdg", "kdg"], ...] = Field(
        ("etkdg",), min_length=1, description="dealt out among ETKDGv3 and, without its torsion "
        "preferences, KDG, which finds more of drug-like molecules")
    base: PositiveInt = Field(100, description="of every molecule")
    per_rotatable_bond: NonNegativeInt = Field(30, description="more for each")
    per_ring: NonNegativeInt = Field(15, description="more for each ring that is not aromatic")
    per_polar_hydrogen: NonNegativeInt = Field(15, description="more for each N-H and O-H")
    most: PositiveInt = Field(200, description="at most")


class Duplicates(Settings):
    """When two conformers are one, as in CREST (Pracht et al., PCCP 2020, 22, 7169).

    Their energies agree, and so do their rotational constants or, after superposition, the
    positions of heavy atoms and of hydrogens on N, O and S. Mirror images are one.
    """

    energy_kcal_mol: PositiveFloat = Field(0.05, description="largest difference")
    rotational_constant: PositiveFloat = Field(0.01, description="largest relative difference")
    rmsd_angstrom: PositiveFloat = Field(0.125, description="Å")


class LoosePass(Settings):
    """A first, coarse optimisation; what lies high or equals another is not optimised further."""

    level: Level = Field("crude", description="convergence, in xtb's words")
    window_kcal_mol: PositiveFloat = Field(10.0, description="above the lowest; higher ones go")
    rmsd_angstrom: PositiveFloat = Field(0.125, description="nearer ones are one")
    most: PositiveInt | None = Field(None, description="the lowest so many go on; none: all")


class ConformerSearch(Settings):
    """ETKDGv3, pre-screen, optimisation, checks, duplicates, window, Boltzmann weights.

    All budgets count embeddings and steps, so that another machine makes the same ensemble. The
    clock is a safety net only: a molecule it stops is a failed row, never a smaller ensemble.
    """

    engine: Annotated[XtbEngine | MmffEngine, Field(
        discriminator="kind", description="what energies and minima come from")] = XtbEngine()
    seed: int = Field(2021, description="of the embeddings")
    embeddings: Embeddings = Field(default_factory=Embeddings, description="starts")
    mmff_steps: tuple[NonNegativeInt, ...] = Field(
        (2000, 30), min_length=1, description="each embedding is a start after so many MMFF94 "
        "steps: to the minimum first, then a few only, as MMFF94's minima merge some of GFN2's")
    start_rmsd_angstrom: float = Field(
        0.2, ge=0, description="starts nearer than this to one before are not optimised")
    loose: LoosePass | None = Field(None, description="a coarse pass first; none: no")
    level: Level = Field("normal", description="convergence of the last pass, in xtb's words")
    patience: PositiveInt | None = Field(
        15, description="stop after so many starts in a row without a new conformer; none: no")
    most_optimised_times_atoms2: PositiveInt | None = Field(
        None, description="optimisations of the last pass, times the squared number of atoms, at "
        "most: an optimisation costs about the square of the atoms; none: no bound")
    duplicates: Duplicates = Field(default_factory=Duplicates, description="which are one")
    window_kcal_mol: PositiveFloat = Field(6.0, description="above the lowest; higher ones go")
    temperature_kelvin: PositiveFloat = Field(298.15, description="of the Boltzmann weights")
    timeout_s: PositiveInt = Field(
        7200, description="safety net of one molecule; it then fails with that reason")


class MoleculeDraw(Settings):
    """Which molecules ``draw_molecules`` draws from GEOM's lists of SMILES."""

    prefix: str = Field(description="of new names, e.g. qm9")
    n_test: int = Field(ge=0, description="molecules of GEOM's test list, earlier ones among them")
    n_train: int = Field(ge=0, description="molecules for training and validation, likewise")
    elements: tuple[str, ...] = Field(min_length=1, description="symbols besides H; others are out")
    fewest_heavy: PositiveInt = Field(1, description="heavy atoms")
    most_heavy: PositiveInt = Field(200, description="heavy atoms")
    neutral: bool = Field(False, description="charged molecules are out")
    smallest_first: bool = Field(False, description="order of the table; else shuffled")
    seed: int = Field(2021, description="of the drawing and of the order of the table")


class MoleculeSource(Settings):
    """Lists that ``draw_molecules`` draws a set's molecules from; they are not shipped."""

    tests: str = Field(description="GEOM's test molecules: CSV of smiles, n_conformers and perhaps "
                       "corrected_smiles")
    training: str = Field(description="SMILES, one a line, perhaps gzipped; tests are left out")
    earlier: tuple[str, ...] = Field((), description="tables whose molecules come first")
    draw: MoleculeDraw = Field(description="how many, and which")


class ReferenceSet(Settings):
    """One set of molecules and the search of their ensembles."""

    description: str = Field("", description="what it is")
    molecules: str = Field(
        description="CSV: molecule_id, smiles, and if known subset and geom_n_conformers")
    finished: str | None = Field(
        None, description="folder with manifest.csv and ensembles/ made before: not done again")
    chunks: PositiveInt = Field(1, description="jobs, each with a run of rows")
    source: MoleculeSource | None = Field(
        None, description="what the table was drawn from; none: it was made by hand")
    search: ConformerSearch = Field(default_factory=ConformerSearch, description="the recipe")

    def moved(self, move: Callable[[str], str]) -> "ReferenceSet":
        """The same with ``move`` applied to every path."""
        source = self.source and self.source.model_copy(update={
            "tests": move(self.source.tests), "training": move(self.source.training),
            "earlier": tuple(map(move, self.source.earlier))})
        return self.model_copy(update={
            "molecules": move(self.molecules), "source": source,
            "finished": self.finished and move(self.finished)})


class ReferenceJob(Settings):
    """One chunk of the molecules."""

    search: ConformerSearch
    chunks: PositiveInt = 1
    chunk: int = Field(0, ge=0)
