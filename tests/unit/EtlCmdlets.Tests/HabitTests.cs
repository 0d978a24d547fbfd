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
}
