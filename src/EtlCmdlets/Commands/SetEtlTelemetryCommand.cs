using System.Collections;
using System.Globalization;
using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.Files;
using EtlTools.Engine.Records;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets;

/// <summary>Says where this session's runs tell what they do: a log, a metrics file, a collector. What is not named stays as it is.</summary>
[Cmdlet(VerbsCommon.Set, "EtlTelemetry", SupportsShouldProcess = true)]
[OutputType(typeof(EtlTelemetry))]
public sealed class SetEtlTelemetryCommand : EtlCmdlet
{
    /// <summary>A file for the structured log, one JSON object per line. An empty text: none.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? LogPath { get; set; }

    /// <summary>Seconds between two reports of the counters. Default 10.</summary>
    [Parameter]
    [ValidateRange(0.1, 86400)]
    public double LogIntervalSec { get; set; } = TelemetryOptions.DefaultLogInterval.TotalSeconds;

    /// <summary>The size beyond which the log is moved aside and a new one begun, in bytes. Default 0: never.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long LogMaxBytes { get; set; }

    /// <summary>A file for Prometheus's textfile collector. An empty text: none.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? PrometheusPath { get; set; }

    /// <summary>The address of an OpenTelemetry collector. An empty text: none.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? OtlpEndpoint { get; set; }

    /// <summary>Names and values that go with every metric, span and log line: @{ job = 'orders' }.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Tag { get; set; } = new Hashtable();

    /// <summary>Regular expressions of what is a secret here, besides what is known.</summary>
    [Parameter]
    [ValidateNotNull]
    [AllowEmptyCollection]
    public string[] RedactPattern { get; set; } = [];

    /// <summary>Writes the settings.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void OnEnd()
    {
        EtlSession session = EtlSession.Current;
        if (!ShouldProcess("this session", "Set telemetry"))
            return;
        if (IsGiven(nameof(RedactPattern)))
            session.SetRedactPatterns(RedactPattern);
        session.Tell(Changed(session.Telemetry.Options));
        if (PassThru)
            WriteObject(new EtlTelemetry(session));
    }

    private TelemetryOptions Changed(TelemetryOptions options)
    {
        if (IsGiven(nameof(LogPath)))
            options = options with { LogPath = PathOf(LogPath, "-LogPath") };
        if (IsGiven(nameof(LogIntervalSec)))
            options = options with { LogInterval = TimeSpan.FromSeconds(LogIntervalSec) };
        if (IsGiven(nameof(LogMaxBytes)))
            options = options with { LogMaxBytes = LogMaxBytes > 0 ? LogMaxBytes : null };
        if (IsGiven(nameof(PrometheusPath)))
            options = options with { PrometheusPath = PathOf(PrometheusPath, "-PrometheusPath") };
        if (options is { LogPath: { } log, PrometheusPath: { } metrics } && FilePath.AreSame(log, metrics))
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-LogPath and -PrometheusPath are the same file, '{log}', and each metrics file replaces the one before. Name another one for the metrics.");
        if (IsGiven(nameof(OtlpEndpoint)))
            options = options with { OtlpEndpoint = string.IsNullOrEmpty(OtlpEndpoint) ? null : Address(OtlpEndpoint) };
        if (IsGiven(nameof(Tag)))
            options = options with { Tags = Dictionaries.InOrder(Tag).ToDictionary(tag => tag.Name, tag => Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "") };
        return options;
    }

    private static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
        ? address
        : throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, "-OtlpEndpoint is not an address. Write http://localhost:4317 or http://localhost:4318.");

    private string? PathOf(string? path, string parameter) => string.IsNullOrEmpty(path) ? null : SessionPath.Full(SessionState.Path, path, parameter);
}
