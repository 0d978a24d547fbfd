using System.Globalization;
using System.Management.Automation;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>The progress bar of one stage, drawn when the run's board says so.</summary>
internal sealed class StageProgress : IDisposable
{
    /// <summary>A range of activity ids for this module, so that the bars of a pipeline stand together.</summary>
    private const int FirstActivityId = 7100;

    private readonly EtlCommand _command;
    private readonly RecordStage _stage;
    private readonly ProgressBoard<StageProgress> _board;
    private readonly bool _isWanted;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly int _activityId;
    private readonly long _sourceId;

    /// <summary>Where the stage was when its fraction was first known; a stage that resumes does not start at 0.</summary>
    private (double Fraction, long At)? _first;

    public StageProgress(EtlCommand command, RecordStage stage)
    {
        _command = command;
        _stage = stage;
        _board = command.Context.Bars;
        _time = command.Context.Run.Time;
        _began = _time.GetTimestamp();
        // The first command of the pipeline has the lowest id.
        _activityId = FirstActivityId - command.Depth;
        _sourceId = BitConverter.ToInt64(command.Context.Run.Id.ToByteArray()) & long.MaxValue;
        _isWanted = !HostKind.IsNonInteractive && !IsSilenced(command);
        if (_isWanted)
            _board.Add(this, _activityId);
    }

    public bool IsDue => _isWanted && _board.IsDue;

    /// <summary>Draws the bars of the run, this one and those of the other commands.</summary>
    public void Show() => _board.Draw(bar => Write(bar.Current()));

    public void Complete()
    {
        if (_board.Remove(this))
            Write(Completed());
    }

    /// <summary>Removes the bar of a pipeline that ended early.</summary>
    public void Dispose()
    {
        if (_board.Remove(this))
            HostScreen.Show(_command, screen => screen.WriteProgress(_sourceId, Completed()));
    }

    // The run's own source id lets the host recognise the bar.
    private void Write(ProgressRecord record) => _command.CommandRuntime.WriteProgress(_sourceId, record);

    // PowerShell applies the preference of the command that draws, but that command also draws the bars of others.
    private static bool IsSilenced(EtlCommand command) =>
        command.MyInvocation.BoundParameters.TryGetValue("ProgressAction", out object? action)
        && action is ActionPreference.SilentlyContinue or ActionPreference.Ignore;

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

    /// <summary>The remaining time at the average speed so far; -1 if it is unknown.</summary>
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
        // The buffer comes early in the text, because at 80 columns the end is cut off.
        return FormattableString.Invariant(
            $"{done:N0} records, {done / seconds:N0}/s, buffer {Math.Min(100, 100.0 * c.Held / _command.BufferSize):0} %, {c.Failed + c.Forwarded:N0} failed, {c.Filtered:N0} filtered");
    }
}
