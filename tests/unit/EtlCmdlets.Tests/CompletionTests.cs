using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>What Tab offers at the prompt.</summary>
public sealed class CompletionTests : IDisposable
{
    private const string Load = "Import-EtlCsv orders.csv | Export-EtlSqlUpsert";

    private readonly ModuleSession _session = new();

    public CompletionTests()
    {
        _session.Write("orders.csv", "order_id,email,order date\n1,a,2026-11-24\n");
        _session.Run(
            "Import-EtlCsv orders.csv | Export-EtlSqlUpsert -SqlitePath shop.db -Table orders -Key order_id -CreateTable -WatermarkName nightly -DeadLetterPath d.jsonl");
    }

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("Import-EtlCsv orders.csv -Column em", "email")]
    [InlineData("Import-EtlCsv -LiteralPath orders.csv -IdColumn ", "order_id email 'order date'")]
    [InlineData("Import-EtlCsv orders.csv -Header x, y -Column ", "x y")]
    [InlineData("Import-EtlCsv orders.csv -Type ", "@{ order_id = '' } @{ email = '' } @{ 'order date' = '' }")]
    [InlineData("Import-EtlCsv orders.csv | Invoke-EtlTransform -Required em", "email")]
    [InlineData("Import-EtlCsv orders.csv -Column email, order_id -Rename @{ email = 'mail' } | Where-Object mail | Invoke-EtlTransform -ExcludeColumn ", "mail order_id")]
    [InlineData("Import-EtlCsv -LiteralPath $file -Header a, b, c | Invoke-EtlTransform -Unique ", "a b c")]
    [InlineData("Import-EtlCsv orders.csv | Invoke-EtlTransform -MaxLength em", "@{ email = 0 }")]
    [InlineData("Import-EtlCsv orders.csv | Invoke-EtlTransform -Rename 'order d", "@{ 'order date' = '' }")]
    [InlineData("$x = Import-EtlCsv orders.csv | Export-EtlDeadLetter -Path d -Column order_", "order_id")]
    [InlineData("Import-EtlCsv (Get-Item orders.csv) | Invoke-EtlTransform -Required em", "")]
    [InlineData("Import-EtlCsv missing.csv | Invoke-EtlTransform -Required em", "")]
    [InlineData("Invoke-EtlTransform -Required em", "")]
    public void Complete_Column_IsOfTheFile(string line, string expected)
    {
        _session.Run("$file = 'orders.csv'");
        Assert.Equal(expected, Complete(line));
    }

    [Theory]
    [InlineData(Load + " -SqlitePath shop.db -Table o", "orders")]
    [InlineData(Load + " -Provider Sqlite -ConnectionString 'Data Source=shop.db' -Table ", "etl_watermark orders")]
    [InlineData(Load + " @shop -Table o", "orders")]
    [InlineData(Load + " -SqlitePath $path -Table o", "orders")]
    [InlineData(Load + " -DataSource shop.db -Table o", "orders")]
    [InlineData(Load + " -SqlitePath shop.db -Table orders -Key order_", "order_id")]
    [InlineData(Load + " -SqlitePath shop.db -Table orders -UpdateColumn em", "email")]
    [InlineData(Load + " -SqlitePath new.db -Table orders -CreateTable -Key em", "email")]
    [InlineData(Load + " -SqlitePath shop.db -Table orders -ColumnMap em", "@{ email = 'order_id' } @{ email = 'email' } @{ email = 'order date' }")]
    [InlineData(Load + " -SqlitePath shop.db -Table orders -Key order_id -WatermarkName ", "nightly")]
    [InlineData("Get-EtlWatermark -SqlitePath shop.db -Name n", "nightly")]
    [InlineData("Set-EtlWatermark -SqlitePath shop.db -Name n", "nightly")]
    [InlineData("Remove-EtlWatermark -SqlitePath shop.db -Name n", "nightly")]
    [InlineData("Remove-EtlWatermark -SqlitePath shop.db -WatermarkTable e", "etl_watermark")]
    [InlineData(Load + " -Table o", "")]
    [InlineData(Load + " -SqlitePath (Join-Path . shop.db) -Table o", "")]
    [InlineData(Load + " -SqlitePath new.db -Table o", "")]
    [InlineData(Load + " -SqlitePath shop.db -Credential ada -Table o", "")]
    [InlineData(Load + " -Provider Oracle -ConnectionString x -Table o", "")]
    [InlineData(Load + " -ConnectionString 'Password=s3cret' -Table o", "")]
    public void Complete_NameInTheDatabase_IsOfTheConnectionGiven(string line, string expected)
    {
        _session.Run("$path = 'shop.db'; $shop = @{ SqlitePath = 'shop.db' }");
        Assert.Equal(expected, Complete(line));
        Assert.False(File.Exists(_session.PathOf("new.db")));
    }

    [Fact]
    public async Task Complete_TableOfAServer_AsksWithTheCredentialThatThereIs()
    {
        await using var target = new ScriptedTarget(new CatalogColumn("id", "int"));
        target.Instead = (_, request) => request is BatchRequest batch && batch.Text.Contains("FROM sys.tables", StringComparison.Ordinal)
            ? new TdsReply().Rows([new TdsColumn("", "nvarchar(128)"), new TdsColumn("name", "nvarchar(128)")], new object?[][] { [null, "orders"] })
            : null;
        _session.Run("$password = [securestring]::new(); 's3cret'.ToCharArray() | ForEach-Object { $password.AppendChar($_) }; $ada = [pscredential]::new('ada', $password)");
        Assert.Equal("orders", Complete($"{Load} -SqlInstance '{target.Server.DataSource}' -SqlCredential $ada -Encrypt Optional -Table "));
        Assert.Equal(("ada", "s3cret"), (target.Server.Logins[0].User, target.Server.Logins[0].Password));
    }

    [Fact]
    public void Complete_ServerThatNeverAnswers_GivesUp()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        int port = ((IPEndPoint)silent.LocalEndpoint).Port;
        Assert.Equal("", Complete($"{Load} -Provider PostgreSQL -ConnectionString 'Host=127.0.0.1;Port={port};Username=etl' -Table "));
        Assert.Equal("", Complete($"{Load} -Provider SqlServer -ConnectionString 'Data Source=127.0.0.1,{port};User ID=etl;Password=s3cret' -Table "));
    }

    [Theory]
    [InlineData("Import-EtlCsv orders.csv -Type em", "@{ email = 'string' }")]
    [InlineData("Import-EtlCsv orders.csv | Invoke-EtlTransform -Type em", "@{ email = 'guid' }")]
    [InlineData("Import-EtlCsv orders.csv -Encoding windows-125", "windows-1252")]
    [InlineData("Import-EtlCsv orders.csv -Encoding utf8", "utf8BOM")]
    [InlineData("Import-EtlCsv orders.csv -Encoding iso-8859-1", "iso-8859-15")]
    [InlineData("Import-EtlCsv orders.csv -Delimiter A", "Auto")]
    [InlineData("Export-EtlSqlUpsert -Provider S", "Sqlite")]
    [InlineData("Invoke-EtlTransform -TimeZone berl", "Europe/Berlin")]
    [InlineData("Get-EtlBreaker -Name ", null)]
    public void Complete_KnownName_IsAmongThoseOffered(string line, string? expected) =>
        Assert.Contains(expected ?? $"'{_session.PathOf("shop.db")}'", Matches(line).Select(match => match.CompletionText.Replace("'sqlite ", "'", StringComparison.Ordinal)));

    [Fact]
    public void Complete_Run_IsOfTheSession()
    {
        string id = _session.Run("(Get-EtlRun).Id")[0].ToString();
        Assert.Equal(id, Complete($"Get-EtlRun -Id {id[..4]}"));
        // It has ended; what can be stopped is what lives.
        Assert.DoesNotContain(id, Complete("Stop-EtlPipeline -Id "), StringComparison.Ordinal);
        _session.Run("Import-EtlCsv orders.csv | ForEach-Object { $offered = ([Management.Automation.CommandCompletion]::CompleteInput('Stop-EtlPipeline -Id ', 21, $null)).CompletionMatches.CompletionText }");
        Assert.Contains(_session.Run("(Get-EtlRun)[-1].Id")[0].ToString(), _session.Run("$offered").Select(offered => offered.ToString()));
    }

    [Theory]
    [InlineData("Invoke-EtlTransform { $_ } -Function ", "Add-Vat Test-Vat")]
    [InlineData("Invoke-EtlTransform { $_ } -Function Add-Vat, Te", "Test-Vat")]
    public void Complete_Function_IsOneOfTheSession(string line, string expected)
    {
        _session.Run("function Add-Vat { }; filter Test-Vat { }");
        Assert.Equal(expected, Complete(line));
    }

    private string Complete(string line) => string.Join(' ', Matches(line).Select(match => match.CompletionText));

    // Where nothing is known PowerShell offers files.
    private IEnumerable<CompletionResult> Matches(string line) =>
        CommandCompletion.CompleteInput(line, line.Length, null, _session.Shell("")).CompletionMatches
            .Where(match => match.ResultType is not (CompletionResultType.ProviderItem or CompletionResultType.ProviderContainer));
}
