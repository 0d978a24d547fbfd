using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets;

/// <summary>Where a session's runs tell what they do.</summary>
public sealed class EtlTelemetry
{
    internal EtlTelemetry(EtlSession session)
    {
        TelemetryOptions options = session.Telemetry.Options;
        LogPath = options.LogPath;
        LogIntervalSec = options.LogInterval.TotalSeconds;
        LogMaxBytes = options.LogMaxBytes ?? 0;
        PrometheusPath = options.PrometheusPath;
        OtlpEndpoint = options.OtlpEndpoint?.ToString();
        Tag = new Dictionary<string, string>(options.Tags);
        RedactPattern = [.. session.RedactPatterns];
    }

    /// <summary>The structured log, or null.</summary>
    public string? LogPath { get; }

    /// <summary>Seconds between two reports of the counters.</summary>
    public double LogIntervalSec { get; }

    /// <summary>The size beyond which the log is moved aside, in bytes; 0 for never.</summary>
    public long LogMaxBytes { get; }

    /// <summary>The Prometheus file, or null.</summary>
    public string? PrometheusPath { get; }

    /// <summary>The collector's address, or null.</summary>
    public string? OtlpEndpoint { get; }

    /// <summary>Names and values that go with every metric, span and log line.</summary>
    public Dictionary<string, string> Tag { get; }

    /// <summary>Regular expressions of what is a secret here.</summary>
    public string[] RedactPattern { get; }
}
