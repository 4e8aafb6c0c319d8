"""Training of one stage: Lightning Fabric for device and precision, and a plain loop of steps."""

import shutil
import signal
import sys
from dataclasses import dataclass, field

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments import LightningEnvironment
from torch import Tensor
from torch_geometric.data import Batch
from torch_geometric.loader import DataLoader
from tqdm import tqdm

from pipeline_src.graphs.noise import stream_key
from pipeline_src.run.errors import ConvergenceError, Interrupted
from pipeline_src.run.files import write_rows
from pipeline_src.run.interrupt import SIGNALS, StopRequest, deferred_stop
from pipeline_src.run.settings.jobs import TrainSettings
from pipeline_src.stages.assembly import build_backbone, build_process
from pipeline_src.stages.batches import StepBatches, batches_in_order, check_atom_budget
from pipeline_src.stages.dataset import ConformerDataset
from pipeline_src.stages.events import EventFile
from pipeline_src.stages.guiding import Guiding
from pipeline_src.stages.loss import batch_loss
from pipeline_src.stages.optimisation import Optimisation
from pipeline_src.stages.rolling import RollingCheckpoint

# Columns of the learning curve. Both losses are those of the raw weights, which the plateau
# schedules follow; the weights that are saved in the end are their moving average (EMA).
CURVE = ("step", "train_loss", "validation_loss", "learning_rate")
LOGS = "tensorboard"  # folder of the events within the run's one
# Make batches while the GPU computes. On a CPU none do: to take over a batch that a helper made
# costs more time than to make it (3.3 against 2 ms, of steps that take 200 or more).
GPU_LOADER_PROCESSES = 4


@dataclass
class Progress:
    """Where a run stands: steps done, learning curve, and the losses since the last row of it."""

    step: int = 0
    curve: list[dict] = field(default_factory=list)
    losses: list[Tensor] = field(default_factory=list)

    def state(self) -> dict:
        """As plain data and tensors."""
        losses = torch.stack(self.losses).cpu() if self.losses else torch.empty(0)
        return {"step": self.step, "curve": self.curve, "losses": losses}

    @classmethod
    def from_state(cls, state: dict, device: torch.device) -> "Progress":
        """The inverse of ``state``."""
        return cls(state["step"], state["curve"], list(state["losses"].to(device)))


class StageTraining:
    """One training run, from wherever its rolling checkpoint stands to its last step.

    Args:
        settings: stage, name and seed.
        train: training conformers.
        validation: validation conformers.
        rolling: the run's checkpoint folder, held.

    Raises:
        InputError: a molecule does not fit the atom budget.
    """

    def __init__(self, settings: TrainSettings, train: ConformerDataset,
                 validation: ConformerDataset, rolling: RollingCheckpoint):
        self.settings, self.budget = settings, settings.stage.training
        self.train, self.validation, self.rolling = train, validation, rolling
        self.fabric = make_fabric(settings)
        check_atom_budget(train, self.budget.atom_budget, self.fabric.world_size)
        check_atom_budget(validation, self.budget.atom_budget, 1)
        self.events = EventFile(rolling.folder / LOGS)
        torch.manual_seed(stream_key(settings.seed, settings.name, "weights")[0])
        backbone = build_backbone(settings.stage).to(self.fabric.device)
        self.process = build_process(settings.stage)
        self.guiding = Guiding(settings.stage.guide) if settings.stage.guide else None
        self.optimisation = Optimisation(
            backbone, self.budget, getattr(self.fabric.strategy.precision, "scaler", None))
        self.network = self.fabric.setup_module(backbone)
        self.seen = 0  # conformers in the steps of this job
        self.keys = {use: stream_key(settings.seed, settings.name, use)
                     for use in ("training", "validation")}

    def run(self) -> tuple[dict[str, Tensor], list[dict]]:
        """Train to the end; returns the EMA weights and the learning curve of the raw ones.

        Raises:
            Interrupted: a signal came or the allocation ends; the state is saved.
            ConvergenceError: the loss is no longer finite.
        """
        progress = self._restore()
        done, budget = progress.step, self.budget
        batches = StepBatches(self.train.sizes, budget.batch_size, self.settings.seed, done,
                              budget.iterations, budget.atom_budget, *self._place)
        device = self.fabric.device
        loader = make_loader(self.train, batches,
                             0 if device.type == "cpu" else GPU_LOADER_PROCESSES)
        bar = tqdm(total=budget.iterations, initial=done, unit="step", desc=self.settings.name,
                   file=sys.stderr, mininterval=2)
        with deferred_stop() as stop, bar:
            for batch in loader:
                self.step(batch.to(device, non_blocking=True), progress)
                bar.update()
                if progress.step % budget.validate_every == 0 or progress.step == budget.iterations:
                    self._validate(progress, bar)
                self._save_if_due(progress, stop)
        return self.optimisation.averaged_weights(), progress.curve

    @property
    def _place(self) -> tuple[int, int]:
        """Number of this process, and of how many."""
        return self.fabric.global_rank, self.fabric.world_size

    def _restore(self) -> Progress:
        state = self.rolling.load()
        if state is None:
            if self.fabric.is_global_zero:  # what other settings, data or code left
                shutil.rmtree(self.rolling.folder / LOGS, ignore_errors=True)
                (self.rolling.folder / "curve.csv").unlink(missing_ok=True)
            return Progress()
        self.optimisation.restore(state["optimisation"])
        progress = Progress.from_state(state["progress"], self.fabric.device)
        print(f"going on from step {progress.step} of {self.budget.iterations}", file=sys.stderr)
        return progress

    def step(self, batch: Batch, progress: Progress) -> None:
        """One optimiser step on a batch; counts it and keeps its loss."""
        graphs, share = self._of_step(batch)
        losses = batch_loss(self.network, self.process, self.guiding, batch,
                            self.keys["training"], progress.step, *self._place, graphs)
        total = share * sum(losses.values())
        self.fabric.backward(total)
        self.optimisation.step()
        progress.step += 1
        self.seen += graphs
        # of all processes, so that a state saved by one of them lacks nothing
        progress.losses.append(self.fabric.all_reduce(total.detach(), reduce_op="mean"))

    def _of_step(self, batch: Batch) -> tuple[int, float]:
        """Graphs of all processes, and this one's weight in the mean over processes.

        Losses are means over atoms or over graphs, as the process says; so weighted, their mean
        is that of the whole step's batch.
        """
        world = self.fabric.world_size
        if world == 1:
            return batch.num_graphs, 1.0
        here = {"graphs": batch.num_graphs, "atoms": batch.num_nodes}
        of_all = dict(zip(here, self.fabric.all_reduce(
            torch.tensor([*here.values()], device=self.fabric.device), reduce_op="sum").tolist(),
            strict=True))
        over = self.process.mean_over
        return of_all["graphs"], world * here[over] / of_all[over]

    @torch.no_grad()
    def _validate(self, progress: Progress, bar: tqdm) -> None:
        """Add a row to the curve: the losses of the raw weights, not of their average."""
        budget = self.budget
        batches = batches_in_order(self.validation.sizes, budget.batch_size, budget.atom_budget,
                                   budget.validation_batches)
        totals: dict[str, Tensor] = {}
        for number, batch in enumerate(DataLoader(self.validation, batch_sampler=batches)):
            losses = batch_loss(self.network, self.process, self.guiding,
                                batch.to(self.fabric.device), self.keys["validation"], number)
            for name, loss in losses.items():
                totals[name] = totals.get(name, torch.zeros_like(loss)) + loss / len(batches)
        means = {name: float(total) for name, total in totals.items()}
        train = torch.stack(progress.losses).mean()
        row = dict(zip(CURVE, (progress.step, float(train),
                               sum(means.values()), self.optimisation.learning_rate), strict=True))
        if not all(map(torch.isfinite, map(torch.tensor, row.values()))):
            raise ConvergenceError(
                f"training of {self.settings.name}: at step {progress.step} the training loss is "
                f"{row['train_loss']} and the validation loss {row['validation_loss']}; "
                "lower training.learning_rate or training.clip_norm.")
        self.optimisation.validated(means)
        progress.curve.append(row)
        progress.losses.clear()
        self._report(progress, row, bar)

    def _report(self, progress: Progress, row: dict, bar: tqdm) -> None:
        rate = self.seen / max(bar.format_dict["elapsed"], 1e-9)
        bar.set_postfix_str(f"{rate:.0f} molecules/s, "
                            f"validation {row['validation_loss']:.3f}")
        if self.fabric.is_global_zero:
            self.events.add(progress.step, {k: row[k] for k in CURVE[1:]})
            write_rows(self.rolling.folder / "curve.csv", CURVE, progress.curve)

    def _save_if_due(self, progress: Progress, stop: StopRequest) -> None:
        due = progress.step % self.budget.checkpoint_every == 0 or self.rolling.clock.due()
        stopping = self._any_stop(stop)
        if (due or stopping) and self.fabric.is_global_zero:
            self.rolling.save({"optimisation": self.optimisation.state(),
                               "progress": progress.state()})
        if not stopping:
            return
        self.fabric.barrier()  # a helper process that ended earlier could end the owner's save
        if not self.fabric.is_global_zero:
            sys.exit(0)  # Lightning kills the owner when a helper fails
        raise Interrupted(f"training of {self.settings.name} stopped at step {progress.step} and "
                          f"saved ({stop.reason or 'another process was told to'}); run the same "
                          "command to go on.")

    def _any_stop(self, stop: StopRequest) -> bool:
        """Whether any process was told to stop; the same answer in all, so that none waits."""
        if self.fabric.world_size == 1:
            return stop.requested
        told = torch.tensor(float(stop.requested), device=self.fabric.device)
        return bool(self.fabric.all_reduce(told, reduce_op="sum") > 0)


def make_loader(data: ConformerDataset, batches: StepBatches, processes: int) -> DataLoader:
    """The batches in order, made by this process (0) or by helper processes.

    With a GPU they come in pinned memory, from which copies to it do not wait.
    """
    return DataLoader(data, batch_sampler=batches, num_workers=processes,
                      worker_init_fn=_ignore_stops, pin_memory=torch.cuda.is_available())


def _ignore_stops(worker: int) -> None:
    """A stop sent to the whole process group must not kill a helper before its owner saves."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def make_fabric(settings: TrainSettings) -> Fabric:
    """Fabric on CUDA where there is a card, else on the CPU.

    A job is one command, also under SLURM: for several GPUs it starts its own helpers.
    """
    training = settings.stage.training
    on_gpu = torch.cuda.is_available()
    full = training.precision == "32-true" or not on_gpu
    torch.set_float32_matmul_precision("highest" if full else "high")
    fabric = Fabric(accelerator="cuda" if on_gpu else "cpu",
                    devices=training.devices if on_gpu else 1,
                    precision="32-true" if training.precision == "auto" else training.precision,
                    plugins=LightningEnvironment())
    fabric.launch()
    return fabric
