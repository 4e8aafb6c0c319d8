"""A real SLURM cluster of one node, of daemons of its own: no systemd, no accounting, fake GPUs.

SLURM drops its variables on the way into a job, so that the configuration has to lie in /etc/slurm
while the cluster runs: hence as root, and not where SLURM is at work already.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

ETC = Path("/etc/slurm")
FILES = ("slurm.conf", "gres.conf")
DAEMONS = ("munged", "slurmctld", "slurmd")
START_S = 60
LIVING = ("PENDING", "RUNNING", "SUSPENDED", "COMPLETING")
NULL_DEVICE = os.makedev(1, 3)  # the fake cards are really /dev/null

SLURM_CONF = """\
ClusterName={name}
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# a requeued job waits until its credentials have expired: 20 s, not two minutes
AuthInfo=socket={folder}/munge.sock,cred_expire=20
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
# a batch script may die before what it has started: by its group that is found all the same
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=5,sched_min_interval=0,batch_sched_delay=0,sched_interval=5
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
# jobs of the partition "urgent" take the place of others
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
# more processors and memory than the machine may have
SlurmdParameters=config_overrides
# jobs that use more memory than they ask for are killed
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
# the whole table of jobs, to the end of the tests
MinJobAge=86400
KillWait=10
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 Boards=1 SocketsPerBoard=1 CoresPerSocket=4 \
ThreadsPerCore=1 RealMemory=32000 Gres=gpu:1 State=UNKNOWN
PartitionName=cpu Nodes={host} Default=YES MaxTime=1-00:00:00 DefMemPerCPU=256 State=UP
PartitionName=gpu Nodes={host} Default=NO MaxTime=1-00:00:00 DefMemPerCPU=256 State=UP
PartitionName=urgent Nodes={host} Default=NO MaxTime=1-00:00:00 DefMemPerCPU=256 State=UP \
PriorityTier=10
"""
GRES_CONF = """\
AutoDetect=off
NodeName={host} Name=gpu File={folder}/card0
"""


@dataclass(frozen=True)
class Job:
    """A row of SLURM's table of jobs; times in seconds of the epoch, whole ones."""

    number: int
    state: str
    partition: str
    rule: str
    gpus: int
    restarts: int
    folder: Path
    submitted: float
    started: float
    ended: float

    def overlaps(self, other: "Job") -> bool:
        """Whether both ran at some moment."""
        return self.started < other.ended and other.started < self.ended

    def waited_for(self, other: "Job") -> bool:
        """Whether it was in the queue before the other, which ran first, had ended."""
        return self.submitted < other.ended <= self.started


class Cluster:
    """The daemons and their folder, from ``start`` to ``stop``."""

    def __init__(self, started: Path | None = None) -> None:
        """Args: started: folder of one that another process has started and will stop."""
        # short: it holds sockets
        self.folder = started or Path(tempfile.mkdtemp(prefix="slurm-"))
        self.name = self.folder.name.lower().replace("_", "x")
        self.host = socket.gethostname().split(".")[0]
        self._daemons: list[subprocess.Popen] = []
        self._made_etc = False

    def start(self) -> None:
        """Write the configuration, start the daemons and wait until the node is idle.

        Raises:
            RuntimeError: not root, a program is missing, SLURM runs here, or nothing comes up.
        """
        check_machine()
        self._configure()
        self._link()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        socket_file = self.folder / "munge.sock"
        # --force: for root alone, no matter who may enter the folder
        self._daemon("munged", "--foreground", "--force", f"--key-file={key}",
                     f"--socket={socket_file}", f"--pid-file={self.folder}/munged.pid",
                     f"--seed-file={self.folder}/munged.seed", "--num-threads=2")
        self._wait(socket_file.exists, "munged's socket")
        self._daemon("slurmctld", "-D", "-c", "-f", str(self.folder / "slurm.conf"))
        self._daemon("slurmd", "-D", "-f", str(self.folder / "slurm.conf"), "-N", self.host)
        self._wait(self.idle, "an idle node")

    def stop(self) -> None:
        """End jobs, daemons and what they left, and put /etc/slurm back; also half started."""
        with contextlib.suppress(RuntimeError, subprocess.SubprocessError):
            if len(self._daemons) == len(DAEMONS):
                self.cancel_all()
        for daemon in reversed(self._daemons):
            daemon.terminate()
            try:
                daemon.wait(15)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        left = self.processes()
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=10)
        self._unlink()
        shutil.rmtree(self.folder, ignore_errors=True)

    def idle(self) -> bool:
        """Whether every partition has its node, and nothing runs on it."""
        done = subprocess.run(["sinfo", "--noheader", "--format=%P %T"], check=False,
                              capture_output=True, text=True, timeout=30)
        return sorted(done.stdout.split()) == sorted(["cpu*", "gpu", "urgent", *3 * ["idle"]])

    def jobs(self, folder: Path | None = None) -> list[Job]:
        """The table of jobs, finished ones too; of a working folder alone where one is given."""
        text = self.command("scontrol", "--oneliner", "show", "job")
        found = [job_of(line) for line in text.splitlines() if line.startswith("JobId=")]
        return [job for job in found if folder in (None, job.folder)]

    def running(self, rule: str, folder: Path) -> Job | None:
        """The running job of a rule, if there is one."""
        return next((job for job in self.jobs(folder)
                     if job.rule == rule and job.state == "RUNNING"), None)

    def cancel_all(self, folder: Path | None = None) -> None:
        """Cancel what is queued or runs, of a working folder alone where one is given, and wait."""
        def living() -> list[Job]:
            return [job for job in self.jobs(folder) if job.state in LIVING]

        for job in living():
            subprocess.run(["scancel", str(job.number)], check=False, timeout=30)
        self._wait(lambda: not living(), "jobs to end")

    def processes(self) -> list[psutil.Process]:
        """What its jobs and daemons have started and still runs."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def command(self, *words: str) -> str:
        """Output of a SLURM command that has to succeed."""
        return subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return (process.environ().get("SLURM_CLUSTER_NAME") == self.name
                    or any(str(self.folder) in word for word in process.cmdline())
                    or process.cwd().startswith(str(self.folder)))
        except psutil.Error:
            return False  # gone

    def _configure(self) -> None:
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        os.mknod(self.folder / "card0", 0o20666, NULL_DEVICE)
        values = {"name": self.name, "host": self.host, "folder": self.folder,
                  "ports": free_ports(2)}
        (self.folder / "slurm.conf").write_text(SLURM_CONF.format(**values), encoding="utf-8")
        (self.folder / "gres.conf").write_text(GRES_CONF.format(**values), encoding="utf-8")

    def _link(self) -> None:
        self._made_etc = not ETC.exists()
        ETC.mkdir(exist_ok=True)
        for name in FILES:
            place = ETC / name
            if place.is_symlink() and not place.exists():  # of tests that were killed
                place.unlink()
            if place.exists():
                place.rename(kept(place))
            place.symlink_to(self.folder / name)

    def _unlink(self) -> None:
        for name in FILES:
            place = ETC / name
            if place.is_symlink() and place.readlink() == self.folder / name:
                place.unlink()
                if kept(place).exists():
                    kept(place).rename(place)
        if self._made_etc:
            with contextlib.suppress(OSError):  # not empty: someone else's
                ETC.rmdir()

    def _daemon(self, *words: str) -> None:
        with open(self.folder / f"{words[0]}.out", "w", encoding="utf-8") as output:
            # a killed pytest takes them with it
            self._daemons.append(subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *words], stdout=output,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL))

    def _wait(self, ready, what: str) -> None:
        deadline = time.monotonic() + START_S
        while not ready():
            ended = [d.args[3] for d in self._daemons if d.poll() is not None]
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"no {what}; ended: {ended or 'none'}\n{self.logs()}")
            time.sleep(0.1)

    def logs(self) -> str:
        """The last lines of all daemons."""
        return "\n".join(f"{file.name}: {line}" for suffix in ("out", "log")
                         for file in sorted(self.folder.glob(f"*.{suffix}"))
                         for line in file.read_text(errors="replace").splitlines()[-15:])


def check_machine() -> None:
    """Raises RuntimeError where the cluster cannot be started."""
    missing = [name for name in DAEMONS if shutil.which(name) is None]
    if missing:
        raise RuntimeError(f"{', '.join(missing)} not found: run `make slurm`")
    if os.geteuid() != 0:
        raise RuntimeError("SLURM's daemons are started as root here; run the tests as root")
    running = {process.name() for process in psutil.process_iter(["name"])} & set(DAEMONS[1:])
    if running:
        raise RuntimeError(f"{', '.join(sorted(running))} runs here already; its configuration "
                           "is not touched")


def kept(place: Path) -> Path:
    """Where a file of /etc/slurm lies while the cluster runs."""
    return place.with_name(f"{place.name}.before-tests")


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for opened in sockets:
            opened.bind(("127.0.0.1", 0))
        return [opened.getsockname()[1] for opened in sockets]


def job_of(line: str) -> Job:
    """A job from a line of ``scontrol --oneliner show job``."""
    fields = dict(word.split("=", 1) for word in line.split() if "=" in word)
    gpus = fields.get("TresPerJob", "").partition("gres:gpu:")[2] or 0
    rule = fields.get("Comment", "").removeprefix("rule_").split("_wildcards_")[0]
    return Job(number=int(fields["JobId"]), state=fields["JobState"],
               partition=fields["Partition"], rule=rule, gpus=int(gpus),
               restarts=int(fields["Restarts"]), folder=Path(fields["WorkDir"]),
               submitted=moment(fields["SubmitTime"]), started=moment(fields["StartTime"]),
               ended=moment(fields["EndTime"]))


def moment(text: str) -> float:
    """SLURM's local time in seconds of the epoch; infinity where it is not known."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:  # Unknown, N/A
        return float("inf")
