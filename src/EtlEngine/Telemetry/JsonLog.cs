using System.Buffers;
using System.Globalization;
using System.Text.Json;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Files;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Telemetry;

/// <summary>
/// The structured log, one JSON object per line: starts and ends, and the counters every few seconds, but nothing for single records. Every
/// text passes the redactor. Several processes may write to one file.
/// </summary>
internal sealed class JsonLog(IAppendFile file, Redactor redactor, TimeProvider time, TimeSpan interval, Action<Exception> onFailure) : IRunEvents
{
    /// <summary>Distinguishes breakers of the same name in different sessions, because several sessions may write to one log.</summary>
    private readonly string _sessionId = Guid.CreateVersion7(time.GetUtcNow()).ToString("N")[^12..];

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _line = new();

    public void RunBegan(EtlRun run) => Write("runBegan", "info", run, json =>
    {
        json.WriteString("sessionId", _sessionId);
        json.WriteNumber("intervalSec", interval.TotalSeconds);
    });

    public void StageBegan(EtlRun run, StageCounters stage) =>
        Write("stageBegan", "info", run, json => WriteName(json, stage));

    public void StageEnded(EtlRun run, StageCounters stage) => Write("stageEnded", "info", run, json =>
    {
        WriteName(json, stage);
        WriteCounters(json, stage);
    });

    public void BatchFailed(EtlRun run, StageCounters stage, int records, TimeSpan elapsed, string code, bool isFinal) =>
        Write("batchFailed", isFinal ? "error" : "warning", run, json =>
        {
            json.WriteString("stage", stage.Name);
            json.WriteNumber("records", records);
            json.WriteNumber("seconds", Math.Round(elapsed.TotalSeconds, 3));
            json.WriteString("code", redactor.Redact(code));
            json.WriteBoolean("triedAgain", !isFinal);
        });

    public void BreakerChanged(BreakerChange change) =>
        Write("breakerChanged", change.Now.State == BreakerState.Closed ? "info" : "warning", null, json =>
        {
            json.WriteString("sessionId", _sessionId);
            json.WriteString("dependency", redactor.Redact(change.Now.Name));
            json.WriteString("from", change.From.ToString());
            json.WriteString("to", change.Now.State.ToString());
            json.WriteNumber("failuresInARow", change.Now.ConsecutiveFailures);
            json.WriteString("code", redactor.Redact(change.Now.LastErrorCode));
        });

    public void RunEnded(EtlRun run)
    {
        RunEnding ending = run.Ending!;
        string level = ending.State is RunState.Failed or RunState.Dropped ? "error" : ending.Succeeded ? "info" : "warning";
        Write("runEnded", level, run, json =>
        {
            json.WriteString("state", ending.State.ToString());
            json.WriteBoolean("succeeded", ending.Succeeded);
            json.WriteNumber("seconds", Math.Round((run.EndedAt!.Value - run.StartedAt).TotalSeconds, 3));
            if (ending.ErrorCode is not null)
                json.WriteString("code", ending.ErrorCode);
            if (ending.Message is not null)
                json.WriteString("message", redactor.Redact(ending.Message));
            json.WriteBoolean("drained", run.Shutdown.IsCutShort);
            json.WriteBoolean("dryRun", run.IsDryRun);
            if (run.Loaded is { } loaded)
                json.WriteNumber("loaded", loaded);
            if (run.DeadLettered is { } deadLettered)
                json.WriteNumber("deadLettered", deadLettered);
            WriteStages(json, run, WriteName);
            WriteLoads(json, run);
        });
    }

    /// <summary>The counters of an active run.</summary>
    public void WriteCounters(EtlRun run) => Write("counters", "info", run, json => WriteStages(json, run, (json, stage) => json.WriteString("stage", stage.Name)));

    private void WriteStages(Utf8JsonWriter json, EtlRun run, Action<Utf8JsonWriter, StageCounters> writeName)
    {
        json.WriteStartArray("stages");
        foreach (StageCounters stage in run.Stages)
        {
            json.WriteStartObject();
            writeName(json, stage);
            WriteCounters(json, stage);
            if (run.Ending is not null)
                WriteLetters(json, stage);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void WriteName(Utf8JsonWriter json, StageCounters stage)
    {
        json.WriteString("stage", stage.Name);
        if (stage.Subject is not null)
            json.WriteString("subject", redactor.Redact(stage.Subject));
    }

    private static void WriteCounters(Utf8JsonWriter json, StageCounters stage)
    {
        json.WriteNumber("in", stage.In);
        json.WriteNumber("made", stage.Made);
        json.WriteNumber("out", stage.Out);
        json.WriteNumber("filtered", stage.Filtered);
        json.WriteNumber("failed", stage.Failed);
        json.WriteNumber("forwarded", stage.Forwarded);
        json.WriteNumber("held", stage.Held);
        json.WriteNumber("retries", stage.Retries);
        json.WriteNumber("capacity", stage.Capacity);
        json.WriteBoolean("feedsNext", stage.FeedsNext);
    }

    private void WriteLetters(Utf8JsonWriter json, StageCounters stage)
    {
        if (stage.Replayed is not { } replayed)
            return;
        json.WriteStartArray("letters");
        foreach ((LetterGroup group, long records) in replayed.Counts)
        {
            json.WriteStartObject();
            json.WriteString("file", redactor.Redact(group.File));
            json.WriteString("code", redactor.Redact(group.Code));
            json.WriteString("column", redactor.Redact(group.Column));
            json.WriteString("source", redactor.Redact(group.Source));
            json.WriteNumber("records", records);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void WriteLoads(Utf8JsonWriter json, EtlRun run)
    {
        json.WriteStartArray("loads");
        foreach (LoadSummary load in run.Loads)
        {
            json.WriteStartObject();
            json.WriteString("provider", load.Provider);
            json.WriteString("database", redactor.Redact(load.Database));
            json.WriteString("table", redactor.Redact(load.Table));
            json.WriteNumber("received", load.Received);
            json.WriteNumber("loaded", load.Loaded);
            json.WriteNumber("unchanged", load.Unchanged);
            json.WriteNumber("superseded", load.Superseded);
            json.WriteNumber("filtered", load.Filtered);
            json.WriteNumber("deadLettered", load.DeadLettered);
            json.WriteNumber("errors", load.Errors);
            json.WriteNumber("deleted", load.Deleted);
            json.WriteNumber("batches", load.Batches);
            json.WriteNumber("retries", load.Retries);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void Write(string name, string level, EtlRun? run, Action<Utf8JsonWriter> write)
    {
        lock (_lock)
        {
            _line.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(_line, JsonText.WriterOptions))
            {
                json.WriteStartObject();
                json.WriteString("time", time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
                json.WriteString("level", level);
                json.WriteString("event", name);
                if (run is not null)
                    json.WriteString("runId", run.Id);
                write(json);
                foreach ((string tag, string value) in run?.Tags ?? new Dictionary<string, string>())
                    json.WriteString(tag, redactor.Redact(value));
                json.WriteEndObject();
            }
            _line.Write("\n"u8);
            try
            {
                file.Append(_line.WrittenSpan, toDisk: false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                onFailure(e);
            }
        }
    }
}
