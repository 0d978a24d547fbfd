using System.Management.Automation;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>The progress bar of one stage, brought up to date by a timer and never per record.</summary>
internal sealed class StageProgress : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    /// <summary>An activity id range of our own, so that the bars of a pipeline stand together and apart from others.</summary>
    private const int FirstActivityId = 7100;

    private readonly EtlCommand _command;
    private readonly RecordStage _stage;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly ITimer? _timer;
    private readonly int _activityId;
    private volatile bool _due;
    private bool _shown;

    public StageProgress(EtlCommand command, RecordStage stage)
    {
        _command = command;
        _stage = stage;
        _time = command.Context.Run.Time;
        _began = _time.GetTimestamp();
        // The first command of the pipeline has the lowest id, and hosts show the bars in the order of their ids.
        _activityId = FirstActivityId - command.Depth;
        if (!HostKind.IsNonInteractive)
            _timer = _time.CreateTimer(_ => _due = true, null, Period, Period);
    }

    public bool IsDue => _due;

    public void Show()
    {
        _due = false;
        _command.WriteProgress(new ProgressRecord(_activityId, _stage.Counters.Name, Figures())
        {
            PercentComplete = _stage.Fraction is { } fraction ? (int)(100 * Math.Clamp(fraction, 0, 1)) : -1,
        });
        _shown = true;
    }

    public void Complete()
    {
        if (_shown)
            _command.WriteProgress(new ProgressRecord(_activityId, _stage.Counters.Name, Figures()) { RecordType = ProgressRecordType.Completed });
    }

    public void Dispose() => _timer?.Dispose();

    private string Figures()
    {
        StageCounters c = _stage.Counters;
        long done = Math.Max(c.In, c.Made);
        double seconds = Math.Max(_time.GetElapsedTime(_began).TotalSeconds, 0.001);
        return FormattableString.Invariant(
            $"{done:N0} records, {done / seconds:N0}/s, {c.Failed + c.Forwarded:N0} failed, {c.Filtered:N0} filtered, buffer {Math.Min(100, 100.0 * c.Held / _command.BufferSize):0} % full");
    }
}
