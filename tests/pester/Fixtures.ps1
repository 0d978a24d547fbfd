# What tests need of the world outside: fresh processes, a PostgreSQL server, a web service, a look into databases.

# Runs a script in a pwsh of its own, with the built module on its module path.
function Invoke-FreshShell([string[]] $Arguments, [string] $Folder) {
    $start = [Diagnostics.ProcessStartInfo]::new((Join-Path $PSHOME 'pwsh'))
    @('-NoProfile', '-NonInteractive') + $Arguments | ForEach-Object { $start.ArgumentList.Add($_) }
    $modules = Split-Path (Split-Path $env:ETLTOOLS_MODULE)
    $start.Environment['PSModulePath'] = "$modules$([IO.Path]::PathSeparator)$env:PSModulePath"
    $start.WorkingDirectory = $Folder
    $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $errors = $process.StandardError.ReadToEndAsync()
    $output = $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    [pscustomobject]@{ ExitCode = $process.ExitCode; Output = $output; Errors = $errors.Result }
}

# A connection of the module's own drivers, which no session sees by itself.
function New-Connection([string] $Type, [string] $ConnectionString) {
    $null = Get-EtlBreaker
    $context = [Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -EQ 'EtlTools'
    $assembly = $Type.Substring(0, $Type.LastIndexOf('.'))
    [Activator]::CreateInstance($context.LoadFromAssemblyName([Reflection.AssemblyName]::new($assembly)).GetType($Type), $ConnectionString)
}

# The rows of a query, a text each.
function Get-Row([Data.Common.DbConnection] $Connection, [string] $Query) {
    $Connection.Open()
    $command = $Connection.CreateCommand()
    $command.CommandText = $Query
    $reader = $command.ExecuteReader()
    try {
        while ($reader.Read()) { @(for ($i = 0; $i -lt $reader.FieldCount; $i++) { "$($reader.GetValue($i))" }) -join '|' }
    }
    finally {
        $reader.Dispose()
        $Connection.Dispose()
    }
}

function Get-SqliteRow([string] $Path, [string] $Query) {
    Get-Row (New-Connection 'Microsoft.Data.Sqlite.SqliteConnection' "Data Source=$Path;Pooling=False") $Query
}

function Get-PostgresRow([string] $ConnectionString, [string] $Query) {
    Get-Row (New-Connection 'Npgsql.NpgsqlConnection' "$ConnectionString;Pooling=False") $Query
}

function Get-FreePort {
    $probe = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $probe.Start()
    $probe.LocalEndpoint.Port
    $probe.Stop()
}

# A PostgreSQL server with a cluster of its own, to be given to Stop-Postgres. Where the server's programs are not installed, the tests fail.
function Start-Postgres {
    $program = $IsWindows ? 'initdb.exe' : 'initdb'
    $roots = $IsWindows ? 'C:\Program Files\PostgreSQL' : ('/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt', '/usr/pgsql')
    $bin = $env:ETLTOOLS_TEST_PGBIN ?? ($roots | Where-Object { Test-Path $_ } | Get-ChildItem -Directory | ForEach-Object { Join-Path $_.FullName 'bin' } |
            Where-Object { Test-Path (Join-Path $_ $program) } | Sort-Object | Select-Object -Last 1)
    if (-not $bin) { throw 'PostgreSQL''s server programs are not installed: the tests need the package postgresql, or its folder in ETLTOOLS_TEST_PGBIN.' }

    $folder = [IO.Directory]::CreateTempSubdirectory('etl-pg-').FullName
    # PostgreSQL refuses to run as root.
    $as = @()
    if (-not $IsWindows -and [Environment]::UserName -eq 'root') {
        & chown postgres $folder
        $as = 'setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'
    }
    $data = Join-Path $folder 'data'
    $port = Get-FreePort
    $server = [pscustomobject]@{ Control = @($as) + (Join-Path $bin 'pg_ctl') + '-D' + $data; Folder = $folder; ConnectionString = "Host=127.0.0.1;Port=$port;Database=postgres;Username=postgres" }
    $steps = @(
        , (@($as) + (Join-Path $bin $program) + '-D', $data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions')
        , ($server.Control + '-l', (Join-Path $folder 'log'), '-w', '-o', "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off", 'start')
    )
    Push-Location $folder
    try {
        foreach ($step in $steps) {
            $said = & $step[0] @($step | Select-Object -Skip 1) 2>&1
            if ($LASTEXITCODE) { throw "$step failed: $said" }
        }
    }
    finally {
        Pop-Location
    }
    $server
}

function Stop-Postgres($Server) {
    $null = & $Server.Control[0] @($Server.Control | Select-Object -Skip 1) -m immediate -w stop
    Remove-Item $Server.Folder -Recurse -Force
}

# A web service. The answer is made by a script of the request's path, its query, and what the test shares with it, and is JSON, or a number
# for a status. Ends with Stop-WebService.
function Start-WebService([scriptblock] $Answer, [hashtable] $Shared = @{}) {
    $address = "http://127.0.0.1:$(Get-FreePort)"
    $listener = [Net.HttpListener]::new()
    $listener.Prefixes.Add("$address/")
    $listener.Start()
    $shell = [powershell]::Create([initialsessionstate]::CreateDefault2()).AddScript({
            param($listener, $text, $shared)
            $answer = [scriptblock]::Create($text)
            while ($listener.IsListening) {
                # In short waits: a listener that closes at this moment does not answer at all.
                try {
                    $coming = $listener.GetContextAsync()
                    while (-not $coming.Wait(100)) { if (-not $listener.IsListening) { return } }
                }
                catch {
                    if ($listener.IsListening) { throw }
                    return
                }
                $context = $coming.Result
                $query = @{}
                foreach ($name in $context.Request.QueryString.AllKeys) { $query[$name] = $context.Request.QueryString[$name] }
                $context.Response.ContentType = 'application/json'
                try {
                    $said = & $answer $context.Request.Url.AbsolutePath $query $shared
                    if ($said -is [int]) { $context.Response.StatusCode = $said }
                }
                catch {
                    # Of no use to try again: the caller's error shows that the answer is at fault.
                    $context.Response.StatusCode = 418
                    $said = "$_"
                    [Console]::Error.WriteLine("The test's service failed: $_")
                }
                $context.Response.Close([Text.Encoding]::UTF8.GetBytes("$said"), $false)
            }
        }).AddArgument($listener).AddArgument("$Answer").AddArgument($Shared)
    [pscustomobject]@{ Address = $address; Listener = $listener; Shell = $shell; Loop = $shell.BeginInvoke() }
}

function Stop-WebService($Service) {
    # The service's loop ends with the listener.
    $Service.Listener.Close()
    $null = $Service.Shell.EndInvoke($Service.Loop)
    $Service.Shell.Dispose()
}
