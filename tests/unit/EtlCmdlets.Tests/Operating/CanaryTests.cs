using System.Collections;
using System.Management.Automation;
using System.Text;
using System.Text.Json;
using Xunit;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>
/// Secrets and values that must not come out: each row plants them and provokes a failure, and every sink is searched. What is
/// not the module's: the caller's command line (InvocationInfo), an error's TargetObject, and what a user's own block writes.
/// </summary>
public sealed class CanaryTests : IDisposable
{
    private const string Canary = "CANARY";
    private const string Load = "Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id";
    private const string Dead = "-DeadLetterPath dead.jsonl";

    private readonly ModuleSession _session = new();
    private readonly OtlpReceiver _receiver = new();
    private readonly FailingService _service = new();

    /// <summary>Name, set-up, script, and the error or code that shows that the failure happened.</summary>
    public static TheoryData<string, string, string> Provocations => new()
    {
        { "conversion", "Import-EtlCsv bad.csv -Type @{ amount = 'decimal' }", "ConversionFailed" },
        { "conversion to dead letter", $"Import-EtlCsv bad.csv -Type @{{ amount = 'decimal' }} | {Load} -CreateTable {Dead}", "ConversionFailed" },
        { "too few fields", $"Import-EtlCsv short.csv | {Load} -CreateTable {Dead}", "TooFewFields" },
        { "too many fields", "Import-EtlCsv wide.csv", "TooManyFields" },
        { "malformed row", $"Import-EtlCsv quote.csv {Dead}", "MalformedRow" },
        { "bytes that are no text", $"Import-EtlCsv bytes.csv {Dead}", "InvalidBytes" },
        { "a secret in a file's name", "Import-EtlCsv 'password=CANARYname.csv' -Type @{ amount = 'int' }", "ConversionFailed" },
        { "a missing file", "Import-EtlCsv './no/token=CANARYmissing.csv'", "FileNotFound" },
        { "required", "Import-EtlCsv bad.csv | Invoke-EtlTransform -Required email", "RequiredMissing" },
        { "too long", $"Import-EtlCsv bad.csv | Invoke-EtlTransform -MaxLength @{{ amount = 3 }} | {Load} -CreateTable {Dead}", "MaxLengthExceeded" },
        { "a type in a transform", "Import-EtlCsv bad.csv | Invoke-EtlTransform -Type @{ amount = 'int' }", "ConversionFailed" },
        { "a block that throws a value", $"Import-EtlCsv bad.csv | Invoke-EtlTransform {{ throw $_.amount }} | {Load} -CreateTable {Dead}", "ScriptFailed" },
        { "a block that throws a value, fail fast", "Import-EtlCsv bad.csv | Invoke-EtlTransform { throw $_.amount } -ErrorAction Stop", "ScriptFailed" },
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
        { "an answer that is no JSON", "Invoke-EtlApi 'SERVICE/broken'", "" },
        { "an item that is none", "Invoke-EtlApi 'SERVICE/items' | Invoke-EtlTransform -Type @{ amount = 'int' }", "ConversionFailed" },
        { "a cursor that comes again", "Invoke-EtlApi 'SERVICE/loop' -Pagination Cursor -NextPath next", "" },
        { "enrichment that fails", "@{ id = 'CANARYid' } | Invoke-EtlApi 'SERVICE/status/404?id={id}'", "" },
        { "JSON that is none", "Import-EtlJson broken.json", "" },
        { "a run that is dropped", $"Import-EtlCsv bad.csv | ForEach-Object {{ Stop-EtlPipeline -Drop; $_ }} | {Load} -CreateTable", "RunDropped" },
    };

    public void Dispose()
    {
        _receiver.Dispose();
        _service.Dispose();
        _session.Dispose();
    }

    [Theory]
    [MemberData(nameof(Provocations))]
    public void Failure_WithSecretsAndValuesPlanted_TellsNone(string name, string script, string code)
    {
        if (script.Contains("/dev/full", StringComparison.Ordinal) && !File.Exists("/dev/full"))
            return;
        script = script.Replace("SERVICE", _service.Address, StringComparison.Ordinal);
        Plant();
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
        sinks.Add(("log", File.ReadAllText(_session.PathOf("log.jsonl"))));
        sinks.Add(("Prometheus", File.ReadAllText(_session.PathOf("etl.prom"))));
        sinks.Add(("OTLP", _receiver.AllText));
        sinks.AddRange(output.Where(item => item.BaseObject.GetType().Name != "EtlRecord").Select(item => ("result", Tell(item))));
        sinks.AddRange(_session.Run("Get-EtlRun").Select(run => ("Get-EtlRun", Tell(run))));
        sinks.AddRange(Letters());

        Assert.True(
            code.Length == 0 ? sinks.Exists(sink => sink.Name.EndsWith("error", StringComparison.Ordinal)) : sinks.Exists(sink => sink.Text.Contains(code, StringComparison.Ordinal)),
            $"{name}: the failure did not happen: {string.Join('\n', sinks)}");
        Assert.All(sinks, sink => Assert.DoesNotContain(Canary, sink.Text, StringComparison.OrdinalIgnoreCase));

        void Add(string kind, ErrorRecord error)
        {
            // A script block's own text is for its error, and for nobody else.
            bool ownText = script.Contains("throw $_", StringComparison.Ordinal);
            for (Exception? e = error.Exception; e is not null && !ownText; e = e.InnerException)
                sinks.Add((kind, $"{e.GetType().Name} {e.Message} {string.Join(' ', e.Data.Values.Cast<object>())}"));
            sinks.Add((kind, $"{error.FullyQualifiedErrorId} {error.CategoryInfo.Category} {error.CategoryInfo.TargetName} {error.ErrorDetails?.Message}"));
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
        _session.Write("broken.json", "[{\"id\":\"CANARYjson\"},{\"id\":CANARY");
        _session.Write("broken.jsonl", "{\"letterId\":\"CANARYletter\",\"data\":5}\n");
        File.WriteAllBytes(_session.PathOf("bytes.csv"), [.. Encoding.ASCII.GetBytes("id,amount\n1,CANARYbytes"), 0xFF, 0xFE, .. Encoding.ASCII.GetBytes("\n2,x\n")]);
        Table.Rows(_session.PathOf("t.db"), "CREATE TABLE p(name TEXT PRIMARY KEY)");
        Table.Rows(_session.PathOf("t.db"), """
            CREATE TABLE t(id TEXT PRIMARY KEY, amount TEXT NOT NULL, email TEXT UNIQUE NOT NULL DEFAULT (hex(randomblob(8))), kind TEXT CHECK (kind <> 'CANARYkind'),
                parent TEXT REFERENCES p(name), number INTEGER)
            """);
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
