using System.Management.Automation;
using Microsoft.Data.Sqlite;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>A call that cannot work is refused before or instead of a partial load, and says what to change.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public BadInputTests() => _session.Write("a.csv", "id,name\n1,a\n2,b\n");

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("csv", "-BatchSize 100")]
    [InlineData("csv", "")]
    [InlineData("csv -InferType", "")]
    [InlineData("csv -Delimiter Auto", "")]
    [InlineData("json", "-BatchSize 100")]
    [InlineData("jsonl", "")]
    public void Load_OfAFileThatBreaksOff_CommitsWhatStandsBeforeTheBreak(string kind, string batches)
    {
        const int Rows = 3000;
        string name = kind.Split(' ')[0];
        string[] rows = [.. Enumerable.Range(1, Rows).Select(i => name == "csv" ? $"{i},n{(i * 7919) % 10007}" : $"{{\"id\":{i},\"name\":\"n{(i * 7919) % 10007}\"}}")];
        string text = name switch { "csv" => "id,name\n" + string.Join('\n', rows), "json" => $"[{string.Join(',', rows)}]", _ => string.Join('\n', rows) };
        using (var stream = new System.IO.Compression.GZipStream(File.Create(_session.PathOf($"cut.{name}.gz")), System.IO.Compression.CompressionMode.Compress))
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        byte[] packed = File.ReadAllBytes(_session.PathOf($"cut.{name}.gz"));
        File.WriteAllBytes(_session.PathOf($"cut.{name}.gz"), packed[..(packed.Length * 2 / 3)]);
        string import = name == "csv" ? $"Import-EtlCsv cut.csv.gz {kind["csv".Length..]}" : $"Import-EtlJson cut.{name}.gz";
        Outcome outcome = _session.Try($"{import} | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable -WatermarkName w -DeadLetterPath d.jsonl {batches}");
        ErrorRecord error = outcome.EndingError;
        Assert.StartsWith("ReadFailed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(_session.PathOf($"cut.{name}.gz"), _session.Try($"try {{ {import} | Out-Null }} catch {{ $_.Exception.File }}").Output.Single().ToString());
        var result = PSObject.AsPSObject(error.TargetObject);
        Assert.Equal(false, result.Properties["Succeeded"].Value);
        long loaded = (long)result.Properties["Loaded"].Value;
        Assert.InRange(loaded, Rows / 3, Rows - 1);
        Assert.Equal([$"{loaded}|{loaded}"], Table.Rows(_session.PathOf("t.db"), "SELECT count(*), max(CAST(id AS INTEGER)) FROM t"));
        Assert.Equal(loaded, _session.Run("(Get-EtlWatermark w -SqlitePath t.db).Row").Single().BaseObject);
    }

    [Theory]
    [InlineData("Import-EtlCsv nothing.csv", "FileNotFound", "nothing.csv")]
    [InlineData("Import-EtlCsv no*.csv", "FileNotFound", "no*.csv")]
    [InlineData("Import-EtlCsv .", "PathIsFolder", "folder")]
    [InlineData("Import-EtlCsv env:PATH", "InvalidParameter", "file system")]
    [InlineData("Import-EtlCsv nodrive:x.csv", "FileNotFound", "nodrive")]
    [InlineData("Import-EtlCsv empty.csv", "EmptyFile", "-AllowEmptyFile")]
    [InlineData("Import-EtlCsv twice.csv", "DuplicateHeader", "'ID'")]
    [InlineData("Import-EtlCsv a.csv -Type @{ nothing = 'int' }", "UnknownColumn", "id, name")]
    [InlineData("Import-EtlCsv a.csv -Type @{ id = 'integre' }", "UnknownType", "int, long")]
    [InlineData("Import-EtlCsv a.csv -Delimiter '\"'", "InvalidParameter", "-Delimiter")]
    [InlineData("Import-EtlCsv a.csv -Header x, X", "InvalidParameter", "-Header")]
    [InlineData("Import-EtlCsv a.csv -Header x -NoHeader", "InvalidParameter", "-NoHeader")]
    [InlineData("Import-EtlCsv a.csv -Delimiter ab", "ParameterArgumentTransformationError", "Delimiter")]
    [InlineData("Import-EtlCsv a.csv -Delimiter Tabulator", "ParameterArgumentTransformationError", "not one of the names")]
    [InlineData("Import-EtlCsv a.csv -Delimiter '\\x01'", "ParameterArgumentTransformationError", "`u{1}")]
    [InlineData("Import-EtlCsv a.csv -Delimiter '\",\"'", "InvalidParameter", "-Quote ''")]
    [InlineData("Import-EtlCsv a.csv -Delimiter '||'", "WrongDelimiter", "-Delimiter ','")]
    [InlineData("Import-EtlCsv a.csv -HeaderPattern '^(?=x|(i?i?)+$)'", "InvalidHeader", "-HeaderPattern")]
    [InlineData("Import-EtlCsv a.csv -Delimiter ';' -UseCulture", "InvalidParameter", "-UseCulture")]
    [InlineData("Import-EtlCsv a.csv -Delimiter '|' -Quote '|'", "InvalidParameter", "-Quote")]
    [InlineData("Import-EtlCsv a.csv -Comment ','", "InvalidParameter", "-Comment")]
    [InlineData("Import-EtlCsv a.csv -SkipRows -1", "ParameterArgumentValidationError", "SkipRows")]
    [InlineData("Import-EtlCsv a.csv -SkipRows 9", "EmptyFile", "-SkipRows")]
    [InlineData("Import-EtlCsv a.csv -Header x", "InvalidParameter", "-Header")]
    [InlineData("Import-EtlCsv a.csv -Column nmae", "UnknownColumn", "'name'?")]
    [InlineData("Import-EtlCsv a.csv -Rename @{ nmae = 'x' }", "UnknownColumn", "-Rename")]
    [InlineData("Import-EtlCsv a.csv -IdColumn nmae", "UnknownColumn", "-IdColumn")]
    [InlineData("Import-EtlCsv a.csv -Type @{ id = 'decimel' }", "UnknownType", "'decimal'?")]
    [InlineData("Import-EtlCsv a.csv -Culture xx-nowhere", "ParameterArgumentTransformationError", "Culture")]
    [InlineData("Import-EtlCsv a.csv -TimeZone Europe/Berlim", "ParameterArgumentTransformationError", "Europe/Berlin")]
    [InlineData("Import-EtlCsv a.csv -DateTimeFormat yyyy-mm-dd", "InvalidParameter", "-DateTimeFormat")]
    [InlineData("Import-EtlCsv a.csv -MaxFieldBytes 0", "ParameterArgumentValidationError", "MaxFieldBytes")]
    [InlineData("Import-EtlCsv a.csv -MaxDecompressedBytes -1", "ParameterArgumentValidationError", "MaxDecompressedBytes")]
    [InlineData("Import-EtlCsv a.csv -ResumeFrom 99999", "WatermarkMismatch", "-ResumeFrom")]
    [InlineData("Import-EtlCsv a.csv -ResumeFrom 1", "WatermarkMismatch", "-ResumeFrom")]
    [InlineData("Import-EtlCsv a.csv -ResumeFrom soon", "InvalidParameter", "-ResumeFrom")]
    [InlineData("Import-EtlCsv a.csv -StopAt @{}", "InvalidParameter", "-StopAt")]
    [InlineData("Import-EtlCsv a.csv -DeadLetterPath ./a.csv", "InvalidParameter", "-DeadLetterPath")]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform -DeadLetterPath ./a.csv", "InvalidParameter", "-DeadLetterPath")]
    [InlineData("Import-EtlCsv a.csv -Encoding nonsense", "ParameterArgumentTransformationError", "utf8")]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform -Type @{ id = 'integre' }", "UnknownType", "int, long")]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform -MaxLength @{ id = 'long' }", "InvalidParameter", "-MaxLength")]
    public void Command_WrongCall_IsRefused(string script, string id, string says)
    {
        _session.Write("empty.csv", "");
        _session.Write("twice.csv", "id,name,ID\n1,2,3\n");
        Outcome outcome = _session.Try(script);
        Assert.StartsWith(id + ",", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(says, outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
    }

    [Theory]
    [InlineData("-Table nothing -Key id", "TableNotFound", "-CreateTable")]
    [InlineData("-Table t -Key nothing", "KeyColumnMissing", "nothing")]
    [InlineData("-Table t -Key name", "KeyNotUnique", "CREATE UNIQUE INDEX")]
    [InlineData("-Table v -Key id", "NotATable", "view")]
    [InlineData("-Table narrow -Key id", "UnknownColumn", "name")]
    [InlineData("-Table fresh -Key nothing -CreateTable", "KeyColumnMissing", "nothing")]
    public void Load_WrongTarget_IsRefused(string arguments, string id, string says)
    {
        Execute("CREATE TABLE t(id TEXT PRIMARY KEY, name TEXT); CREATE VIEW v AS SELECT * FROM t; CREATE TABLE narrow(id TEXT PRIMARY KEY)");
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' {arguments}");
        Assert.StartsWith(id + ",", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(says, outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Equal(0L, Execute("SELECT count(*) FROM t"));
    }

    [Theory]
    [InlineData("-Provider Oracle -ConnectionString 'Data Source=t.db'", "InvalidParameter", "Sqlite")]
    [InlineData("-Provider Sqlite -ConnectionString 'Nonsense=1'", "InvalidConnectionString", "-ConnectionString")]
    [InlineData("-Provider Sqlite -ConnectionString 'Data Source=no/such/folder/t.db'", "FileNotFound", "folder")]
    public void Load_WrongConnection_IsRefused(string arguments, string id, string says)
    {
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv | Export-EtlSqlUpsert {arguments} -Table t -Key id -CreateTable");
        Assert.StartsWith(id + ",", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(says, outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ReadOnlyDatabase_IsRefused()
    {
        Execute("CREATE TABLE t(id TEXT PRIMARY KEY, name TEXT)");
        Outcome outcome = _session.Try("Import-EtlCsv a.csv | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db;Mode=ReadOnly' -Table t -Key id");
        Assert.StartsWith("ReadOnlyTarget,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_DeadLetterFolderMissing_IsRefusedAndNothingIsLoaded()
    {
        Execute("CREATE TABLE t(id TEXT PRIMARY KEY, name TEXT)");
        Outcome outcome = _session.Try("Import-EtlCsv a.csv | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id -DeadLetterPath no/such/folder/d.jsonl");
        Assert.StartsWith("DeadLetterFailed,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(0L, Execute("SELECT count(*) FROM t"));
    }

    [Fact]
    public void Import_OnePathOfSeveralMissing_ReadsTheOthersAndDoesNotSucceed()
    {
        Outcome outcome = _session.Try("Import-EtlCsv nothing.csv, a.csv | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id -CreateTable");
        PSObject result = Assert.Single(outcome.Output);
        Assert.StartsWith("FileNotFound,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(2L, result.Properties["Loaded"].Value);
        Assert.Equal(false, result.Properties["Succeeded"].Value);
    }

    [Fact]
    public void Import_OneFileOfSeveralUnusable_ReadsTheOthers()
    {
        _session.Write("empty.csv", "");
        Outcome outcome = _session.Try("Import-EtlCsv empty.csv, a.csv");
        Assert.Equal(2, outcome.Output.Count);
        Assert.StartsWith("EmptyFile,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_HeaderOnly_GivesNoRecordAndSucceeds()
    {
        _session.Write("header.csv", "id,name\n");
        Execute("CREATE TABLE t(id TEXT PRIMARY KEY, name TEXT)");
        PSObject result = Assert.Single(_session.Run("Import-EtlCsv header.csv | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id"));
        Assert.Equal(true, result.Properties["Succeeded"].Value);
        Assert.Equal(0L, result.Properties["Received"].Value);
    }

    private object? Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_session.PathOf("t.db")};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
