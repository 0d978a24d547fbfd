# Windows Task Scheduler ends a process without a signal, so the run is drained by the stop file and -MaxDuration.
$action = New-ScheduledTaskAction -Execute 'pwsh.exe' -WorkingDirectory 'D:\etl' -Argument '-NoProfile -NonInteractive -File D:\etl\load-orders.ps1 -StopFilePath D:\etl\stop -MaxDuration 00:50:00'
$trigger = New-ScheduledTaskTrigger -Once -At (Get-Date).Date -RepetitionInterval (New-TimeSpan -Hours 1)

# The limit is longer than -MaxDuration, so that Windows does not have to kill the task.
$settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit (New-TimeSpan -Minutes 58) -MultipleInstances IgnoreNew -StartWhenAvailable

# A task without a principal runs only while its user is logged on. This is a group managed service account, which needs no password; of
# another account give -User and -Password in place of -Principal. Only this account can read the dead letters.
$principal = New-ScheduledTaskPrincipal -UserId 'CONTOSO\etl$' -LogonType Password
Register-ScheduledTask -TaskName 'Load orders' -Action $action -Trigger $trigger -Settings $settings -Principal $principal
