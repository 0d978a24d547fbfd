# A Slurm of its own on loopback: a controller and three nodes of this host, without systemd, cgroups or accounting. Started as root, and
# stopped by the daemons' files of process ids.

function Test-Slurm {
    $IsLinux -and [Environment]::UserName -eq 'root' -and @('munged', 'slurmctld', 'slurmd', 'sbatch', 'setpriv' | Where-Object { -not (Get-Command $_ -CommandType Application -ErrorAction Ignore) }).Count -eq 0
}

function Invoke-Program([string] $Program) {
    $said = & $Program @args 2>&1
    if ($LASTEXITCODE) { throw "$Program $args failed: $said" }
    $said
}

function Start-Slurm([string] $Modules) {
    $folder = [IO.Directory]::CreateTempSubdirectory('etl-slurm-').FullName
    Invoke-Program chmod 755 $folder
    foreach ($name in 'ctld', 'log', 'munge') { $null = New-Item -ItemType Directory -Path (Join-Path $folder $name) }
    foreach ($i in 1..3) { $null = New-Item -ItemType Directory -Path (Join-Path $folder "spool/n$i") -Force }
    [IO.File]::WriteAllBytes("$folder/munge/key", [Security.Cryptography.RandomNumberGenerator]::GetBytes(1024))
    Invoke-Program chown -R munge: "$folder/munge"
    Invoke-Program chmod 400 "$folder/munge/key"
    Invoke-Program chown slurm: "$folder/ctld" "$folder/log"
    $hostName = Invoke-Program hostname -s
    # Four ports in a row that nobody listens at: the controller's and the nodes'.
    $ports = @(1..4 | ForEach-Object { Get-FreePort })
    $nodes = foreach ($i in 1..3) { "NodeName=n$i NodeHostname=$hostName NodeAddr=127.0.0.1 Port=$($ports[$i]) CPUs=1 State=UNKNOWN" }
    Set-Content "$folder/slurm.conf" (@"
ClusterName=etl
SlurmctldHost=$hostName(127.0.0.1)
SlurmctldPort=$($ports[0])
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket,cred_expire=5
CredType=cred/munge
SlurmUser=slurm
StateSaveLocation=$folder/ctld
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/ctld/slurmctld.pid
SlurmdPidFile=$folder/spool/%n/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobRequeue=1
RequeueExit=75
KillWait=40
MessageTimeout=5
ReturnToService=2
$($nodes -join "`n")
PartitionName=etl Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"@)
    $slurm = [pscustomobject]@{ Folder = $folder }
    $env:SLURM_CONF = "$folder/slurm.conf"
    try {
        Invoke-Program setpriv --reuid munge --regid munge --clear-groups munged --key-file=$folder/munge/key --socket=$folder/munge/socket --pid-file=$folder/munge/munged.pid --log-file=$folder/munge/munged.log --seed-file=$folder/munge/seed --force
        Invoke-Program slurmctld -c -f $env:SLURM_CONF
        foreach ($i in 1..3) { Invoke-Program slurmd -N "n$i" -f $env:SLURM_CONF }
        Wait-Until 60 'all nodes are idle' { @(sinfo -h -N -o '%t' 2>$null | Where-Object { $_ -eq 'idle' }).Count -eq 3 }
    }
    catch {
        Stop-Slurm $slurm
        throw
    }
    $slurm
}

function Stop-Slurm($Slurm) {
    foreach ($file in @(Get-ChildItem $Slurm.Folder -Recurse -Filter '*.pid' | Sort-Object Name -Descending)) {
        $id = [int](Get-Content $file -TotalCount 1)
        $process = Get-Process -Id $id -ErrorAction Ignore
        if (-not $process) { continue }
        $process.Kill()
        $null = $process.WaitForExit(10000)
    }
    $env:SLURM_CONF = $null
    Remove-Item $Slurm.Folder -Recurse -Force
}

# Waits for a state, as long as a machine with other work may need.
function Wait-Until([int] $Seconds, [string] $What, [scriptblock] $Condition) {
    $end = [datetime]::UtcNow.AddSeconds($Seconds)
    while (-not (& $Condition)) {
        if ([datetime]::UtcNow -gt $end) { throw "Not within $Seconds s: $What." }
        Start-Sleep -Milliseconds 100
    }
}
