"""``train_stage`` in two CPU processes, as on two GPUs; takes the arguments of the step.

``STEP_SECONDS`` in the environment: a pause before each training step.
"""

import os
import sys
import time

import lightning_fabric
import torch
from lightning_fabric.plugins.environments import LightningEnvironment

from pipeline_src.run.step import run_step
from pipeline_src.stages import training
from pipeline_src.train_stage import train_stage


def two_cpus(settings) -> lightning_fabric.Fabric:
    fabric = lightning_fabric.Fabric(
        accelerator="cpu", devices=2, strategy="ddp", plugins=LightningEnvironment())
    fabric.launch()
    return fabric


def slowed(step, seconds: float):
    def slow(*arguments):
        time.sleep(seconds)
        step(*arguments)

    return slow


if __name__ == "__main__":
    torch.set_num_threads(1)
    training.make_fabric = two_cpus
    training.StageTraining.step = slowed(
        training.StageTraining.step, float(os.environ.get("STEP_SECONDS", "0")))
    run_step(train_stage, sys.argv[1:])
