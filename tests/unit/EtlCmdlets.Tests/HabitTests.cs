using System.Management.Automation;
using EtlTools.Engine.Tests.Extract.Api;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>What people type who come from other modules does what they mean.</summary>
public sealed class HabitTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public HabitTests() => _session.Write("a.csv", "id,email,note\n1,a@b.c,x\n2,nothing,y\n");

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("Export-EtlSqlUpsert t -SqlitePath t.db -Key id -CreateTable")]
    [InlineData("Export-EtlSqlUpsert -TableName t -SqlitePath t.db -KeyColumn id -AutoCreateTable")]
    [InlineData("Export-EtlSqlUpsert t -Provider Sqlite3 -ConnectionString 'Data Source=t.db' -PrimaryKey id -AutoCreateTable")]
    [InlineData("Export-EtlSqlUpsert t -DataSource t.db -Key id -CreateTable")]
    public void Load_NamesOfHabit_Load(string export)
    {
        PSObject result = Assert.Single(_session.Run($"Import-EtlCsv a.csv | {export}"));
        Assert.Equal(("Sqlite", 2L), (result.Properties["Provider"].Value, result.Properties["Loaded"].Value));
        Assert.Equal(["1|a@b.c|x", "2|nothing|y"], Table.Rows(_session.PathOf("t.db"), "SELECT * FROM t ORDER BY id"));
        // The key is the table's key.
        PSObject again = Assert.Single(_session.Run($"Import-EtlCsv a.csv | {export}"));
        Assert.Equal(["2"], Table.Rows(_session.PathOf("t.db"), "SELECT count(*) FROM t"));
        Assert.Equal(2L, again.Properties["Updated"].Value);
    }

    [Fact]
    public void Transform_Match_IsPattern()
    {
        Outcome outcome = _session.Try("Import-EtlCsv a.csv | Invoke-EtlTransform -Match @{ email = '@' }");
        Assert.Equal("1", Assert.Single(outcome.Output).Properties["id"].Value);
        Assert.StartsWith("PatternMismatch,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Property note, id", "note id")]
    [InlineData("-ExcludeProperty email", "id note")]
    public void Transform_PropertyNames_ChooseColumns(string arguments, string columns) =>
        Assert.Equal(columns, string.Join(' ', _session.Run($"Import-EtlCsv a.csv | Invoke-EtlTransform {arguments}")[0].Properties.Select(property => property.Name)));

    [Fact]
    public void Api_Url_IsUri()
    {
        using var service = new TestService(context => context.Json("""[{"id":1}]"""));
        Assert.Equal("1", Assert.Single(_session.Run($"Invoke-EtlApi -Url {service.Url}/items -ItemPath '$'")).Properties["id"].Value.ToString());
    }

    [Theory]
    [InlineData("-SqlInstance db -JournalMode Wal", "-SqlInstance is for -Provider SqlServer and -JournalMode for -Provider Sqlite")]
    [InlineData("-ServerInstance db -SqlCredential $ada -JournalMode Wal", "-SqlCredential is for -Provider SqlServer and -JournalMode for -Provider Sqlite")]
    [InlineData("-SqlInstance db -Provider PostgreSQL", "this is PostgreSQL. Name the server with -ServerInstance.")]
    [InlineData("-ServerInstance db -SqlCredential $ada -Provider PostgreSQL", "this is PostgreSQL. Use -Credential.")]
    [InlineData("-SqlInstance db -ServerInstance db", "-SqlInstance and -ServerInstance both name the server")]
    [InlineData("-SqlInstance db -Credential $ada -SqlCredential $ada", "-SqlCredential and -Credential both say who logs in")]
    [InlineData("-SqlInstance db:1433", "follows a colon. SQL Server expects a comma: 'db,1433'")]
    public void Connection_NamesOfSqlServer_TellTheProvider(string connection, string message)
    {
        _session.Run("$ada = [pscredential]::new('ada', [securestring]::new())");
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv | Export-EtlSqlUpsert t -Key id -OutageBudgetSec 0 {connection}");
        Assert.Contains(message, outcome.EndingError.Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Import-EtlSql 'SELECT 1'")]
    [InlineData("Get-EtlWatermark")]
    [InlineData("Remove-EtlWatermark -Name w -Confirm:$false")]
    [InlineData("Complete-EtlPartition w -Count 2")]
    [InlineData("Export-EtlReport a.html")]
    public void Connection_SqlInstance_TellsTheProviderToEachCommand(string command)
    {
        Outcome outcome = _session.Try($"{command} -SqlInstance db:1433");
        Assert.Contains("SQL Server expects a comma", outcome.EndingError.Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Postgres", "PostgreSQL")]
    [InlineData("npgsql", "PostgreSQL")]
    [InlineData("MSSQL", "SqlServer")]
    public void Provider_NamesOfHabit_MeanTheirDatabase(string name, string provider)
    {
        // What only another kind of database has tells which one was understood.
        string other = provider == "SqlServer" ? "-JournalMode Wal" : "-UseMerge";
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv | Export-EtlSqlUpsert t -Provider {name} -ServerInstance 127.0.0.1 -Key id {other} -OutageBudgetSec 0");
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains($"and this is {provider}", outcome.EndingError.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ValuesFromAJobOrAFile_AreWhatTheyWere()
    {
        const string Value = "[pscustomobject]@{ id = 1; at = [datetimeoffset]'2026-07-01T10:00:00.1234567+02:00'; day = [dateonly]'2026-07-02'; clock = [timeonly]'10:11:12.5'; "
            + "big = [bigint]::Parse('-123456789012345678901234567890'); kind = [dayofweek]'Friday'; flags = [IO.FileAttributes]'Hidden,System'; none = [pscustomobject]@{} }";
        const string Load = "Export-EtlSqlUpsert -Table t -Key id -CreateTable";
        _session.Run($"{Value} | {Load} -SqlitePath live.db; {Value} | Export-Clixml o.xml; Import-Clixml o.xml | {Load} -SqlitePath file.db");
        Assert.Equal(Table.Rows(_session.PathOf("live.db"), "SELECT * FROM t"), Table.Rows(_session.PathOf("file.db"), "SELECT * FROM t"));
        Assert.Equal(Table.Rows(_session.PathOf("live.db"), "SELECT sql FROM sqlite_schema"), Table.Rows(_session.PathOf("file.db"), "SELECT sql FROM sqlite_schema"));
        Assert.Contains("|Friday|", Assert.Single(Table.Rows(_session.PathOf("file.db"), "SELECT * FROM t")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("${using:l}.Count", "3")]
    [InlineData("$using:l[1]", "20")]
    [InlineData("$using:h['k']", "v")]
    public void Transform_UsingWithMembers_IsRead(string expression, string value) =>
        Assert.Equal(value, _session.Run($"$l = 10, 20, 30; $h = @{{ k = 'v' }}; Import-EtlCsv a.csv | Invoke-EtlTransform {{ $_.note = {expression}; $_ }}")[0].Properties["note"].Value.ToString());

    [Fact]
    public void Transform_UsingThatFails_IsAWrongCall()
    {
        Outcome outcome = _session.Try("$n = $null; Import-EtlCsv a.csv | Invoke-EtlTransform { $_.note = $using:n[0]; $_ }");
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("$using:n[0] cannot be evaluated in the session (NullArray)", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_BlockThatIsNull_IsRefused() =>
        Assert.StartsWith("ParameterArgumentValidationError,", _session.Try("Import-EtlCsv a.csv | Invoke-EtlTransform $undefined").EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);

    [Theory]
    [InlineData("Compare-Object (Import-EtlCsv a.csv) (Import-EtlCsv b/a.csv) | ForEach-Object { \"$($_.InputObject.note)$($_.SideIndicator)\" }", "Y=> y<=")]
    [InlineData("Import-EtlCsv a.csv, b/a.csv | Select-Object -Unique | ForEach-Object note", "x y Y")]
    [InlineData("Import-EtlCsv a.csv, b/a.csv | Sort-Object -Unique | ForEach-Object note", "x Y y")]
    [InlineData("Import-EtlCsv a.csv, a.csv | Sort-Object | Get-Unique | ForEach-Object note", "x y")]
    public void Records_ComparedWithoutProperty_AreComparedByContent(string script, string notes)
    {
        Directory.CreateDirectory(_session.PathOf("b"));
        _session.Write("b/a.csv", "id,email,note\n1,a@b.c,x\n2,nothing,Y\n");
        Assert.Equal(notes, string.Join(' ', _session.Run(script).Select(note => note.ToString())));
    }

    [Theory]
    [InlineData("[pscustomobject]@{ Path = 'a.csv' }")]
    [InlineData("Import-EtlCsv list.csv")]
    [InlineData("Select-String -Path a.csv -Pattern nothing -List")]
    public void Import_ObjectsWithAPath_AreFiles(string files)
    {
        _session.Write("list.csv", "Path\na.csv\n");
        Assert.Equal(2, _session.Run($"{files} | Import-EtlCsv").Count);
    }

    [Theory]
    [InlineData("$total = $total + [int]$_.id; $_", true)]
    [InlineData("if ($_.id -eq 2) { $total = 1 }; $_.note = $total; $_", true)]
    [InlineData("$total += 1; $_", true)]
    [InlineData("$total = 0; $total += 1; $_", false)]
    [InlineData("if ($_.id) { $total = 1; $_.note = $total }; $_", false)]
    [InlineData("if ($total = $_.id) { $_.note = $total }; $_", false)]
    [InlineData("foreach ($total in 1, 2) { $_.note = $total }; $_", false)]
    [InlineData("try { $total = 2 } catch { }; $_.note = $total; $_", false)]
    [InlineData("[void][int]::TryParse('5', [ref] $total); $_.note = $total; $_", false)]
    [InlineData("$total, $list = 1, 2; $_.note = $total + $list; $_", false)]
    [InlineData("1..2 | ForEach-Object { $total = $_; $null = $total }; $_", false)]
    [InlineData("param($total) $_.note = $total; $_", false)]
    public void Transform_VariableOfTheSession_IsToldWhereTheBlockReadsItUnset(string block, bool isTold)
    {
        Outcome outcome = _session.Try($"$total = 100; $list = 1, 2; $sender = 'ops'; Import-EtlCsv a.csv | Invoke-EtlTransform {{ {block} }}");
        Assert.Equal(isTold, outcome.Warnings.Any(warning => warning.Contains("a variable of your session", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("$list[0] = 5; $_")]
    [InlineData("$sender; $_")]
    public void Transform_VariableOfTheSessionThatTheBlockNeverSets_IsRefused(string block) =>
        Assert.Contains("a variable of your session", _session.Try($"$list = 1, 2; $sender = 'ops'; Import-EtlCsv a.csv | Invoke-EtlTransform {{ {block} }}").EndingError.ToString(), StringComparison.Ordinal);

    [Fact]
    public void Transform_Closure_IsToldOfItsVariables()
    {
        Outcome outcome = _session.Try("function New-Block($Rate) { { $_.note = $Rate; $_ }.GetNewClosure() }; Import-EtlCsv a.csv | Invoke-EtlTransform (New-Block 2)");
        Assert.Contains(outcome.Warnings, warning => warning.Contains("$Rate", StringComparison.Ordinal));
    }

    [Fact]
    public void Records_OneOfThem_IsAListOfOne()
    {
        Assert.Equal("x x  True", Assert.Single(_session.Run("$r = Import-EtlCsv a.csv | Where-Object id -EQ 1; \"$($r[0].note) $($r[-1].note) $($r[1]) $([object]::ReferenceEquals($r, $r[0]))\"")).ToString());
        Assert.Equal("seven", Assert.Single(_session.Run("$r = [pscustomobject]@{ 0 = 'seven' } | Invoke-EtlTransform; $r[0]")).ToString());
    }

    [Theory]
    [InlineData("Invoke-EtlTransform { Write-Warning w; $_ } -WarningAction Stop", false)]
    [InlineData("Invoke-EtlTransform", true)]
    public void Run_WhoseRecordsNeverReachTheTable_HasNotSucceeded(string transform, bool succeeds)
    {
        _session.Try($"try {{ Import-EtlCsv a.csv | {transform} | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable }} catch {{ }}");
        Assert.Equal(succeeds, _session.Run("(Get-EtlRun)[-1]")[0].Properties["Succeeded"].Value);
    }

    [Theory]
    [InlineData("Import-EtlCsv a.csv | Format-Table | Invoke-EtlTransform -SetColumn @{ source = 'shop' }")]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform { $_ | Format-Table }")]
    public void Records_ThatFormatTableHasMade_AreNone(string script)
    {
        Outcome outcome = _session.Try(script);
        Assert.Empty(outcome.Output);
        Assert.Contains("make text for the screen", outcome.Errors[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_InADryRunOfItsCaller_DeletesNothing()
    {
        PSObject said = Assert.Single(_session.Run("""
            function Remove-Old { [CmdletBinding(SupportsShouldProcess)] param() [pscustomobject]@{ file = "$PWD/a.csv" } | Invoke-EtlTransform { Remove-Item $_.file } -WarningAction Ignore }
            Remove-Old -WhatIf 6>&1
            """));
        Assert.StartsWith("What if: ", said.ToString(), StringComparison.Ordinal);
        Assert.True(File.Exists(_session.PathOf("a.csv")));
    }

    [Fact]
    public void Report_OverItsOwnInput_IsRefused()
    {
        _session.Run("Set-EtlTelemetry -LogPath l.jsonl; Import-EtlCsv a.csv | Invoke-EtlTransform -Required id -MaxLength @{ note = 0 } -DeadLetterPath d.jsonl | Out-Null; Set-EtlTelemetry -LogPath ''");
        string letters = File.ReadAllText(_session.PathOf("d.jsonl"));
        Assert.Contains("is a log or a dead letter", _session.Try("Export-EtlReport d.jsonl -LogPath l.jsonl -DeadLetterPath d.jsonl").EndingError.ToString(), StringComparison.Ordinal);
        Assert.Equal(letters, File.ReadAllText(_session.PathOf("d.jsonl")));
        Assert.Contains("are the same file", _session.Try("Set-EtlTelemetry -LogPath x.jsonl -PrometheusPath x.jsonl").EndingError.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("@{ a = 1 }.GetEnumerator()", "a 1")]
    [InlineData("$map = [Collections.Generic.Dictionary[string, int]]::new(); $map['a'] = 1; $map.GetEnumerator() | ForEach-Object { $_ }", "a 1")]
    public void Records_EntriesOfADictionary_AreKeyAndValue(string script, string expected) =>
        Assert.Equal(expected, _session.Run($"{script} | Invoke-EtlTransform -Column Key, Value | ForEach-Object {{ \"$($_.Key) $($_.Value)\" }}").Single().ToString());

    [Fact]
    public void Records_PropertyThatCannotBeRead_IsNoColumn()
    {
        Assert.Equal(Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), _session.Run("Get-Process -Id $PID | Invoke-EtlTransform -Column Id, ProcessName | ForEach-Object Id").Single().ToString());
        Assert.Equal("", _session.Run("Get-Process -Id $PID | Invoke-EtlTransform { $_ } | ForEach-Object { \"$($_.PSObject.Properties['ExitCode'])\" }").Single().ToString());
    }

    [Fact]
    public void Records_PropertyThatFails_IsAFailedRecord()
    {
        Outcome outcome = _session.Try("[IO.DriveInfo]::new(('/nope', 'Q:')[$IsWindows]) | Invoke-EtlTransform");
        Assert.Empty(outcome.Output);
        Assert.Contains("of an object of type DriveInfo could not be read (DriveNotFoundException)", Assert.Single(outcome.Errors).Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Property id, @{ n = 'x'; e = { $_.id } }", "Compute columns with -SetColumn")]
    [InlineData("-Column nmae*", "-Column: no column of the records matches 'nmae*'. Their columns are id, email, note.")]
    public void Transform_ColumnsThatAreNone_AreRefused(string arguments, string says) =>
        Assert.Contains(says, _session.Try($"Import-EtlCsv a.csv | Invoke-EtlTransform {arguments}").EndingError.Exception.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(", $table")]
    [InlineData(", $table.DefaultView")]
    public void Transform_TableOfABlock_IsItsRows(string emitted) =>
        Assert.Equal("p q", string.Join(' ', _session.Run($"Import-EtlCsv a.csv | Select-Object -First 1 | Invoke-EtlTransform {{ $table = [Data.DataTable]::new(); $null = $table.Columns.Add('c'); $null = $table.Rows.Add('p'); $null = $table.Rows.Add('q'); {emitted} }} | ForEach-Object c")));

    [Fact]
    public void Record_MemberAddedOverAColumn_IsTheColumn()
    {
        _session.Run("$r = Import-EtlCsv a.csv | Select-Object -First 1; $r | Add-Member note 'added' -Force");
        const string Everywhere = "$r.note; $r['note']; ($r | ConvertTo-Json | ConvertFrom-Json).note; ($r | Invoke-EtlTransform -Trim).note";
        Assert.Equal(["added", "added", "added", "added"], _session.Run(Everywhere).Select(note => note.ToString()));
        _session.Run("$r.note = 'set'");
        Assert.Equal(["set", "set", "set", "set"], _session.Run(Everywhere).Select(note => note.ToString()));
    }

    [Fact]
    public void ResultVariable_WithAPlus_CollectsAndOneWithADollarIsRefused()
    {
        const string Load = "Import-EtlCsv a.csv | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable";
        Assert.Equal("2 4", _session.Run($"{Load} -ResultVariable +all; {Load} -ResultVariable +all; \"$($all.Count) $(($all | Measure-Object Loaded -Sum).Sum)\"").Single().ToString());
        Assert.Equal("2", _session.Run($"$all = 'before'; {Load} -ResultVariable +all; $all.Count").Single().ToString());
        Assert.Equal("2 2", _session.Run($"[object[]]$typed = @(); {Load} -ResultVariable +typed; {Load} -ResultVariable +typed; \"$($typed.Count) $($typed[1].Loaded)\"").Single().ToString());
        Assert.Contains("without the $", _session.Try($"{Load} -ResultVariable '$r'").EndingError.Exception.Message, StringComparison.Ordinal);
    }
}
