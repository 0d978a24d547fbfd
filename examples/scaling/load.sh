#!/bin/bash
# Slurm: one share of a load. The job is not restarted because of failed rows, so 2 ends it as 0 does.
#   J=$(sbatch --parsable --array=0-7 load.sh -Count 8 -Path /data/orders.csv -ConnectionString 'Host=db;Database=shop;Username=etl')
#   sbatch --dependency=afterany:$J verify.sh -Count 8 -ConnectionString 'Host=db;Database=shop;Username=etl'
# The cluster's slurm.conf has RequeueExit=75; KillWait must be longer than -DrainTimeoutSec (25 s).
#SBATCH --job-name=etl-load --requeue --open-mode=append --output=load.%A.%a.out --cpus-per-task=1 --signal=B:TERM@60
# exec, so that PowerShell replaces this shell: signals go only to the batch process. The pwsh of the .NET tool is only a launcher.
exec "${ETL_PWSH:-pwsh}" -NoProfile -NonInteractive -File "${ETL_EXAMPLES:-$SLURM_SUBMIT_DIR}/load.ps1" "$@"
