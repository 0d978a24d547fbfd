using System.Collections.ObjectModel;

namespace EtlTools.Engine.Telemetry;

/// <summary>Where a session writes its telemetry.</summary>
internal sealed record TelemetryOptions
{
    /// <summary>The default of <see cref="LogInterval"/>.</summary>
    public static readonly TimeSpan DefaultLogInterval = TimeSpan.FromSeconds(10);

    /// <summary>The full path of the structured log; null, the default, for none.</summary>
    public string? LogPath { get; init; }

    /// <summary>The interval at which the counters of a run are logged, and the Prometheus file and the exporter are updated. Default 10
    /// s.</summary>
    public TimeSpan LogInterval { get; init; } = DefaultLogInterval;

    /// <summary>The size in bytes from which the log is renamed and a new one started; null, the default, for no limit.</summary>
    public long? LogMaxBytes { get; init; }

    /// <summary>The full path of the Prometheus file; null, the default, for none.</summary>
    public string? PrometheusPath { get; init; }

    /// <summary>The address of an OpenTelemetry collector; null, the default, for none. gRPC is used for port 4317 without a path, and
    /// protobuf over HTTP for everything else.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>Names and values that are added to every metric, span and log line. Default none.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Throws if a value cannot be used.</summary>
    /// <exception cref="EtlException">Says what to change.</exception>
    public TelemetryOptions Validate()
    {
        if (LogInterval < TimeSpan.FromMilliseconds(100) || LogInterval > TimeSpan.FromDays(1))
            throw Invalid("-LogIntervalSec must be from 0.1 to 86400.");
        if (OtlpEndpoint is not null && (!OtlpEndpoint.IsAbsoluteUri || OtlpEndpoint.Scheme is not ("http" or "https")))
            throw Invalid("-OtlpEndpoint must be an address such as http://localhost:4317 or http://localhost:4318.");
        if (OtlpEndpoint is { UserInfo.Length: > 0 })
            throw Invalid("-OtlpEndpoint must not hold a user or password. Set headers with the environment variable OTEL_EXPORTER_OTLP_HEADERS.");
        foreach (string name in Tags.Keys)
        {
            if (name.Length == 0 || char.IsAsciiDigit(name[0]) || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_'))
                throw Invalid($"-Tag: '{name}' is not a name for a tag. Use letters, digits and underscores.");
            if (Reserved.Contains(name))
                throw Invalid($"-Tag: the name '{name}' is taken. It cannot be one of {string.Join(", ", Reserved)}.");
        }
        return this;
    }

    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "time", "level", "event", "runId", "stage", "stages", "state", "code", "message", "dependency", "from", "to", "records", "seconds", "succeeded",
        "in", "made", "out", "filtered", "failed", "forwarded", "held", "retries", "triedAgain", "failuresInARow",
        "subject", "drained", "loaded", "deadLettered", "loads", "sessionId", "intervalSec", "capacity", "feedsNext", "letters",
    };

    private static EtlException Invalid(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);
}
