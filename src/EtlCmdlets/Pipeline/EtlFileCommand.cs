using System.Collections.ObjectModel;
using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Engine;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>A command that reads files. Reading begins when all their names are known.</summary>
public abstract class EtlFileCommand : EtlSourceCommand
{
    private protected const string PathSet = "Path";
    private protected const string LiteralPathSet = "LiteralPath";

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

    /// <summary>Gathers the files.</summary>
    protected sealed override void ProcessRecord()
    {
        foreach (string path in ParameterSetName == PathSet ? Path : LiteralPath)
            AddFiles(path);
    }

    /// <summary>Reads.</summary>
    protected sealed override void EndProcessing()
    {
        JoinRun();
        Report();
        if (_files.Count == 0)
            return;
        RunSource(this, () =>
        {
            Context.UseFiles(_files, "a file that the pipeline reads");
            return OpenSource(_files);
        });
    }

    private protected override string? Plan
    {
        get
        {
            const int Shown = 3;
            string names = string.Join(", ", _files.Take(Shown)) + (_files.Count > Shown ? ", …" : "");
            return FormattableString.Invariant($"{MyInvocation.MyCommand.Name}: reads {_files.Count} file(s): {names}; {ThrottleLimit} workers, a buffer of {BufferSize} records.");
        }
    }

    /// <summary>Makes the stage that reads the files.</summary>
    private protected abstract RecordStage OpenSource(IReadOnlyList<string> files);

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
