using EtlTools.Engine.Files;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Telemetry;

/// <summary>Where the events of one session's runs go, and the timer behind it. Any thread.</summary>
internal sealed class SessionTelemetry : IRunEvents, IDisposable
{
    private readonly RunRegistry _book;
    private readonly JsonLog? _log;
    private readonly PrometheusFile? _prometheus;
    private readonly OtlpExport? _otlp;
    private readonly ITimer? _timer;
    private volatile bool _isReplaced;
    private string? _failure;

    /// <summary>Opens the log, the files and the exporter that the options name.</summary>
    /// <param name="options">Where to write.</param>
    /// <param name="book">The session's runs.</param>
    /// <param name="breakers">The session's breakers.</param>
    /// <param name="redactor">The redactor for every text.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="EtlException">A file or address cannot be used.</exception>
    public SessionTelemetry(TelemetryOptions options, RunRegistry book, BreakerRegistry breakers, Redactor redactor, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        Options = options.Validate();
        _book = book;
        if (options.LogPath is { } logPath)
        {
            _log = new JsonLog(
                AppendFile.At(logPath, "-LogPath", FailureCodes.TelemetryFailed, null, options.LogMaxBytes), redactor, time, options.LogInterval,
                e => Fail($"The log '{logPath}'", e));
        }
        if (options.PrometheusPath is { } path)
        {
            _ = AppendFile.At(path, "-PrometheusPath", FailureCodes.TelemetryFailed, null);
            _prometheus = new PrometheusFile(
                path, Options.Tags, book, breakers, redactor, e => Fail($"The Prometheus file '{path}'", e),
                how => Fail($"The Prometheus file '{path}' {how}, and each replaces the metrics of the other. Give each its own -PrometheusPath."));
            _prometheus.Write();
            if (_failure is { } failure)
                throw new EtlException(FailureCodes.TelemetryFailed, FailureKind.Unavailable, failure);
        }
        _otlp = options.OtlpEndpoint is { } endpoint ? OtlpExport.Open(endpoint, options, redactor, () => Fail(
            $"The collector of -OtlpEndpoint, {endpoint.GetLeftPart(UriPartial.Path)}, did not take the metrics of a run: it does not run, cannot be reached, or refuses them. Look at its log, or correct -OtlpEndpoint. The run continued without it.")) : null;
        Events = new RunEvents([Spans.Instance, .. new IRunEvents?[] { _log, _prometheus, _otlp }.OfType<IRunEvents>(), this]);
        // Without a log or a file, a timer would only keep the session in memory.
        if (_log is not null || _prometheus is not null)
            _timer = time.CreateTimer(_ => Tick(), null, options.LogInterval, options.LogInterval);
    }

    /// <summary>The current options.</summary>
    public TelemetryOptions Options { get; }

    /// <summary>The listener to the events of runs.</summary>
    public IRunEvents Events { get; }

    /// <summary>The last failure since this was asked, or null. A run does not end because of it.</summary>
    public string? TakeFailure() => Interlocked.Exchange(ref _failure, null);

    /// <summary>Later runs write elsewhere. It is closed when the last of its own has ended.</summary>
    public void Replace()
    {
        _isReplaced = true;
        CloseIfUnused();
    }

    void IRunEvents.RunEnded(EtlRun run) => CloseIfUnused();

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        _otlp?.Dispose();
    }

    private void Tick()
    {
        EtlRun[] live = LiveRuns();
        if (live.Length == 0)
            return;
        foreach (EtlRun run in _log is null ? [] : live)
            _log!.WriteCounters(run);
        _prometheus?.Write();
    }

    /// <summary>The active runs that write here.</summary>
    private EtlRun[] LiveRuns() => [.. _book.Live.Where(run => ReferenceEquals(run.Events, Events))];

    private void CloseIfUnused()
    {
        if (_isReplaced && LiveRuns().Length == 0)
            Dispose();
    }

    private void Fail(string file, Exception cause) => Fail($"{file} could not be written: {cause.Message.TrimEnd('.')}. The run continued without it.");

    private void Fail(string message) => _failure = message;
}
