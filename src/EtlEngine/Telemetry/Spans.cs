using System.Collections.Concurrent;
using System.Diagnostics;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Telemetry;

/// <summary>Traces: a span for each run, stage and batch, from the activity source EtlTools. Without a listener no span is
/// created.</summary>
internal sealed class Spans : IRunEvents
{
    private static readonly ActivitySource Source = new(EtlMeter.Name);

    private readonly ConcurrentDictionary<object, Activity> _open = new();

    public static Spans Instance { get; } = new();

    public void RunBegan(EtlRun run)
    {
        if (Start("EtlTools run", run, default) is not { } span)
            return;
        span.SetTag("etltools.run.id", run.Id.ToString());
        _open[run] = span;
    }

    public void StageBegan(EtlRun run, StageCounters stage)
    {
        if (Start(stage.Name, run, ParentOf(run)) is { } span)
            _open[stage] = span;
    }

    public void StageEnded(EtlRun run, StageCounters stage)
    {
        if (!_open.TryRemove(stage, out Activity? span))
            return;
        span.SetTag("etltools.records.in", stage.In);
        span.SetTag("etltools.records.made", stage.Made);
        span.SetTag("etltools.records.out", stage.Out);
        span.SetTag("etltools.records.filtered", stage.Filtered);
        span.SetTag("etltools.records.failed", stage.Failed);
        span.SetTag("etltools.records.forwarded", stage.Forwarded);
        span.SetTag("etltools.retries", stage.Retries);
        span.Dispose();
    }

    public void BatchLoaded(EtlRun run, StageCounters stage, int records, TimeSpan elapsed)
    {
        EtlMeter.BatchSeconds.Record(elapsed.TotalSeconds, EtlMeter.TagsOf(stage.Name, run.Tags));
        using Activity? span = Start("batch", run, ParentOf(stage, run), elapsed);
        span?.SetTag("etltools.batch.records", records);
    }

    public void BatchFailed(EtlRun run, StageCounters stage, int records, TimeSpan elapsed, string code, bool isFinal)
    {
        using Activity? span = Start("batch", run, ParentOf(stage, run), elapsed);
        span?.SetTag("etltools.batch.records", records);
        span?.SetTag("error.type", code);
        span?.SetStatus(ActivityStatusCode.Error, code);
    }

    public void RunEnded(EtlRun run)
    {
        // A stage that an error or Select-Object -First ended has not written all its output.
        foreach (StageCounters stage in run.Stages)
            StageEnded(run, stage);
        if (!_open.TryRemove(run, out Activity? span))
            return;
        span.SetTag("etltools.run.state", run.Ending?.State.ToString());
        if (run.Ending is { State: RunState.Failed or RunState.Dropped } ending)
        {
            span.SetTag("error.type", ending.ErrorCode);
            span.SetStatus(ActivityStatusCode.Error, run.Redactor.Redact(ending.Message));
        }
        span.Dispose();
    }

    /// <summary>Never the thread's current activity: the thread is the user's.</summary>
    private static Activity? Start(string name, EtlRun run, ActivityContext parent, TimeSpan ago = default)
    {
        if (!Source.HasListeners())
            return null;
        Activity? before = Activity.Current;
        try
        {
            Activity.Current = null;
            Activity? span = Source.StartActivity(name, ActivityKind.Internal, parent, startTime: run.Time.GetUtcNow() - ago);
            foreach ((string key, string value) in run.Tags)
                span?.SetTag(key, run.Redactor.Redact(value));
            return span;
        }
        finally
        {
            Activity.Current = before;
        }
    }

    private ActivityContext ParentOf(params ReadOnlySpan<object> owners)
    {
        foreach (object owner in owners)
        {
            if (_open.TryGetValue(owner, out Activity? span))
                return span.Context;
        }
        return default;
    }
}
