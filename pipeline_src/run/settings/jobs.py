"""What one job gets of the configuration, where it is not a registered section as it stands."""

from pydantic import Field, PositiveInt

from pipeline_src.run.settings.base import ResultPath, Settings
from pipeline_src.run.settings.experiment import GeometryGrid, Properties
from pipeline_src.run.settings.stage import Stage
from pipeline_src.run.settings.validity import Check, Kind, Relaxation


class TrainSettings(Settings):
    """Everything ``train_stage`` needs beside files."""

    name: str = Field(description="stage name; keys the randomness")
    stage: Stage
    seed: int


class WeightsSettings(Settings):
    """What ``import_weights`` needs beside the file; the stage has ``weights``."""

    name: str = Field(description="stage name")
    stage: Stage


class ScoreSettings(Settings):
    """COV/MAT of one shard."""

    geometry: GeometryGrid
    deltas_angstrom: tuple[float, ...] = Field(description="the dataset's headline thresholds")


class PropertyJob(Settings):
    """One chunk of conformers of one source."""

    properties: Properties
    chunk: int = Field(ge=0)


class RelaxJob(Settings):
    """How the conformers of one shard are relaxed."""

    relaxer: Relaxation
    seed: int | None = Field(None, description="of the draw of conformers; none: all are relaxed")


class ValidityJob(Settings):
    """How the conformers of one shard are checked."""

    checks: tuple[Check, ...]
    conformers: PositiveInt | None = Field(None, description="of a molecule; none: all")
    seed: int | None = Field(None, description="of the draw of conformers; none: all are checked")


class OverlapSettings(Settings):
    """Which datasets are compared, and whether a shared molecule is an error."""

    train: str = Field(description="dataset that is trained on")
    test: str = Field(description="dataset that is tested on; the same: its subsets are compared")
    refuse: bool = Field(False, description="a test molecule that is trained on is an error")


class ScoredSource(Settings):
    """Files of one chain on one dataset with one seed and sampler, for tables and report.

    ``paths`` has the files; with ``shards`` the pattern stands for that many (a hundred shards
    written out would not fit a command line).
    """

    chain: str
    dataset: str
    seed: int
    sampler: str
    pattern: ResultPath = Field(description="path; {shard} stands for the number of the shard")
    shards: PositiveInt = 1
    left_out: ResultPath = Field("", description="table of molecules that do not count, or empty")

    @property
    def paths(self) -> tuple[str, ...]:
        """The files, one a shard."""
        return tuple(self.pattern.replace("{shard}", str(k)) for k in range(self.shards))


class SampleSources(Settings):
    """The samples of an experiment."""

    sources: tuple[ScoredSource, ...] = Field(description="patterns of sample shards")

    def files(self) -> list[str]:
        """All sample shards, each once."""
        return list(dict.fromkeys(path for s in self.sources for path in s.paths))


class StereoSettings(SampleSources):
    """The samples whose stereo is looked at, and the intervals of their shares."""

    bootstrap_resamples: PositiveInt
    bootstrap_seed: int


class StrainSource(Settings):
    """Energies before and after relaxation, of one chain on one dataset or of the references."""

    relaxer: Kind
    source: ScoredSource


class RelaxedSource(Settings):
    """Geometry scores of a chain's samples, and of the same after each relaxer."""

    source: ScoredSource
    relaxed: dict[Kind, ScoredSource]


class ValiditySettings(Settings):
    """What ``make_validity_tables`` gathers; the paths are the rule's inputs."""

    checks: tuple[ScoredSource, ...] = Field(description="shards of ``score_validity``")
    strain: tuple[StrainSource, ...] = ()
    relaxed: tuple[RelaxedSource, ...] = ()
    deltas_angstrom: dict[str, tuple[float, ...]] = Field(description="dataset -> thresholds")
    failure_policies: tuple[str, ...]
    bootstrap_resamples: PositiveInt
    bootstrap_seed: int


class TableSettings(Settings):
    """What ``make_tables`` gathers; the paths are the rule's inputs."""

    experiment: str
    geometry: tuple[ScoredSource, ...]
    properties: tuple[ScoredSource, ...] = ()
    method: str = Field("", description="label of the property level of theory, e.g. hf/6-31g**")
    baselines: dict[str, str] = Field({}, description="chain -> chain it is compared with")
    deltas_angstrom: dict[str, tuple[float, ...]] = Field(description="dataset -> thresholds")
    failure_policies: tuple[str, ...]
    bootstrap_resamples: PositiveInt
    bootstrap_seed: int


class OverlaySettings(SampleSources):
    """Which generated conformers are laid over their nearest reference in the report."""

    molecules_per_dataset: PositiveInt = 3

    def datasets(self) -> list[str]:
        """The datasets, in order."""
        return list(dict.fromkeys(s.dataset for s in self.sources))
