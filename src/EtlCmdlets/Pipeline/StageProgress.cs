using System.Globalization;
using System.Management.Automation;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>The progress bar of one stage, brought up to date by a timer and never per record. A terminal that takes long to show it is
/// asked less often.</summary>
internal sealed class StageProgress : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    /// <summary>For each moment that a terminal took, so many pass until it is asked again: at most 5 % of the time goes there.</summary>
    private const int SlowTerminal = 20;

    /// <summary>An activity id range of our own, so that the bars of a pipeline stand together and apart from others.</summary>
    private const int FirstActivityId = 7100;

    private readonly EtlCommand _command;
    private readonly RecordStage _stage;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly ITimer? _timer;
    private readonly int _activityId;
    private readonly long _sourceId;
    private TimeSpan _pause;
    private long _shownAt;
    private volatile bool _due;
    private bool _shown;
    private bool _ended;

    /// <summary>Where the stage was when it first knew, which is not the beginning for one that resumes.</summary>
    private (double Fraction, long At)? _first;

    public StageProgress(EtlCommand command, RecordStage stage)
    {
        _command = command;
        _stage = stage;
        _time = command.Context.Run.Time;
        _began = _time.GetTimestamp();
        // The first command of the pipeline has the lowest id.
        _activityId = FirstActivityId - command.Depth;
        _sourceId = BitConverter.ToInt64(command.Context.Run.Id.ToByteArray()) & long.MaxValue;
        if (!HostKind.IsNonInteractive)
        {
            _timer = _time.CreateTimer(_ => _due = true, null, Period, Period);
            command.Context.Bars.Add(this);
        }
    }

    public bool IsDue => _due && (!_shown || _time.GetElapsedTime(_shownAt) >= _pause);

    public void Show()
    {
        _due = false;
        if (!_shown)
            ShowEarlierBars();
        long began = _time.GetTimestamp();
        Write(Current());
        _shownAt = _time.GetTimestamp();
        // The first time is dear in any terminal: code that runs for the first time, and a bar that is made.
        _pause = _shown ? SlowTerminal * _time.GetElapsedTime(began, _shownAt) : TimeSpan.Zero;
        _shown = true;
    }

    // Hosts show bars in the order in which they first came, so those of the commands before this one come first.
    private void ShowEarlierBars()
    {
        foreach (StageProgress earlier in _command.Context.Bars.Where(bar => bar._activityId < _activityId && !bar._shown && !bar._ended).OrderBy(bar => bar._activityId))
        {
            Write(earlier.Current());
            earlier._shownAt = _time.GetTimestamp();
            earlier._shown = true;
        }
    }

    public void Complete()
    {
        _ended = true;
        if (_shown)
            Write(Completed());
        _shown = false;
    }

    /// <summary>A pipeline that was ended early takes no more output, so the host is told by itself.</summary>
    public void Dispose()
    {
        _timer?.Dispose();
        _ended = true;
        if (_shown)
            _command.Host?.UI?.WriteProgress(_sourceId, Completed());
        _shown = false;
    }

    // With an id of one's own for the source, so that the host knows the bar again.
    private void Write(ProgressRecord record) => _command.CommandRuntime.WriteProgress(_sourceId, record);

    private ProgressRecord Current()
    {
        double? fraction = _stage.Fraction is { } known ? Math.Clamp(known, 0, 1) : null;
        return new ProgressRecord(_activityId, _stage.Counters.Name, Figures())
        {
            PercentComplete = fraction is { } done ? (int)(100 * done) : -1,
            SecondsRemaining = fraction is { } part ? SecondsLeft(part) : -1,
        };
    }

    private ProgressRecord Completed() => new(_activityId, _stage.Counters.Name, Figures()) { RecordType = ProgressRecordType.Completed };

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
        if (c.WaitingUntil is { } until)
            return string.Create(CultureInfo.InvariantCulture, $"{done:N0} records, waiting for the database until {TimeZoneInfo.ConvertTime(until, _time.LocalTimeZone):HH:mm:ss}");
        // The buffer is read off at 80 columns, where the end is cut off.
        return FormattableString.Invariant(
            $"{done:N0} records, {done / seconds:N0}/s, buffer {Math.Min(100, 100.0 * c.Held / _command.BufferSize):0} %, {c.Failed + c.Forwarded:N0} failed, {c.Filtered:N0} filtered");
    }
}
