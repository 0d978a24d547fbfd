#!/bin/bash
# Slurm: runs after the array, whatever the outcome of its tasks, and is restarted while a share is open.
#SBATCH --job-name=etl-verify --requeue --open-mode=append --output=verify.%j.out --cpus-per-task=1
exec "${ETL_PWSH:-pwsh}" -NoProfile -NonInteractive -File "${ETL_EXAMPLES:-$SLURM_SUBMIT_DIR}/verify.ps1" "$@"
