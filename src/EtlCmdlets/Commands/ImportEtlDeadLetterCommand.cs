using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets;

/// <summary>Reads dead letters back as the records they hold, typed and with their lineage, to be corrected and loaded.</summary>
[Cmdlet(VerbsData.Import, "EtlDeadLetter", DefaultParameterSetName = PathSet)]
[OutputType(typeof(EtlRecord))]
public sealed class ImportEtlDeadLetterCommand : EtlSourceCommand
{
    /// <summary>The files; wildcards are expanded.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [FilePathArgument]
    public string[] Path { get; set; } = [];

    /// <summary>The files, their names taken as they are.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Only records that failed in these commands.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StageCompleter))]
    public string[]? Stage { get; set; }

    /// <summary>Only records that failed with these codes.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ErrorCodeCompleter))]
    public string[]? Code { get; set; }

    /// <summary>Only records that failed in these columns.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(LetterColumnCompleter))]
    public string[]? Column { get; set; }

    /// <summary>Only records that failed in these runs.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RunCompleter))]
    public Guid[]? RunId { get; set; }

    /// <summary>Only records that failed at this time or later.</summary>
    [Parameter]
    public DateTimeOffset After { get; set; }

    private protected override RecordStage OpenSource(IReadOnlyList<SourceFile> files)
    {
        foreach (string code in Code ?? [])
        {
            // Other codes may be the user's own, of Export-EtlDeadLetter.
            if (!ErrorCodes.All.Contains(code, StringComparer.OrdinalIgnoreCase) && NearName.Hint(code, ErrorCodes.All) is { Length: > 0 } hint)
                WriteWarning($"-Code: no command of this module uses the code '{code}'.{hint}");
        }
        WildcardPattern[]? stages = Patterns(Stage);
        WildcardPattern[]? codes = Patterns(Code);
        WildcardPattern[]? columns = Patterns(Column);
        string[]? runs = RunId?.Select(id => id.ToString()).ToArray();
        bool Wanted(DeadLetter letter) => letter.Time >= After && (runs is null || runs.Contains(letter.RunId, StringComparer.OrdinalIgnoreCase)) && Matches(stages, letter.Stage) && Matches(codes, letter.Code) && Matches(columns, letter.Column);
        return new DeadLetterSource("Import-EtlDeadLetter", new DeadLetterOptions { Filter = Wanted }, files, SizeOfStage, Context.Run.Time);
    }

    /// <summary>Gathers the files.</summary>
    private protected override void OnRecord() => AddFiles(Path, LiteralPath);

    /// <summary>Reads.</summary>
    private protected override void OnEnd() => ReadFiles();

    private static WildcardPattern[]? Patterns(string[]? texts) =>
        texts?.Select(text => WildcardPattern.Get(text, WildcardOptions.IgnoreCase)).ToArray();

    private static bool Matches(WildcardPattern[]? patterns, string? text) =>
        patterns is null || (text is not null && Array.Exists(patterns, pattern => pattern.IsMatch(text)));
}
