using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Text;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets;

/// <summary>Reads CSV files as a stream of records.</summary>
[Cmdlet(VerbsData.Import, "EtlCsv", DefaultParameterSetName = PathSet)]
[OutputType(typeof(EtlRecord))]
public sealed class ImportEtlCsvCommand : EtlCommand
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    private readonly List<string> _files = [];
    private readonly List<EtlException> _unusable = [];

    /// <summary>The files; wildcards are expanded.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [FilePathArgument]
    public string[] Path { get; set; } = [];

    /// <summary>The files, their names taken as they are.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>What stands between fields. Default: comma.</summary>
    [Parameter]
    [Alias("Separator")]
    public char Delimiter { get; set; } = ',';

    /// <summary>The files' encoding, by name or code page. Default: what the byte order mark says, else UTF-8.</summary>
    [Parameter]
    [EncodingArgument]
    [ArgumentCompleter(typeof(EncodingCompleter))]
    public Encoding? Encoding { get; set; }

    /// <summary>The first row is data; the columns are named col_0, col_1 and so on.</summary>
    [Parameter]
    [Alias("NoHeaderRow")]
    public SwitchParameter NoHeader { get; set; }

    /// <summary>The columns' names; the first row is then data.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Header { get; set; }

    /// <summary>The types of columns: @{ amount = 'decimal'; ordered_at = 'datetime' }. Other columns stay text.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Type { get; set; } = new Hashtable();

    internal override bool HasFixedColumns => true;

    /// <summary>Gathers the files; reading begins when all are known.</summary>
    protected override void ProcessRecord()
    {
        foreach (string path in ParameterSetName == PathSet ? Path : LiteralPath)
            AddFiles(path);
    }

    /// <summary>Reads.</summary>
    protected override void EndProcessing()
    {
        Report();
        if (_files.Count == 0)
            return;
        OpenStage(() => new CsvSource(
            "Import-EtlCsv",
            new CsvOptions
            {
                Delimiter = Delimiter,
                Encoding = Encoding,
                NoHeader = NoHeader,
                Header = Header,
                Types = ColumnArguments.Types(Type, nameof(Type)),
            },
            _files,
            SizeOfStage,
            Context.Run.Time));
        CompletePump();
    }

    private void AddFiles(string path)
    {
        try
        {
            if (ParameterSetName == LiteralPathSet)
            {
                _files.Add(FullPath(path));
                return;
            }
            Collection<string> found = GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider);
            if (provider.Name != "FileSystem")
                _unusable.Add(new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-Path: '{path}' is no path of a file system."));
            else if (found.Count == 0)
                _unusable.Add(new EtlException(FailureCodes.FileNotFound, FailureKind.NotFound, $"-Path: no file matches '{path}'."));
            else
                _files.AddRange(found);
        }
        catch (Exception e) when (e is ItemNotFoundException or System.Management.Automation.DriveNotFoundException or ProviderNotFoundException)
        {
            _unusable.Add(new EtlException(FailureCodes.FileNotFound, FailureKind.NotFound, $"-Path: '{path}' does not exist.", e));
        }
    }

    /// <summary>One path that cannot be used is a wrong call; one among several does not keep the others from being read.</summary>
    private void Report()
    {
        if (_files.Count == 0 && _unusable.Count == 1)
            ThrowTerminatingError(Context.EndingError(this, _unusable[0]));
        foreach (EtlException failure in _unusable)
            WriteInputError(failure);
    }
}
