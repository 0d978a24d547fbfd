using EtlTools.Engine.Telemetry;

namespace EtlTools.Engine.Report;

/// <summary>Removes secrets from a report; a text may have become a secret since the log was written.</summary>
internal static class ReportRedaction
{
    /// <summary>The report without secrets.</summary>
    public static ReportModel Apply(ReportModel report, Redactor redactor) => report with
    {
        Logs = [.. report.Logs.Select(log => log with { Path = redactor.Redact(log.Path) })],
        Runs = [.. report.Runs.Select(run => Apply(run, redactor))],
        Breakers = [.. report.Breakers.Select(band => band with { Dependency = redactor.Redact(band.Dependency), Code = redactor.Redact(band.Code) })],
        LetterFiles = [.. report.LetterFiles.Select(file => file with { Path = redactor.Redact(file.Path) })],
        Failures = [.. report.Failures.Select(failure => failure with { Code = redactor.Redact(failure.Code), Column = redactor.Redact(failure.Column), Source = redactor.Redact(failure.Source) })],
        Watermarks = report.Watermarks is null ? null : [.. report.Watermarks.Select(mark => mark with { Name = redactor.Redact(mark.Name), Source = redactor.Redact(mark.Source) })],
    };

    private static RunReport Apply(RunReport run, Redactor redactor) => run with
    {
        Tags = run.Tags.ToDictionary(tag => tag.Key, tag => redactor.Redact(tag.Value), StringComparer.OrdinalIgnoreCase),
        ErrorCode = redactor.Redact(run.ErrorCode),
        Message = redactor.Redact(run.Message),
        Stages = [.. run.Stages.Select(stage => stage with
        {
            Name = redactor.Redact(stage.Name),
            Subject = redactor.Redact(stage.Subject),
            Letters = [.. stage.Letters.Select(letters => letters with { File = redactor.Redact(letters.File), Source = redactor.Redact(letters.Source) })],
        })],
        Loads = [.. run.Loads.Select(load => load with { Database = redactor.Redact(load.Database), Table = redactor.Redact(load.Table) })],
        BatchFailures = [.. run.BatchFailures.Select(failure => failure with { Code = redactor.Redact(failure.Code) })],
        Outages = [.. run.Outages.Select(outage => outage with { Code = redactor.Redact(outage.Code) })],
    };
}
