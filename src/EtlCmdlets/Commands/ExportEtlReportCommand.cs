using System.Collections;
using System.Globalization;
using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.Files;
using EtlTools.Engine.Load;
using EtlTools.Engine.Report;

namespace EtlTools.Cmdlets;

/// <summary>Writes what loads did as one HTML page: from logs or runs, with dead letters and watermarks.</summary>
[Cmdlet(VerbsData.Export, "EtlReport", DefaultParameterSetName = LogSet, SupportsShouldProcess = true)]
[OutputType(typeof(EtlReport))]
public sealed class ExportEtlReportCommand : EtlWatermarkCommand
{
    private const string LogSet = "Log";
    private const string RunSet = "Run";

    private static readonly string[] DatabaseParameters = [nameof(Provider), nameof(ConnectionString), nameof(SqlitePath), nameof(ServerInstance), nameof(SqlInstance), nameof(Database)];

    private readonly List<RunReport> _runs = [];
    private NamedFiles? _logs;

    /// <summary>The page to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("OutFile")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Structured logs, with wildcards. Default: the session's log, or the session's runs if it has none.</summary>
    [Parameter(ParameterSetName = LogSet, ValueFromPipeline = true)]
    [FilePathArgument]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] LogPath { get; set; } = [];

    /// <summary>Runs of Get-EtlRun, in place of logs.</summary>
    [Parameter(ParameterSetName = RunSet, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public EtlRunInfo[] Run { get; set; } = [];

    /// <summary>Files of dead letters, with wildcards.</summary>
    [Parameter]
    [FilePathArgument]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] DeadLetterPath { get; set; } = [];

    /// <summary>Leaves out runs that ended, and letters that were written, before this.</summary>
    [Parameter]
    public DateTimeOffset Since { get; set; }

    /// <summary>Leaves out runs that began, and letters that were written, after this.</summary>
    [Parameter]
    public DateTimeOffset Until { get; set; }

    /// <summary>Only runs with these tags of Set-EtlTelemetry.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Tag { get; set; } = new Hashtable();

    /// <summary>How often a run should begin: those that did not are shown as missed.</summary>
    [Parameter]
    [DurationArgument]
    public TimeSpan Every { get; set; }

    /// <summary>The page's title. Default Loads.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Title { get; set; } = "Loads";

    /// <summary>Replaces a file that may only be read, too.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Does not replace a file that is there.</summary>
    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Writes what the page says as objects.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private bool IsOfDatabase => DatabaseParameters.Any(IsGiven);

    private protected override void OnBegin()
    {
        if (Given(nameof(Since), Since) > Given(nameof(Until), Until))
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, "-Since is after -Until.");
        _logs = new NamedFiles(this, "-LogPath");
    }

    private protected override void OnRecord()
    {
        if (ParameterSetName == RunSet)
            _runs.AddRange(RunReports.Of(Run));
        else
            _logs!.Add(LogPath, areLiteral: false);
    }

    private protected override void OnEnd()
    {
        string path = SessionPath.Full(SessionState.Path, Path, "-Path");
        ReportFile.RequireWritable(path, NoClobber, Force);
        ReportOptions options = Options();
        if (options.LogPaths.Concat(options.LetterPaths).Any(input => FilePath.AreSame(input, path)))
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-Path: '{path}' is a log or a dead letter that the report is made from. Name another file.");
        if (!ShouldProcess(path, "Write report"))
            return;
        ReportModel report = ReportRedaction.Apply(ReportBuilder.Build(options, TimeProvider.System, StopRequested), EtlSession.Current.Redactor);
        ReportFile.Write(path, Engine.Report.Html.ReportPage.Write(report, EtlSession.Current.Redactor.Redact(Title)), Force);
        foreach (LogFileReport log in report.Logs.Where(log => log.Lines > 0 && log.Unreadable == log.Lines))
            WriteWarning($"-LogPath: no line of '{log.Path}' is a line of a log of this module.");
        if (PassThru)
            WriteObject(new EtlReport(report, path));
    }

    private ReportOptions Options()
    {
        (IReadOnlyList<string> logs, IReadOnlyList<RunReport> runs) = Inputs();
        var letters = new NamedFiles(this, "-DeadLetterPath");
        string[] missing = [.. DeadLetterPath.Where(path => !letters.TryAdd(path))];
        return new ReportOptions
        {
            LogPaths = [.. logs.Distinct()],
            Runs = runs,
            LetterPaths = [.. letters.Files.Distinct()],
            MissingLetterPaths = missing,
            Watermarks = IsOfDatabase ? Use((options, token) => Watermarks.ReadAsync(options, WatermarkTable, token)) : null,
            Since = Given(nameof(Since), Since),
            Until = Given(nameof(Until), Until),
            Tags = Tag.Entries().ToDictionary(tag => tag.Key.ToString()!, tag => Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "", StringComparer.OrdinalIgnoreCase),
            Every = Given(nameof(Every), Every),
        };
    }

    /// <summary>The logs and runs that were named; those of the session where none were.</summary>
    private (IReadOnlyList<string> Logs, IReadOnlyList<RunReport> Runs) Inputs()
    {
        foreach (EtlException failure in _logs!.Unusable)
        {
            if (_logs.Files.Count == 0)
                throw failure;
            WriteError(ErrorRecords.Of(failure));
        }
        if (ParameterSetName == RunSet || _logs.Files.Count > 0 || MyInvocation.ExpectingInput)
            return (_logs.Files, _runs);
        EtlSession session = EtlSession.Current;
        return session.Telemetry.Options.LogPath is { } log && RollingAppendFile.AllOf(log).ToArray() is { Length: > 0 } files
            ? (files, [])
            : ([], [.. RunReports.Of(session.History.Runs.Concat(session.Book.Live.Select(run => new EtlRunInfo(run))))]);
    }

    private T? Given<T>(string parameter, T value) where T : struct => IsGiven(parameter) ? value : null;
}
