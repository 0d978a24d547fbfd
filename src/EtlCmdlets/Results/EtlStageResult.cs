using EtlTools.Engine.Stages;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets;

/// <summary>What one command of a run did, in records. In + Made = Out + Filtered + Failed + Forwarded, and what was on its way when
/// the run ended early.</summary>
public sealed class EtlStageResult
{
    private EtlStageResult(StageCounters counters, Redactor redactor)
    {
        Name = counters.Name;
        Subject = redactor.Redact(counters.Subject);
        In = counters.In;
        Made = counters.Made;
        Out = counters.Out;
        Filtered = counters.Filtered;
        Failed = counters.Failed;
        Forwarded = counters.Forwarded;
    }

    /// <summary>The command.</summary>
    public string Name { get; }

    /// <summary>What it works on: files, an address or a table; null if there is nothing to name.</summary>
    public string? Subject { get; }

    /// <summary>Records that arrived, failed ones of earlier commands included.</summary>
    public long In { get; }

    /// <summary>Records that the command made: rows read, or further outputs of one input.</summary>
    public long Made { get; }

    /// <summary>Good records that left.</summary>
    public long Out { get; }

    /// <summary>Records dropped on purpose.</summary>
    public long Filtered { get; }

    /// <summary>Records that failed here.</summary>
    public long Failed { get; }

    /// <summary>Records that had failed earlier and passed through.</summary>
    public long Forwarded { get; }

    /// <summary>The name and the sum; what is zero is left out.</summary>
    public override string ToString()
    {
        string came = Sum(("in", In), ("made", Made));
        string went = Sum(("out", Out), ("filtered", Filtered), ("failed", Failed), ("forwarded", Forwarded));
        return $"{Name}: {came} = {went}";
    }

    private static string Sum(params (string Name, long Count)[] terms)
    {
        string sum = string.Join(" + ", terms.Where(term => term.Count != 0).Select(term => FormattableString.Invariant($"{term.Name} {term.Count:N0}")));
        return sum.Length > 0 ? sum : $"{terms[0].Name} 0";
    }

    internal static EtlStageResult[] Of(EtlRun run) => [.. run.Stages.Select(counters => new EtlStageResult(counters, run.Redactor))];
}
