using System.Collections;
using System.Management.Automation;
using System.Text;
using System.Text.Json;
using EtlTools.Testing;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;
using Xunit;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>
/// Secrets and values that must not come out: each row plants them and provokes a failure, and every sink is searched. What is
/// not the module's: the caller's command line (InvocationInfo), an error's TargetObject, and what a user's own block writes.
/// </summary>
public sealed class CanaryTests : IAsyncDisposable
{
    private const string Canary = "CANARY";
    private const string Load = "Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id";
    private const string LoadPostgres = "Export-EtlSqlUpsert -ConnectionString 'POSTGRES' -Table t -Key id";
    private const string LoadSqlServer = "Export-EtlSqlUpsert -Provider SqlServer -ConnectionString 'SQLSERVER;Password=CANARYpassword' -Table t -Key id";
    private const string Dead = "-DeadLetterPath dead.jsonl";

    /// <summary>The queries of addresses that S3, Azure and Google sign.</summary>
    private const string Signed = "X-Amz-Credential=CANARYid%2Fs3&X-Amz-Signature=CANARYamz&sv=2024&sig=CANARYazure%3D&se=2026&X-Goog-Signature=CANARYgoog&X-Amz-Security-Token=CANARYsession";

    private const string Secret = "$secret = [Net.NetworkCredential]::new('', 'CANARYsecret').SecurePassword;";

    /// <summary>A state of each of PostgreSQL's classes (https://www.postgresql.org/docs/15/errcodes-appendix.html), and of classes that it
    /// does not have.</summary>
    private static readonly string[] States =
    [
        "02000", "03000", "08006", "09000", "0A000", "0B000", "0F001", "0LP01", "0P000", "0Z002", "20000", "21000", "22012", "23001", "23502", "23503", "23505",
        "23514", "23P01", "24000", "25006", "25P02", "26000", "27000", "28000", "28P01", "2B000", "2BP01", "2D000", "2F002", "34000", "38000", "39000", "3B001",
        "3D000", "3F000", "40001", "40P01", "42501", "42601", "42703", "42P01", "42P10", "44000", "53100", "54000", "55000", "55P03", "57014", "57P01", "58030",
        "72000", "F0000", "HV000", "P0001", "P0004", "XX000", "AP001", "5A000", "ZZ999",
    ];

    private readonly ModuleSession _session = new();
    private readonly OtlpReceiver _receiver = new();
    private readonly FailingService _service = new();
    private ScriptedTarget? _sqlServer;

    /// <summary>Name, set-up, script, and the error or code that shows that the failure happened.</summary>
    public static TheoryData<string, string, string> Provocations => new()
    {
        { "conversion", "Import-EtlCsv bad.csv -Type @{ amount = 'decimal' }", "ConversionFailed" },
        { "conversion to dead letter", $"Import-EtlCsv bad.csv -Type @{{ amount = 'decimal' }} | {Load} -CreateTable {Dead}", "ConversionFailed" },
        { "too few fields", $"Import-EtlCsv short.csv | {Load} -CreateTable {Dead}", "TooFewFields" },
        { "too many fields", "Import-EtlCsv wide.csv", "TooManyFields" },
        { "malformed row", $"Import-EtlCsv quote.csv {Dead}", "MalformedRow" },
        { "bytes that are not text", $"Import-EtlCsv bytes.csv {Dead}", "InvalidBytes" },
        { "a secret in a file's name", "Import-EtlCsv 'password=CANARYname.csv' -Type @{ amount = 'int' }", "ConversionFailed" },
        { "a missing file", "Import-EtlCsv './no/token=CANARYmissing.csv'", "FileNotFound" },
        { "required", "Import-EtlCsv bad.csv | Invoke-EtlTransform -Required email", "RequiredMissing" },
        { "too long", $"Import-EtlCsv bad.csv | Invoke-EtlTransform -MaxLength @{{ amount = 3 }} | {Load} -CreateTable {Dead}", "MaxLengthExceeded" },
        { "a type in a transform", "Import-EtlCsv bad.csv | Invoke-EtlTransform -Type @{ amount = 'int' }", "ConversionFailed" },
        { "a block that throws a value", $"Import-EtlCsv bad.csv | Invoke-EtlTransform {{ throw $_.amount }} | {Load} -CreateTable {Dead}", "ScriptFailed" },
        { "a block that throws a value, fail fast", "Import-EtlCsv bad.csv | Invoke-EtlTransform { throw $_.amount } -ErrorAction Stop", "ScriptFailed" },
        { "an initialization that throws a value", "@{ id = 1 } | Invoke-EtlTransform { $_ } -InitializationScript { throw 'CANARYvalue' }", "WorkerSetupFailed" },
        { "an initialization that writes an error", "@{ id = 1 } | Invoke-EtlTransform { $_ } -InitializationScript { Write-Error 'CANARYvalue' }", "WorkerSetupFailed" },
        { "no record", "'CANARYobject' | Invoke-EtlTransform -Required id", "NotARecord" },
        { "not null", $"@{{ id = '1'; amount = $null; email = 'CANARYmail' }} | {Load} {Dead}", "NotNullViolation" },
        { "check", $"Import-EtlCsv check.csv | {Load}", "CheckViolation" },
        { "unique", $"Import-EtlCsv unique.csv | {Load} {Dead}", "UniqueViolation" },
        { "foreign key", $"Import-EtlCsv foreign.csv | {Load}", "ForeignKeyViolation" },
        { "a target's type", $"Import-EtlCsv typed.csv | {Load} {Dead}", "TargetTypeMismatch" },
        { "a key that is null", $"@{{ id = $null; amount = 'CANARYvalue' }} | {Load}", "KeyIsNull" },
        { "an unknown column", $"@{{ id = 1; nope = 'CANARYvalue' }} | {Load}", "UnknownColumn" },
        { "a connection string that cannot be read", "@{ id = 1 } | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db;Password=CANARYpassword;Nonsense=CANARYoption' -Table t -Key id", "InvalidConnectionString" },
        { "a connection string that opens nothing", "@{ id = 1 } | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=/no/such/folder/x.db;Password=CANARYpassword' -Table t -Key id", "" },
        { "a provider that is none", "@{ id = 1 } | Export-EtlSqlUpsert -Provider Nothing -ConnectionString 'Password=CANARYpassword' -Table t -Key id", "" },
        { "a dead letter that cannot be written", $"Import-EtlCsv bad.csv -Type @{{ amount = 'int' }} | {Load} -CreateTable -DeadLetterPath '/dev/full'", "DeadLetterFailed" },
        { "a letter that is none", "Import-EtlDeadLetter broken.jsonl", "MalformedLetter" },
        { "a replay that fails again", $"Import-EtlCsv bad.csv -Type @{{ amount = 'int' }} {Dead}; Import-EtlDeadLetter dead.jsonl | Invoke-EtlTransform -Type @{{ amount = 'int' }}", "ConversionFailed" },
        { "a message of the user's that holds a secret", $"@{{ id = 1 }} | Export-EtlDeadLetter dead.jsonl -Code Mine -Message 'token=CANARYtoken, Authorization: Bearer CANARYbearer, https://u:CANARYpw@host/?sig=CANARYsig'", "Mine" },
        { "a secret of the user's own form", $"@{{ id = 1 }} | Export-EtlDeadLetter dead.jsonl -Code Mine -Message 'the id is 12-CANARY-34'", "Mine" },
        { "a service's error", "Invoke-EtlApi 'SERVICE/status/500?token=CANARYquery' -Headers @{ 'X-Api-Key' = 'CANARYheader' } -Method POST -Body 'CANARYbody' -OutageBudgetSec 0.2", "" },
        { "a service's refusal", "Invoke-EtlApi 'SERVICE/status/401' -Headers @{ Authorization = 'Bearer CANARYbearer' } -AllowUnencryptedAuthentication", "" },
        { "a user in an address", "Invoke-EtlApi 'http://u:CANARYpw@127.0.0.1:1/x' -OutageBudgetSec 0.2", "" },
        { "an answer that is not JSON", "Invoke-EtlApi 'SERVICE/broken' -OutageBudgetSec 0.2", "" },
        { "an item that is none", "Invoke-EtlApi 'SERVICE/items' | Invoke-EtlTransform -Type @{ amount = 'int' }", "ConversionFailed" },
        { "a cursor that comes again", "Invoke-EtlApi 'SERVICE/loop' -Pagination Cursor -NextPath next", "" },
        { "enrichment that fails", "@{ id = 'CANARYid' } | Invoke-EtlApi 'SERVICE/status/404?id={id}'", "" },
        { "JSON that is none", "Import-EtlJson broken.json", "" },
        { "a refusal of the token's place", "$secret = [Net.NetworkCredential]::new('', 'CANARYclientsecret').SecurePassword; Invoke-EtlApi 'SERVICE/items' -Authentication OAuth -TokenUri 'SERVICE/status/400?key=CANARYquery' -ClientId loader -ClientSecret $secret -AllowUnencryptedAuthentication", "" },
        { "a redirect to another host", "Invoke-EtlApi 'SERVICE/redirect' -Headers @{ 'X-Api-Key' = 'CANARYheader' }", "" },
        { "a next address on another host", "Invoke-EtlApi 'SERVICE/elsewhere' -Pagination NextUrl -NextPath next", "" },
        { "a page that has no items", "Invoke-EtlApi 'SERVICE/items?api_key=CANARYquery' -ItemPath data.rows", "" },
        { "a body that is too large", "Invoke-EtlApi 'SERVICE/items' -MaxBodyBytes 10", "" },
        { "a breaker that opens", "Invoke-EtlApi 'SERVICE/status/503?api_key=CANARYquery' -BreakerThreshold 2 -RetryBaseDelayMs 1 -OutageBudgetSec 10", "OutageBudgetSpent" },
        { "a service's error to a client of the user's", "$client = [Net.Http.HttpClient]::new(); $client.DefaultRequestHeaders.Add('X-Api-Key', 'CANARYheader'); Invoke-EtlApi 'SERVICE/status/500?sig=CANARYquery' -HttpClient $client -OutageBudgetSec 0.2", "" },
        { "a refusal of a client of the user's", "$client = [Net.Http.HttpClient]::new(); $client.DefaultRequestHeaders.Add('Authorization', 'Bearer CANARYbearer'); @{ id = 'CANARYid' } | Invoke-EtlApi 'SERVICE/status/404?id={id}' -HttpClient $client -Method POST -Body '{\"id\":{id}}'", "" },
        { "a client of the user's that reaches nothing", "$client = [Net.Http.HttpClient]::new(); Invoke-EtlApi 'http://127.0.0.1:1/x?token=CANARYquery' -HttpClient $client -OutageBudgetSec 0.2", "" },
        { "a signed address that is refused", $"Import-EtlCsv -Uri 'SERVICE/status/403?{Signed}'", "AuthenticationFailed" },
        { "a signed address of nothing", $"Import-EtlJson -Uri 'SERVICE/status/404?{Signed}'", "RequestRefused" },
        { "a signed address of a server that fails", $"Import-EtlCsv -Uri 'SERVICE/status/503?{Signed}' -OutageBudgetSec 0.2", "OutageBudgetSpent" },
        { "a signed address that leads elsewhere", $"Import-EtlCsv -Uri 'SERVICE/redirect?{Signed}'", "CrossHostRefused" },
        { "a signed address of a page", $"Import-EtlCsv -Uri 'SERVICE/page.csv?{Signed}'", "UnsupportedFormat" },
        { "a signed address for a path", $"Import-EtlCsv 'SERVICE/orders.csv?{Signed}'", "InvalidParameter" },
        { "a signed address that is not an address", $"Import-EtlCsv -Uri 'orders.csv?{Signed}'", "InvalidParameter" },
        { "a signed address with rows that fail", $"Import-EtlCsv -Uri 'SERVICE/orders.csv?{Signed}' -Type @{{ amount = 'int' }} | {Load} -CreateTable -WatermarkName w {Dead}; Get-EtlWatermark w -SqlitePath t.db", "ConversionFailed" },
        { "a signed address with items that fail", $"Import-EtlJson -Uri 'SERVICE/orders.jsonl?{Signed}' | Invoke-EtlTransform -Type @{{ amount = 'int' }} | {Load} -WatermarkName w {Dead}; Get-EtlWatermark w -SqlitePath t.db", "ConversionFailed" },
        { "a secret in a header for a file", "Import-EtlCsv -Uri 'SERVICE/status/401' -Headers @{ 'X-Api-Key' = 'CANARYheader' }", "AuthenticationFailed" },
        { "rules of a file", $"Import-EtlCsv bad.csv | Invoke-EtlTransform -RulePath rules.json | {Load} -CreateTable {Dead}", "ValueNotAllowed" },
        { "a rule file that is none", "Import-EtlCsv bad.csv | Invoke-EtlTransform -RulePath 'password=CANARYrules.json'", "InvalidRuleFile" },
        { "a rule file that is not there", "Import-EtlCsv bad.csv | Invoke-EtlTransform -RulePath 'token=CANARYmissing.json'", "FileNotFound" },
        { "a compressed file that is damaged", "Import-EtlCsv 'password=CANARYname.csv.gz', bad.csv", "" },
        { "a secret in a stop file's name", $"Import-EtlCsv bad.csv -StopFilePath 'secret=CANARYstop' | {Load}", "StopFilePath" },
        { "a secret in a dead letter's folder", $"Import-EtlCsv bad.csv | {Load} -DeadLetterPath './token=CANARYfolder/d.jsonl'", "" },
        { "PostgreSQL: not null", $"@{{ id = 1; amount = $null; email = 'CANARYmail' }} | {LoadPostgres} {Dead}", "NotNullViolation" },
        { "PostgreSQL: not null, by a trigger's hand", $"@{{ id = 1; amount = 'CANARYnull'; email = 'CANARYmail' }} | {LoadPostgres}", "NotNullViolation" },
        { "PostgreSQL: check", $"Import-EtlCsv check.csv -Type @{{ id = 'int' }} | {LoadPostgres} {Dead}", "CheckViolation" },
        { "PostgreSQL: unique", $"Import-EtlCsv unique.csv -Type @{{ id = 'int' }} | {LoadPostgres}", "UniqueViolation" },
        { "PostgreSQL: foreign key", $"Import-EtlCsv foreign.csv -Type @{{ id = 'int' }} | {LoadPostgres} {Dead}", "ForeignKeyViolation" },
        { "PostgreSQL: a target's type", $"Import-EtlCsv typed.csv -Type @{{ id = 'int' }} | {LoadPostgres} {Dead}", "TargetTypeMismatch" },
        { "PostgreSQL: a cast that the server refuses", $"@{{ id = 1; amount = 'CANARYcast'; email = 'CANARYmail' }} | {LoadPostgres} {Dead}", "TargetTypeMismatch" },
        { "PostgreSQL: a trigger that quotes the row", $"@{{ id = 1; amount = 'CANARYraise'; email = 'CANARYmail' }} | {LoadPostgres} {Dead}", "RowRejected" },
        { "PostgreSQL: fail fast", $"Import-EtlCsv check.csv -Type @{{ id = 'int' }} | {LoadPostgres} -ErrorAction Stop", "CheckViolation" },
        { "PostgreSQL: a wrong password", $"@{{ id = 1 }} | Export-EtlSqlUpsert -ConnectionString 'POSTGRES;Password=CANARYpassword' -Table t -Key id -OutageBudgetSec 0", "AccessDenied" },
        { "PostgreSQL: a credential that is refused", $"$secret = [Net.NetworkCredential]::new('', 'CANARYpassword').SecurePassword; @{{ id = 1 }} | Export-EtlSqlUpsert -Provider PostgreSQL -ServerInstance 127.0.0.1:1 -Database shop -Credential ([pscredential]::new('etl', $secret)) -Table t -Key id -OutageBudgetSec 0", "" },
        { "SQL Server: unique", $"@{{ id = 1; name = 'CANARYname' }} | {LoadSqlServer} {Dead}", "UniqueViolation" },
        { "SQL Server: foreign key or check", $"@{{ id = 2; name = 'CANARYname' }} | {LoadSqlServer}", "Violation" },
        { "SQL Server: not null", $"@{{ id = 3; name = 'CANARYname' }} | {LoadSqlServer} {Dead}", "NotNullViolation" },
        { "SQL Server: conversion", $"@{{ id = 4; name = 'CANARYname' }} | {LoadSqlServer} {Dead}", "TargetTypeMismatch" },
        { "SQL Server: a trigger that quotes the row", $"@{{ id = 5; name = 'CANARYname' }} | {LoadSqlServer} {Dead}", "RowRejected" },
        { "SQL Server: an error of no row", $"@{{ id = 6; name = 'CANARYname' }} | {LoadSqlServer} -OutageBudgetSec 0", "" },
        { "SQL Server: a right that is missing", $"@{{ id = 7; name = 'CANARYname' }} | {LoadSqlServer} -OutageBudgetSec 0", "StatementFailed" },
        { "SQL Server: an object that does not exist", $"@{{ id = 8; name = 'CANARYname' }} | {LoadSqlServer} -OutageBudgetSec 0", "StatementFailed" },
        { "SQLite: a trigger that quotes the row", $"@{{ id = 1; amount = 'CANARYtrigger'; email = 'CANARYmail' }} | {Load} {Dead}", "RowRejected" },
        { "SQLite: a trigger of the watermark table", "Set-EtlWatermark CANARYname -Source CANARYsource -Row 1 -Value CANARYvalue -SqlitePath w.db -Verbose:$false", "StatementFailed" },
        { "strings for paths", "'id,iban', '1,CANARYiban', 'x:CANARYdrive', '[CANARY' | Import-EtlCsv", "FileNotFound" },
        { "strings for paths, JSON", "'{\"iban\":\"CANARYiban\"}', 'bad.csv' | Import-EtlJson", "FileNotFound" },
        { "text that is piped in", "'id,amount', '1,CANARYamount' | ConvertFrom-EtlCsv -Type @{ amount = 'int' }", "ConversionFailed" },
        { "text that is piped in and is not JSON", "'{\"id\":CANARY' | ConvertFrom-EtlJson", "" },
        { "a path that PowerShell refuses", "Set-EtlTelemetry -LogPath 'token=CANARYdrive:/x'", "InvalidParameter" },
        { "a path that PowerShell refuses, in a run", "Import-EtlCsv bad.csv -DeadLetterPath 'token=CANARYdrive:/x'", "InvalidParameter" },
        { "a text that cannot be made", "class Boom { [string] ToString() { throw 'CANARYtext' } }; Set-EtlTelemetry -Tag @{ job = [Boom]::new() }", "Unexpected" },
        { "a property that throws", "[pscustomobject]@{ id = 1 } | Add-Member ScriptProperty amount { throw 'CANARYproperty' } -PassThru | Invoke-EtlTransform", "NotARecord" },
        { "what is about to be done", "Set-EtlWatermark 'token=CANARYname' -Source a -Row 1 -SqlitePath no.db", "TableNotFound" },
        { "a connection string of a watermark command", $"try {{ Get-EtlWatermark -Provider PostgreSQL -ConnectionString 'Host=127.0.0.1;Port=1;Password=CANARYpassword' }} catch {{ }}; {Say("CANARYpassword")}", "Mine" },
        { "a credential of a watermark command", $"{Secret} try {{ Get-EtlWatermark -Provider PostgreSQL -ServerInstance 127.0.0.1:1 -Database shop -Credential ([pscredential]::new('etl', $secret)) }} catch {{ }}; {Say("CANARYsecret")}", "Mine" },
        { "a token of a watermark command", $"{Secret} try {{ Get-EtlWatermark -ServerInstance '127.0.0.1,1' -Database shop -AccessToken $secret }} catch {{ }}; {Say("CANARYsecret")}", "Mine" },
        { "a token of the loader", $"{Secret} try {{ @{{ id = 1 }} | Export-EtlSqlUpsert -ServerInstance '127.0.0.1,1' -Database shop -AccessToken $secret -Table t -Key id -OutageBudgetSec 0 }} catch {{ }}; {Say("CANARYsecret")}", "Mine" },
        { "a token that was fetched, sent back", $"{Secret} Invoke-EtlApi 'SERVICE/echo' -Authentication OAuth -TokenUri 'SERVICE/token' -ClientId loader -ClientSecret $secret -AllowUnencryptedAuthentication", "" },
        { "a token, sent back", $"{Secret} Invoke-EtlApi 'SERVICE/echo' -Authentication Bearer -Token $secret -AllowUnencryptedAuthentication", "" },
        { "a header, sent back", "Invoke-EtlApi 'SERVICE/echo' -Headers @{ 'X-Api-Key' = 'CANARYheader' }", "" },
        { "a client's header, sent back", "$client = [Net.Http.HttpClient]::new(); $client.DefaultRequestHeaders.Add('Authorization', 'Bearer CANARYbearer'); Invoke-EtlApi 'SERVICE/echo' -HttpClient $client", "" },
        { "a session's header, sent back", "$web = [Microsoft.PowerShell.Commands.WebRequestSession]::new(); $web.Headers['Authorization'] = 'Bearer CANARYbearer'; Invoke-EtlApi 'SERVICE/echo' -WebSession $web", "" },
        { "a cookie, sent back", "$web = [Microsoft.PowerShell.Commands.WebRequestSession]::new(); $web.Cookies.Add([Net.Cookie]::new('sid', 'CANARYcookie', '/', '127.0.0.1')); Invoke-EtlApi 'SERVICE/echo' -WebSession $web", "" },
        { "a run that is dropped", $"Import-EtlCsv bad.csv | ForEach-Object {{ Stop-EtlPipeline -Drop; $_ }} | {Load} -CreateTable", "RunDropped" },
    };

    /// <summary>A trigger and a function that a check calls raise the state, with the row in every text and name of the error.</summary>
    public static TheoryData<string> RaisedStates => new(States);

    /// <summary>A failed record whose message quotes a text: if the redactor has learned it as a secret, it comes out as one.</summary>
    private static string Say(string secret) => $"@{{ id = 1 }} | Export-EtlDeadLetter dead.jsonl -Code Mine -Message 'it was {secret}'";

    public async ValueTask DisposeAsync()
    {
        if (_sqlServer is not null)
            await _sqlServer.DisposeAsync();
        _receiver.Dispose();
        _service.Dispose();
        _session.Dispose();
    }

    [Theory]
    [MemberData(nameof(RaisedStates))]
    public void Failure_ThatATriggerOrFunctionRaises_TellsNoTextOfTheServer(string state) => Failure_WithSecretsAndValuesPlanted_TellsNone(
        state,
        $$"""
        foreach ($way in 'trigger', 'function') {
            try { @{ id = 1; amount = "CANARY$way"; email = 'CANARYmail'; state = '{{state}}' } | {{LoadPostgres}} {{Dead}} -OutageBudgetSec 0 -OnOutage Stop }
            catch { Write-Error -ErrorRecord $_ }
        }
        """,
        "");

    [Theory]
    [MemberData(nameof(Provocations))]
    public void Failure_WithSecretsAndValuesPlanted_TellsNone(string name, string script, string code)
    {
        if (script.Contains("/dev/full", StringComparison.Ordinal) && !File.Exists("/dev/full"))
            return;
        Plant();
        script = script.Replace("SQLSERVER", SqlServer(script), StringComparison.Ordinal).Replace("SERVICE", _service.Address, StringComparison.Ordinal)
            .Replace("POSTGRES", Postgres(script), StringComparison.Ordinal);
        _session.Run($"Set-EtlTelemetry -LogPath log.jsonl -LogIntervalSec 0.1 -PrometheusPath etl.prom -OtlpEndpoint {_receiver.Endpoint} -Tag @{{ job = 'hidden' }} -RedactPattern '\\d\\d-CANARY-\\d\\d'");
        using PowerShell shell = _session.Shell($$"""
            $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
            {{script}}
            """);
        var sinks = new List<(string Name, string Text)>();
        var output = new List<PSObject>();
        try
        {
            shell.Invoke(null, output);
        }
        catch (RuntimeException e)
        {
            Add("terminating error", e.ErrorRecord);
        }
        foreach (ErrorRecord error in shell.Streams.Error)
            Add("error", error);
        _session.Run("Set-EtlTelemetry -OtlpEndpoint ''");

        sinks.AddRange(shell.Streams.Warning.Select(record => ("warning", record.Message)));
        sinks.AddRange(shell.Streams.Verbose.Select(record => ("verbose", record.Message)));
        sinks.AddRange(shell.Streams.Debug.Select(record => ("debug", record.Message)));
        sinks.AddRange(shell.Streams.Information.Select(record => ("information", $"{record.MessageData}")));
        sinks.AddRange(shell.Streams.Progress.Select(record => ("progress", $"{record.Activity} {record.StatusDescription} {record.CurrentOperation}")));
        sinks.AddRange(new[] { "log.jsonl", "etl.prom" }.Select(name => _session.PathOf(name)).Where(File.Exists).Select(path => (path, File.ReadAllText(path))));
        sinks.Add(("OTLP", _receiver.AllText));
        sinks.AddRange(output.Where(item => item.BaseObject.GetType().Name != "EtlRecord").Select(item => ("result", Tell(item))));
        sinks.AddRange(_session.Run("Get-EtlRun").Select(run => ("Get-EtlRun", Tell(run))));
        sinks.AddRange(Letters());

        Assert.True(
            code.Length == 0 ? sinks.Exists(sink => sink.Name.EndsWith("error", StringComparison.Ordinal) || sink.Name == "dead letter's code") : sinks.Exists(sink => sink.Text.Contains(code, StringComparison.Ordinal)),
            $"{name}: the failure did not happen: {string.Join('\n', sinks)}");
        Assert.All(sinks, sink => Assert.DoesNotContain(Canary, sink.Text, StringComparison.OrdinalIgnoreCase));

        void Add(string kind, ErrorRecord error)
        {
            for (Exception? e = error.Exception; e is not null; e = e.InnerException)
                sinks.Add((kind, $"{e.GetType().Name} {e.Message} {string.Join(' ', e.Data.Values.Cast<object>())}"));
            // What a script block or a service says is for the error's details, but not what it says of a secret.
            string? details = script.Contains("/echo", StringComparison.Ordinal) ? error.ErrorDetails?.Message : error.ErrorDetails?.Message.Split("Detail:")[0];
            sinks.Add((kind, $"{error.FullyQualifiedErrorId} {error.CategoryInfo.Category} {error.CategoryInfo.TargetName} {details}"));
        }
    }

    /// <summary>Values in every column, secrets where names and paths are.</summary>
    private void Plant()
    {
        _session.Write("bad.csv", "id,amount,email\n1,CANARYamount,\n2,CANARYsecond,\n");
        _session.Write("short.csv", "id,amount,email\nCANARYshort,CANARYrow\n");
        _session.Write("wide.csv", "id,amount\n1,CANARYa,CANARYb\n");
        _session.Write("quote.csv", "id,amount\n1,\"CANARY\"quoted\"\n2,x\n");
        _session.Write("check.csv", "id,amount,email,kind\n1,1,e,CANARYkind\n");
        _session.Write("unique.csv", "id,amount,email\n1,1,CANARYsame\n2,1,CANARYsame\n");
        _session.Write("foreign.csv", "id,amount,email,parent\n1,1,e,CANARYparent\n");
        _session.Write("typed.csv", "id,amount,email,number\n1,1,e,CANARYnumber\n");
        _session.Write("password=CANARYname.csv", "id,amount\n1,CANARYvalue\n");
        _session.Write("rules.json", """{ "columns": { "amount": { "allowedValue": ["CANARYallowed"] } } }""");
        _session.Write("password=CANARYrules.json", """{ "columns": { "amount": { "maxLength": "CANARYlength" } } }""");
        _session.Write("secret=CANARYstop", "");
        File.WriteAllBytes(_session.PathOf("password=CANARYname.csv.gz"), [0x1F, 0x8B, 8, 0, .. Encoding.ASCII.GetBytes("CANARYgzip")]);
        _session.Write("broken.json", "[{\"id\":\"CANARYjson\"},{\"id\":CANARY");
        _session.Write("broken.jsonl", "{\"letterId\":\"CANARYletter\",\"data\":5}\n");
        File.WriteAllBytes(_session.PathOf("bytes.csv"), [.. Encoding.ASCII.GetBytes("id,amount\n1,CANARYbytes"), 0xFF, 0xFE, .. Encoding.ASCII.GetBytes("\n2,x\n")]);
        Table.Rows(_session.PathOf("t.db"), "CREATE TABLE p(name TEXT PRIMARY KEY)");
        Table.Rows(_session.PathOf("w.db"), """
            CREATE TABLE etl_watermark(name TEXT, source_id TEXT, source TEXT, fingerprint TEXT, line_number INTEGER, byte_offset INTEGER, row_number INTEGER,
                page_cursor TEXT, value_text TEXT, updated_at TEXT, run_id TEXT, run_sequence INTEGER, PRIMARY KEY (name, source_id))
            """);
        Table.Rows(_session.PathOf("w.db"), "CREATE TRIGGER guard BEFORE INSERT ON etl_watermark BEGIN SELECT RAISE(ABORT, 'not CANARYvalue'); END");
        Table.Rows(_session.PathOf("t.db"), """
            CREATE TABLE t(id TEXT PRIMARY KEY, amount TEXT NOT NULL, email TEXT UNIQUE NOT NULL DEFAULT (hex(randomblob(8))), kind TEXT CHECK (kind <> 'CANARYkind'),
                parent TEXT REFERENCES p(name), number INTEGER)
            """);
        Table.Rows(_session.PathOf("t.db"), "CREATE TRIGGER guard BEFORE INSERT ON t WHEN NEW.amount = 'CANARYtrigger' BEGIN SELECT RAISE(ABORT, 'not CANARYtrigger'); END");
    }

    /// <summary>A table whose constraints, triggers and casts quote what they refuse, for a user whose password is a canary.</summary>
    private static string Postgres(string script)
    {
        if (!script.Contains("POSTGRES", StringComparison.Ordinal))
            return "";
        string schema = $"hidden{Guid.NewGuid():N}";
        PostgresServer.Execute(
            PostgresFixture.Server.ConnectionString,
            $"CREATE SCHEMA {schema}",
            $"CREATE ROLE {schema} LOGIN SUPERUSER PASSWORD 'CANARYpgpassword'",
            $"""
            SET search_path = {schema};
            CREATE TABLE p(name TEXT PRIMARY KEY);
            CREATE TABLE t(id INTEGER PRIMARY KEY, amount TEXT NOT NULL, email TEXT UNIQUE, kind TEXT CONSTRAINT kinds CHECK (kind <> 'CANARYkind'),
                parent TEXT REFERENCES p, number INTEGER, state TEXT);
            CREATE FUNCTION refuse(state text, email text) RETURNS boolean LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'not %', email USING ERRCODE = state, DETAIL = email, HINT = email, COLUMN = email, CONSTRAINT = email, DATATYPE = email, TABLE = email, SCHEMA = email;
            END $$;
            ALTER TABLE t ADD CONSTRAINT states CHECK (amount <> 'CANARYfunction' OR refuse(state, email));
            CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE NOTICE 'a row: %', NEW.email USING DETAIL = coalesce(NEW.amount, ''), HINT = coalesce(NEW.amount, '');
                RAISE WARNING 'a row: %', NEW.email USING DETAIL = coalesce(NEW.amount, ''), HINT = coalesce(NEW.amount, '');
                IF NEW.amount = 'CANARYtrigger' THEN PERFORM refuse(NEW.state, NEW.email); END IF;
                IF NEW.amount = 'CANARYraise' THEN RAISE EXCEPTION 'not %', NEW.email USING DETAIL = NEW.amount, HINT = NEW.email; END IF;
                IF NEW.amount = 'CANARYcast' THEN NEW.number := NEW.email::integer; END IF;
                IF NEW.amount = 'CANARYnull' THEN NEW.amount := NULL; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER watch BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION watch()
            """);
        return $"Host=127.0.0.1;Port={PostgresFixture.Server.Port};Database=postgres;Username={schema};Search Path={schema};Password=CANARYpgpassword";
    }

    /// <summary>A double of a server that refuses each row with an error which quotes it.</summary>
    private string SqlServer(string script)
    {
        if (!script.Contains("SQLSERVER", StringComparison.Ordinal))
            return "";
        _sqlServer = new ScriptedTarget(new CatalogColumn("id", "int") { Nullable = false }, new CatalogColumn("name", "nvarchar", 40)) { HasTrigger = true };
        _sqlServer.Instead = (step, request) => step != LoadStep.Upsert ? null : (int)_sqlServer.RangeOf((RpcCall)request)[0][1]! switch
        {
            1 => new TdsReply().Error(2627, "Violation of UNIQUE KEY constraint 'uq_name'. Cannot insert duplicate key in object 'dbo.t'. The duplicate key value is (CANARYname).", level: 14),
            2 => new TdsReply().Error(547, "The INSERT statement conflicted with the FOREIGN KEY constraint \"fk_name\". The value was 'CANARYname'.", level: 16),
            3 => new TdsReply().Error(515, "Cannot insert the value NULL into column 'name', table 'shop.dbo.t'; column does not allow nulls. CANARYname", level: 16),
            4 => new TdsReply().Error(245, "Conversion failed when converting the nvarchar value 'CANARYname' to data type int.", level: 16),
            5 => new TdsReply().Error(50000, "Not this one: CANARYname", level: 16),
            7 => new TdsReply().Error(229, "The INSERT permission was denied on the object 'CANARYname'.", level: 14),
            8 => new TdsReply().Error(208, "Invalid object name 'CANARYname'.", level: 16),
            _ => new TdsReply().Error(7999, "Something about CANARYname.", level: 16),
        };
        return string.Join(';', _sqlServer.Server.ConnectionString.Split(';').Where(part => !part.StartsWith("Password", StringComparison.OrdinalIgnoreCase)));
    }

    private IEnumerable<(string Name, string Text)> Letters()
    {
        foreach (string line in File.Exists(_session.PathOf("dead.jsonl")) ? File.ReadLines(_session.PathOf("dead.jsonl")) : [])
        {
            foreach (JsonProperty property in JsonDocument.Parse(line).RootElement.EnumerateObject())
            {
                // The data are what a letter is for; detail is the script block's own text.
                if (property.Name is not ("data" or "detail"))
                    yield return ("dead letter's " + property.Name, property.Value.ToString());
            }
        }
    }

    /// <summary>All that a result object tells, as deep as it goes.</summary>
    private static string Tell(object? value, int depth = 0)
    {
        if (value is null || depth > 4)
            return "";
        object plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        if (plain is string or ValueType)
            return plain.ToString()!;
        if (plain is IEnumerable list)
            return string.Join(' ', list.Cast<object?>().Select(item => Tell(item, depth + 1)));
        return plain + " " + string.Join(' ', PSObject.AsPSObject(plain).Properties.Select(property => Tell(property.Value, depth + 1)));
    }
}
