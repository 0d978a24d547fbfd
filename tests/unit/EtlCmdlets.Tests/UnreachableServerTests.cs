using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>A server that takes connections and never answers, and one that is down.</summary>
public sealed class UnreachableServerTests : IDisposable
{
    /// <summary>Far more than a stop takes, and far less than a driver waits.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ModuleSession _session = new();
    private readonly TcpListener _silent = new(IPAddress.Loopback, 0);

    public UnreachableServerTests()
    {
        _silent.Start();
        Silent = $"-ConnectionString 'Host=127.0.0.1;Port={((IPEndPoint)_silent.LocalEndpoint).Port};Username=u;Password=p;SSL Mode=Disable'";
    }

    private string Silent { get; }

    public void Dispose()
    {
        _session.Dispose();
        _silent.Dispose();
    }

    [Theory]
    [InlineData("[pscustomobject]@{ id = 1 } | Export-EtlSqlUpsert DB -Table t -Key id")]
    [InlineData("[pscustomobject]@{ id = 1 } | Export-EtlSqlUpsert DB -Table t -Key id -WhatIf")]
    [InlineData("Get-EtlWatermark job DB")]
    [InlineData("Import-EtlSql DB -Query 'SELECT 1'")]
    public async Task Stop_ServerDoesNotAnswer_IsOverSoon(string script)
    {
        using PowerShell shell = _session.Shell(script.Replace("DB", Silent, StringComparison.Ordinal));
        Task running = Task.Run(() => shell.Invoke());
        using (await _silent.AcceptSocketAsync(TestContext.Current.CancellationToken))
        {
            await Task.Run(shell.Stop).WaitAsync(Patience, TestContext.Current.CancellationToken);
            await running.WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        }
    }

    [Fact]
    public void WhatIf_ServerIsDown_SaysSoAtOnce()
    {
        _silent.Stop();
        Outcome outcome = _session.Try($"[pscustomobject]@{{ id = 1 }} | Export-EtlSqlUpsert {Silent} -Table t -Key id -WhatIf -OutageBudgetSec 3600");
        Assert.StartsWith("TargetUnavailable,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-WhatIf does not retry", outcome.EndingError.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIf_ServerDoesNotAnswer_SaysThatItWaits()
    {
        using PowerShell shell = _session.Shell($"[pscustomobject]@{{ id = 1 }} | Export-EtlSqlUpsert {Silent} -Table t -Key id -WhatIf");
        var said = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        shell.Streams.Warning.DataAdded += (_, added) => said.TrySetResult(shell.Streams.Warning[added.Index].Message);
        Task running = Task.Run(() => shell.Invoke());
        Assert.Contains("has not answered yet", await said.Task.WaitAsync(Patience, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        shell.Stop();
        await running.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Dispose_StepFails_LeavesNothingBehind()
    {
        _session.Write("a.csv", "id\n1\n");
        Outcome outcome = _session.Try(
            "Import-EtlCsv a.csv | ForEach-Object { Set-Variable taken 1 -Option ReadOnly -Force; throw 'mine' } | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable -ResultVariable taken");
        Assert.Equal("mine", outcome.EndingError.Exception.Message);
        // The result could not be stored while the command was disposed of; the run has ended all the same.
        Assert.Equal("Failed", _session.Run("(Get-EtlRun)[-1].State").Single().ToString());
        _session.Run("Import-EtlCsv a.csv | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable");
    }
}
