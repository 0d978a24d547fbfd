using System.Diagnostics;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;
using Microsoft.Data.SqlClient;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>SQL Server from the prompt, against a double of its protocol.</summary>
public sealed class SqlServerTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public SqlServerTests() => _session.Write("orders.csv", "id,name\n1,a\n2,b\n3,\u65e5\n");

    private static CatalogColumn[] Columns => [new("id", "int") { Nullable = false }, new("name", "nvarchar", 40)];

    public void Dispose() => _session.Dispose();

    [Fact]
    public async Task Export_CsvToSqlServer_SendsTheRows()
    {
        await using var target = new ScriptedTarget(Columns);
        _session.Run("$password = [securestring]::new(); 's3cret'.ToCharArray() | ForEach-Object { $password.AppendChar($_) }; $ada = [pscredential]::new('ada@server', $password)");
        PSObject result = Assert.Single(_session.Run(
            $"Import-EtlCsv orders.csv | Export-EtlSqlUpsert -SqlInstance '{target.Server.DataSource}' -Database shop -SqlCredential $ada -Encrypt Optional -Table orders -Key id"));
        Assert.Equal((3L, 3L, true), (result.Properties["Loaded"].Value, result.Properties["Inserted"].Value, result.Properties["Succeeded"].Value));
        Assert.Equal("SqlServer", result.Properties["Provider"].Value);
        Assert.Equal([[1, "a"], [2, "b"], [3, "\u65e5"]], target.Rows.OrderBy(row => row[0]));
        LoginRequest login = target.Server.Logins[0];
        Assert.Equal(("ada@server", "s3cret", "shop"), (login.User, login.Password, login.Database));
        Assert.DoesNotContain("s3cret", result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_DriverOfTheModule_LoadsBesideAnother()
    {
        await using var target = new ScriptedTarget(Columns);
        await using (var own = new SqlConnection(target.Server.ConnectionString))
            await own.OpenAsync(TestContext.Current.CancellationToken);
        _session.Run($"Import-EtlCsv orders.csv | Export-EtlSqlUpsert -ConnectionString '{target.Server.ConnectionString}' -Table orders -Key id");
        AssemblyLoadContext context = Assert.Single(AssemblyLoadContext.All, context => context.Name == "EtlTools");
        Assembly modules = Assert.Single(context.Assemblies, assembly => assembly.GetName().Name == "Microsoft.Data.SqlClient");
        Assembly others = typeof(SqlConnection).Assembly;
        Assert.Same(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(others));
        Assert.NotEqual(FileVersionInfo.GetVersionInfo(others.Location).FileVersion, FileVersionInfo.GetVersionInfo(modules.Location).FileVersion);
        // The one beside the engine is there to compile against and throws at every call.
        string runtimes = Path.Combine("engine", "runtimes", OperatingSystem.IsWindows() ? "win" : "unix");
        Assert.Contains(runtimes, modules.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_Stopped_ReachesTheServerAndClosesItsConnections()
    {
        await using var target = new ScriptedTarget(Columns);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        target.Instead = (step, _) =>
        {
            if (step != LoadStep.Upsert)
                return null;
            reached.TrySetResult();
            return new TdsReply().Stall();
        };
        using PowerShell shell = _session.Shell($"Import-EtlCsv orders.csv | Export-EtlSqlUpsert -ConnectionString '{target.Server.ConnectionString}' -Table orders -Key id");
        Task running = Task.Run(() => shell.Invoke());
        await reached.Task.WaitAsync(TestContext.Current.CancellationToken);
        shell.Stop();
        await running.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        // One for each writer.
        Assert.NotEmpty(target.Server.Requests.OfType<Attention>());
        Assert.True(SpinWait.SpinUntil(() => target.Server.OpenConnections == 0, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Export_CertificateNotTrusted_NamesTheParameter()
    {
        await using var target = new ScriptedTarget(Columns);
        target.Server.Certificate = TdsCertificate.New();
        string line = $"Import-EtlCsv orders.csv | Export-EtlSqlUpsert -Provider SqlServer -ConnectionString 'Data Source={target.Server.DataSource};User ID=etl;Password=s3cret' -Table orders -Key id";
        ErrorRecord error = _session.Try(line).EndingError;
        Assert.Equal("TargetUnavailable", error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains("-TrustServerCertificate", error.Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
        _session.Run($"{line} -TrustServerCertificate");
    }

    [Fact]
    public async Task Export_KeyWithoutUniqueIndex_Warns()
    {
        await using var target = new ScriptedTarget(Columns) { UniqueIndexes = [] };
        Outcome outcome = _session.Try($"Import-EtlCsv orders.csv | Export-EtlSqlUpsert -ConnectionString '{target.Server.ConnectionString}' -Table orders -Key id");
        Assert.Contains("CREATE UNIQUE INDEX", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
        Assert.Empty(outcome.Errors);
    }

    [Fact]
    public async Task Export_ValuesOfSqlTypes_AreTaken()
    {
        await using var target = new ScriptedTarget([.. Columns, new("wide", "nvarchar", 80)]);
        _session.Run($$"""
            [pscustomobject]@{ id = [Data.SqlTypes.SqlInt32]::new(1); name = [Data.SqlTypes.SqlString]::new('a'); wide = [Data.SqlTypes.SqlDecimal]::Parse('12345678901234567890123456789012.25') },
            [pscustomobject]@{ id = [Data.SqlTypes.SqlInt32]::new(2); name = [Data.SqlTypes.SqlString]::Null; wide = [Data.SqlTypes.SqlDecimal]::Parse('1.5') } |
                Export-EtlSqlUpsert -ConnectionString '{{target.Server.ConnectionString}}' -Table orders -Key id
            """);
        Assert.Equal([[1, "a", "12345678901234567890123456789012.25"], [2, null, "1.5"]], target.Rows.OrderBy(row => row[0]));
    }

    [Fact]
    public async Task Export_GuiltyRow_GoesToTheDeadLetter()
    {
        await using var target = new ScriptedTarget(Columns);
        target.Instead = (step, request) => step == LoadStep.Upsert && target.RangeOf((RpcCall)request).Any(row => (int)row[1]! == 2)
            ? new TdsReply().Error(2627, "Violation of UNIQUE KEY constraint 'uq_name'. Cannot insert duplicate key in object 'dbo.orders'. The duplicate key value is (b).", level: 14) : null;
        PSObject result = Assert.Single(_session.Run(
            $"Import-EtlCsv orders.csv | Export-EtlSqlUpsert -ConnectionString '{target.Server.ConnectionString}' -Table orders -Key id -DeadLetterPath dead.jsonl"));
        Assert.Equal((2L, 1L), (result.Properties["Loaded"].Value, result.Properties["DeadLettered"].Value));
        string letter = Assert.Single(File.ReadAllLines(_session.PathOf("dead.jsonl")));
        Assert.Contains("uq_name", letter, StringComparison.Ordinal);
        Assert.DoesNotContain("(b)", letter, StringComparison.Ordinal);
    }
}
