using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>What the pipelines of one session share. A session is a runspace; worker runspaces belong to their owner's session.</summary>
internal sealed class EtlSession
{
    private static readonly ConditionalWeakTable<Runspace, EtlSession> Sessions = [];

    private EtlSession(Runspace runspace)
    {
        HostValues.Use(NestedValues.Copy, ValueUnwrapper.Simplify);
        Telemetry = new SessionTelemetry(new TelemetryOptions(), Book, Breakers, Redactor, TimeProvider.System);
        Breakers.Changed += change => Telemetry.Events.BreakerChanged(change);
        EtlMeter.Watch(Breakers);
        runspace.StateChanged += (_, change) =>
        {
            if (change.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Broken)
                Telemetry.Dispose();
        };
    }

    /// <summary>The session of the current thread's runspace.</summary>
    public static EtlSession Current => Sessions.GetValue(Runspace.DefaultRunspace, runspace => new EtlSession(runspace));

    public BreakerRegistry Breakers { get; } = new(TimeProvider.System);

    /// <summary>The redactor of all text that leaves the module.</summary>
    public Redactor Redactor { get; } = new();

    /// <summary>The patterns that the user declared secret.</summary>
    public IReadOnlyList<string> RedactPatterns { get; private set; } = [];

    /// <summary>The active runs, and their sums.</summary>
    public RunRegistry Book { get; } = new();

    /// <summary>The runs that have ended.</summary>
    public RunHistory History { get; } = new();

    /// <summary>The telemetry of the session.</summary>
    public SessionTelemetry Telemetry { get; private set; }

    /// <summary>Makes a worker's runspace part of this session.</summary>
    public void Adopt(Runspace worker) => Sessions.AddOrUpdate(worker, this);

    /// <summary>Treats these patterns as secrets from now on.</summary>
    public void SetRedactPatterns(IReadOnlyList<string> patterns)
    {
        Redactor.SetPatterns(patterns);
        RedactPatterns = patterns;
    }

    /// <summary>Replaces the telemetry; active runs keep the one with which they started.</summary>
    public void Tell(TelemetryOptions options)
    {
        var fresh = new SessionTelemetry(options, Book, Breakers, Redactor, TimeProvider.System);
        Telemetry.Replace();
        Telemetry = fresh;
    }
}
