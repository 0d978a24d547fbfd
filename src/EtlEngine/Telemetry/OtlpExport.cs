using System.Diagnostics;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EtlTools.Engine.Telemetry;

/// <summary>Sends the process's metrics and traces to an OpenTelemetry collector. It sends at the end of each run at the latest, so that a
/// short script loses nothing.</summary>
internal sealed class OtlpExport : IRunEvents, IDisposable
{
    private const int GrpcPort = 4317;

    /// <summary>How long the end of a run waits for the collector, in milliseconds.</summary>
    private const int Patience = 3000;

    private readonly MeterProvider _meters;
    private readonly TracerProvider _traces;
    private readonly Action _onFailure;
    private bool _isFailing;

    private OtlpExport(MeterProvider meters, TracerProvider traces, Action onFailure)
    {
        _meters = meters;
        _traces = traces;
        _onFailure = onFailure;
    }

    /// <summary>Opens the exporter; the collector is not called yet.</summary>
    /// <param name="endpoint">The collector.</param>
    /// <param name="options">The settings.</param>
    /// <param name="redactor">The redactor for tags.</param>
    /// <param name="onFailure">Is told at the end of the first run whose metrics the collector does not take; again only after it took
    /// some.</param>
    public static OtlpExport Open(Uri endpoint, TelemetryOptions options, Redactor redactor, Action onFailure)
    {
        ResourceBuilder resource = ResourceBuilder.CreateEmpty()
            .AddService(EtlMeter.Name, serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(3))
            .AddAttributes(options.Tags.Select(tag => KeyValuePair.Create(tag.Key, (object)redactor.Redact(tag.Value))));
        MeterProvider meters = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(EtlMeter.Name)
            .AddOtlpExporter((exporter, reader) =>
            {
                Point(exporter, endpoint, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.LogInterval.TotalMilliseconds;
            })
            .Build();
        TracerProvider traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(EtlMeter.Name)
            .AddOtlpExporter(exporter => Point(exporter, endpoint, "v1/traces"))
            .Build();
        return new OtlpExport(meters, traces, onFailure);
    }

    public void RunEnded(EtlRun run)
    {
        _traces.ForceFlush(Patience);
        bool wasFailing = _isFailing;
        _isFailing = !_meters.ForceFlush(Patience);
        if (_isFailing && !wasFailing)
            _onFailure();
    }

    public void Dispose()
    {
        _traces.Dispose();
        _meters.Dispose();
    }

    private static void Point(OtlpExporterOptions exporter, Uri endpoint, string signal)
    {
        bool grpc = endpoint.Port == GrpcPort && endpoint.AbsolutePath == "/";
        exporter.Protocol = grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = grpc ? endpoint : new Uri(new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/"), signal);
        exporter.TimeoutMilliseconds = Patience;
    }
}
