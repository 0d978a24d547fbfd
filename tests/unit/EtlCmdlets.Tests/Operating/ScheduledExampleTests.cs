using System.Globalization;
using System.Text.Json;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>examples/scheduled, as its users run it.</summary>
public sealed class ScheduledExampleTests : IDisposable
{
    private const int Rows = 300_000;

    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public async Task LoadOrders_ToldToEnd_IsGoneOnWithByTheNext()
    {
        if (OperatingSystem.IsWindows())
            return;
        string inbox = Directory.CreateDirectory(_session.PathOf("inbox")).FullName;
        string file = Path.Combine(inbox, "orders.csv");
        string database = _session.PathOf("shop.db");
        // A load that was quicker than the signal shows nothing, and is done over.
        for (int attempt = 1; ; attempt++)
        {
            File.Delete(_session.PathOf("etl.jsonl"));
            File.Delete(database);
            await File.WriteAllTextAsync(
                file,
                "order_id,email,customer,amount,ordered_at\n"
                + string.Concat(Enumerable.Range(1, Rows).Select(i => $"{i},u{i}@example.org,c,1.50,2026-11-02T09:12:00\n")),
                TestContext.Current.CancellationToken);
            using ChildShell child = Start();
            while (Count(database) == 0 && !child.HasEnded)
                await Task.Delay(5, TestContext.Current.CancellationToken);
            child.Signal("TERM");
            Task<string> said = child.ReadToEndAsync();
            Assert.True(await child.WaitAsync() == 0, child.Error);
            Assert.Contains("Succeeded", await said, StringComparison.Ordinal);
            if (File.Exists(file))
                break;
            Assert.True(attempt < 5, "No load was there to be drained.");
        }
        long loaded = Count(database);
        Assert.InRange(loaded, 1, Rows - 1);

        using ChildShell next = Start();
        Task<string> output = next.ReadToEndAsync();
        Assert.True(await next.WaitAsync() == 0, next.Error);
        Assert.Contains("Succeeded", await output, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
        Assert.Single(Directory.GetFiles(_session.PathOf("done"), "orders.*.csv"));
        Assert.Equal(Rows, Count(database));
        // The second run has read what the first one had not.
        long[] made = [.. File.ReadAllLines(_session.PathOf("etl.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(entry => entry.GetProperty("event").GetString() == "runEnded").Select(entry => entry.GetProperty("stages")[0].GetProperty("made").GetInt64())];
        Assert.Equal([loaded, Rows - loaded], made);
    }

    [Fact]
    public void CronJob_IsYamlAndGivesADrainItsTime()
    {
        var yaml = new YamlStream();
        yaml.Load(File.OpenText(Path.Combine(Examples, "scheduled", "cronjob.yaml")));
        YamlNode spec = Assert.Single(yaml.Documents).RootNode["spec"];
        YamlNode pod = spec["jobTemplate"]["spec"]["template"]["spec"];
        Assert.Equal(5, spec["schedule"].ToString().Split(' ').Length);
        Assert.Equal("Forbid", spec["concurrencyPolicy"].ToString());
        // -DrainTimeoutSec is 25 s.
        Assert.True(int.Parse(pod["terminationGracePeriodSeconds"].ToString(), CultureInfo.InvariantCulture) > 25);
        string[] command = [.. ((YamlSequenceNode)pod["containers"][0]["command"]).Select(word => word.ToString())];
        Assert.Equal("pwsh", command[0]);
        Assert.Contains("-File", command);
    }

    private static string Examples { get; } = Path.Combine(ChildShell.Root(), "examples");

    private ChildShell Start() => ChildShell.StartIn(_session.Folder, Path.Combine(Examples, "scheduled", "load-orders.ps1"));

    private static long Count(string database)
    {
        if (!File.Exists(database) || Table.Rows(database, "SELECT name FROM sqlite_master WHERE name = 'orders'").Length == 0)
            return 0;
        return long.Parse(Assert.Single(Table.Rows(database, "SELECT count(*) FROM orders")), CultureInfo.InvariantCulture);
    }
}
