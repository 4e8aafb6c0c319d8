"""Validity beside geometry: what is checked, and what relaxes the samples."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from pipeline_src.run.settings.base import Settings, unique
from pipeline_src.run.settings.reference import Level


class MmffRelaxation(Settings):
    """MMFF94s by RDKit: a short relaxation, which need not reach the minimum."""

    kind: Literal["mmff"] = "mmff"
    iterations: PositiveInt = Field(200, description="steps of one conformer at most")
    conformers: PositiveInt | None = Field(
        None, description="of a molecule, drawn by seed; none: all")


class XtbRelaxation(Settings):
    """GFN2-xTB by the program xtb: optimisation to the minimum; 0.1 to 3 s a conformer."""

    kind: Literal["gfn2-xtb"] = "gfn2-xtb"
    level: Level = Field("normal", description="convergence, in xtb's words")
    cycles: PositiveInt = Field(500, description="steps of one conformer; then it fails")
    timeout_s: PositiveInt = Field(900, description="safety net of one conformer; then it fails")
    conformers: PositiveInt | None = Field(
        2, description="of a molecule, drawn by seed; none: all")


Relaxation = Annotated[MmffRelaxation | XtbRelaxation, Field(discriminator="kind")]
REFERENCE = "reference"  # what the references themselves are called where they are a chain
Kind = Literal["mmff", "gfn2-xtb"]
Check = Literal["posebusters", "internal_energy", "stereo"]


class Validity(Settings):
    """Are the samples sound chemistry? Checks, strain, and scores of relaxed samples."""

    checks: Annotated[tuple[Check, ...], AfterValidator(unique)] = Field(
        ("posebusters", "stereo"), min_length=1, description=(
            "posebusters: its checks of a lone molecule but the slow one, internal_energy, which "
            "embeds 50 conformers of its own a molecule; stereo: as the molecule states it"))
    conformers: PositiveInt | None = Field(None, description=(
        "of a molecule that are checked, drawn by seed; none: all"))
    seed: int = Field(2021, description="of the draws, which go by molecule")
    relaxers: tuple[Relaxation, ...] = Field(
        (MmffRelaxation(), XtbRelaxation()), description=(
            "what strain is measured with: kind: mmff (iterations: 200, conformers: all) and "
            "kind: gfn2-xtb (level: normal, cycles: 500, timeout_s: 900, conformers: 2)"))
    relaxed: Annotated[tuple[Kind, ...], AfterValidator(unique)] = Field(("mmff",), description=(
        "relaxers whose samples get COV and MAT too; they relax all conformers"))

    @model_validator(mode="after")
    def _fits(self) -> "Validity":
        unique([relaxer.kind for relaxer in self.relaxers])
        whole = [relaxer.kind for relaxer in self.relaxers if relaxer.conformers is None]
        for kind in self.relaxed:
            if kind not in whole:
                raise ValueError(f"relaxed ({kind}) must be among the relaxers of all conformers "
                                 f"({', '.join(whole) or 'none'})")
        return self

    def relaxer(self, kind: str) -> Relaxation:
        """The relaxer of that kind."""
        return next(relaxer for relaxer in self.relaxers if relaxer.kind == kind)
