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

    /// <summary>Where the stage was when it first knew, which is not the beginning for one that resumes.</summary>
    private (double Fraction, long At)? _first;

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
        double? fraction = _stage.Fraction is { } known ? Math.Clamp(known, 0, 1) : null;
        _command.WriteProgress(new ProgressRecord(_activityId, _stage.Counters.Name, Figures())
        {
            PercentComplete = fraction is { } done ? (int)(100 * done) : -1,
            SecondsRemaining = fraction is { } part ? SecondsLeft(part) : -1,
        });
        _shown = true;
    }

    public void Complete()
    {
        if (_shown)
            _command.WriteProgress(new ProgressRecord(_activityId, _stage.Counters.Name, Figures()) { RecordType = ProgressRecordType.Completed });
    }

    public void Dispose() => _timer?.Dispose();

    /// <summary>The time that the rest takes if it goes on as it went; -1 as long as nobody can tell.</summary>
    private int SecondsLeft(double fraction)
    {
        if (_first is not { } first)
        {
            if (fraction > 0)
                _first = (fraction, _time.GetTimestamp());
            return -1;
        }
        double left = _time.GetElapsedTime(first.At).TotalSeconds * (1 - fraction) / (fraction - first.Fraction);
        return left <= int.MaxValue ? (int)Math.Ceiling(left) : -1;
    }

    private string Figures()
    {
        StageCounters c = _stage.Counters;
        long done = Math.Max(c.In, c.Made);
        double seconds = Math.Max(_time.GetElapsedTime(_began).TotalSeconds, 0.001);
        return FormattableString.Invariant(
            $"{done:N0} records, {done / seconds:N0}/s, {c.Failed + c.Forwarded:N0} failed, {c.Filtered:N0} filtered, buffer {Math.Min(100, 100.0 * c.Held / _command.BufferSize):0} % full");
    }
}
