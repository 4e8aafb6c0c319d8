# SMILES in, SDF out: snakemake --cores 2 generate --config smiles=molecules.smi chain=geodiff-msgen2
if TARGET in PLAN.runs:
    GENERATED = PLAN.runs[TARGET][0]
    GENERATED_FOLDER = f"results/generate/{GENERATED.dataset.removeprefix('smiles-')}"

    # The target: the SDF a chemist opens, and the molecules that could not be done.
    rule generate:
        input:
            f"{GENERATED_FOLDER}/{GENERATED.chain}.sdf",
            f"{GENERATED_FOLDER}/{GENERATED.chain}-rejected.csv",
        localrule: True

    use rule export_sdf as export_generated with:
        input:
            samples=PLAN.sharded(GENERATED.samples, GENERATED.dataset),
            imported=f"results/datasets/{GENERATED.dataset}/rejected.csv",
        output:
            sdf=f"{GENERATED_FOLDER}/{GENERATED.chain}.sdf",
            rejected=f"{GENERATED_FOLDER}/{GENERATED.chain}-rejected.csv",
        log:
            f"results/logs/export_sdf/{GENERATED.dataset}/{GENERATED.chain}.log",

else:

    # Without --config smiles=... there is nothing to generate from: say so.
    rule generate:
        log:
            "results/logs/generate.log",
        localrule: True
        conda:
            "../../envs/chem.yaml"
        params:
            message="give the molecules: snakemake --cores 2 generate --config"
            " smiles=molecules.smi conformers=20 chain=geodiff-msgen2",
        shell:
            "echo {params.message:q} | tee {log} >&2; exit 2"
