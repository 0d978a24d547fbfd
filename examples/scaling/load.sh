#!/bin/bash
# Slurm: one share of a load. Rows that failed are no reason to start it again, so 2 ends the job like 0.
#   J=$(sbatch --parsable --array=0-7 load.sh -Count 8 -Path /data/orders.csv -ConnectionString 'Host=db;Database=shop;Username=etl')
#   sbatch --dependency=afterany:$J verify.sh -Count 8 -ConnectionString 'Host=db;Database=shop;Username=etl'
# The cluster's slurm.conf has RequeueExit=75; KillWait must be longer than -DrainTimeoutSec (25 s).
#SBATCH --job-name=etl-load --requeue --open-mode=append --output=load.%A.%a.out --cpus-per-task=1 --signal=B:TERM@60
# PowerShell itself, in place of this shell: signals go to the batch process alone, and the pwsh of the .NET tool is only a launcher.
exec "${ETL_PWSH:-pwsh}" -NoProfile -NonInteractive -File "${ETL_EXAMPLES:-$SLURM_SUBMIT_DIR}/load.ps1" "$@"
