using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using EtlTools.Engine.Resilience;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>What the pipelines of one session share. A session is a runspace; worker runspaces are part of their owner's.</summary>
internal sealed class EtlSession
{
    private static readonly ConditionalWeakTable<Runspace, EtlSession> Sessions = [];

    private EtlSession()
    {
    }

    /// <summary>The session of the runspace that this thread runs.</summary>
    public static EtlSession Current => Sessions.GetValue(Runspace.DefaultRunspace, _ => new EtlSession());

    public BreakerRegistry Breakers { get; } = new(TimeProvider.System);

    /// <summary>Makes a worker's runspace part of this session.</summary>
    public void Adopt(Runspace worker) => Sessions.AddOrUpdate(worker, this);
}
