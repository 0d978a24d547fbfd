#!/bin/bash
# Slurm: runs behind the array, whatever became of its tasks, and is started again while a share is open.
#SBATCH --job-name=etl-verify --requeue --open-mode=append --output=verify.%j.out --cpus-per-task=1
exec "${ETL_PWSH:-pwsh}" -NoProfile -NonInteractive -File "${ETL_EXAMPLES:-$SLURM_SUBMIT_DIR}/verify.ps1" "$@"
