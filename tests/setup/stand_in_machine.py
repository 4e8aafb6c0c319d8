"""A checkout and a PATH of stand-ins, to try the scripts that install a program."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
BASH = shutil.which("bash")
_TOOLS = ("bash", "dirname", "rm", "mkdir", "touch", "cat", "chmod")


class Machine:
    """A checkout and a PATH that holds nothing but basic tools and stand-ins.

    A stand-in logs its call. `conda` and the like "install" by making the file ``made`` of an
    environment, `apt-get install` by making the file ``system-<program>``; the venv's python, as
    ``found`` says in bash, finds either.

    Args:
        folder: an empty one.
        program: psi4 or xtb; names the script, the environment and what apt-get installs.
        made: the environment's file, relative to the environment.
        found: bash that prints what was found, or exits 2; {root} is the checkout, {folder} ours.
    """

    def __init__(self, folder: Path, program: str, made: str, found: str):
        self.program_name = program
        self.root, self.bin = folder / "checkout", folder / "bin"
        self.log = folder / "log"
        for needed in (self.root / "setup", self.root / ".venv" / "bin", self.bin):
            needed.mkdir(parents=True)
        self.made = self.root / f".{program}-env" / made
        shutil.copy(ROOT / "setup" / f"install_{program}.sh", self.root / "setup")
        shutil.copytree(ROOT / "envs", self.root / "envs")
        for tool in _TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        self.program("id", "echo 1000")
        self._write(self.root / ".venv" / "bin" / "python",
                    found.format(root=self.root, folder=folder))

    def program(self, name: str, body: str = "") -> None:
        self._write(self.bin / name, f'echo "{name} $*" >> {self.log}\n{body}')

    def conda(self, name: str, works: bool = True) -> None:
        self.program(name, f"mkdir -p {self.made.parent}; touch {self.made}; chmod +x {self.made}"
                     if works else "exit 1")

    def apt_get(self) -> None:
        made = self.log.parent / f"system-{self.program_name}"
        self.program("apt-get", f'[ "$1" = update ] || touch {made}')

    def install(self, **environment: str) -> subprocess.CompletedProcess:
        script = self.root / "setup" / f"install_{self.program_name}.sh"
        return subprocess.run([BASH, str(script)], capture_output=True, text=True, timeout=60,
                              env={"PATH": str(self.bin), **environment})

    @property
    def calls(self) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if not line.startswith("id ")]

    @property
    def recorded(self) -> str:
        return (self.root / ".venv" / "psi4-python").read_text().strip()

    @staticmethod
    def _write(path: Path, body: str) -> None:
        path.write_text(f"#!{BASH}\n{body}\n")
        path.chmod(0o755)
