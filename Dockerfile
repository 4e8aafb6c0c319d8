# The workflow with the versions of requirements.lock and, for Psi4 and xtb, of envs/*.yaml.
# Text only: it is not built or tried by this project's tests, which hold its versions to those files.
#   docker build --tag msgen .
#   docker run --rm --volume "$PWD:/work" msgen --cores 2 demo      # results/ in this folder
FROM debian:bookworm-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git make python3-venv \
    && rm -rf /var/lib/apt/lists/*
COPY --from=mambaorg/micromamba:2.0.5 /bin/micromamba /usr/local/bin/micromamba

WORKDIR /msgen
COPY . .
# .venv from requirements.lock, .psi4-env and .xtb-env from envs/*.yaml by micromamba.
RUN make setup psi4 xtb \
    && test -x .psi4-env/bin/psi4 && test -x .xtb-env/bin/xtb \
    && micromamba clean --all --yes

ENV PATH=/msgen/.venv/bin:$PATH
WORKDIR /work
ENTRYPOINT ["snakemake", "--snakefile", "/msgen/workflow/Snakefile"]
CMD ["--cores", "2"]
