using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Engine;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>A command that creates records from files, or from text that is piped in.</summary>
public abstract class EtlSourceCommand : EtlDrainingCommand
{
    private protected const string PathSet = "Path";
    private protected const string LiteralPathSet = "LiteralPath";
    private protected const string UriSet = "Uri";

    private NamedFiles? _paths;
    private readonly List<string> _addresses = [];
    private Func<string, SourceFile>? _fileAt;
    private PipedText? _text;

    private NamedFiles Paths => _paths ??= new NamedFiles(this);

    private protected override string? Plan
    {
        get
        {
            const int Shown = 3;
            List<string> files = Paths.Files;
            string names = string.Join(", ", files.Take(Shown)) + (files.Count > Shown ? ", …" : "");
            string what = _addresses.Count == 1 ? "the file at -Uri" : _addresses.Count > 1 ? FormattableString.Invariant($"{_addresses.Count} files at -Uri") : _text is null ? FormattableString.Invariant($"{files.Count} file(s): {names}") : "the text that is piped in";
            return FormattableString.Invariant($"{MyInvocation.MyCommand.Name}: reads {what}; {ThrottleLimit} workers, a buffer of {BufferSize} records.");
        }
    }

    /// <summary>Creates the stage that reads.</summary>
    private protected abstract RecordStage OpenSource(IReadOnlyList<SourceFile> files);

    /// <summary>Which entries of zip archives to read; null if archives are not read.</summary>
    private protected virtual ZipSelection? Zip => null;

    /// <summary>Adds a file to read that is not on a disk.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="open">Creates the file when all are known.</param>
    private protected void AddFile(string address, Func<string, SourceFile> open)
    {
        _addresses.Add(address);
        _fileAt = open;
    }

    /// <summary>Adds files to read.</summary>
    /// <param name="paths">The values of -Path.</param>
    /// <param name="literalPaths">The values of -LiteralPath.</param>
    private protected void AddFiles(string[] paths, string[] literalPaths)
    {
        bool areLiteral = ParameterSetName == LiteralPathSet;
        Paths.Add(areLiteral ? literalPaths : paths, areLiteral);
    }

    /// <summary>Reads the files, after all their names are known.</summary>
    private protected void ReadFiles()
    {
        JoinRun();
        Report();
        if (Paths.Files.Count + _addresses.Count == 0)
            return;
        RunSource(this, () =>
        {
            Context.UseFiles(Paths.Files, "a file that the pipeline reads");
            return OpenSource([.. _addresses.Select(address => _fileAt!(address)), .. Paths.Files.Select(path => new DiskFile(path) { Zip = Zip })]);
        });
    }

    /// <summary>Starts to read piped text.</summary>
    private protected void BeginText()
    {
        var text = new PipedText();
        if (TryBeginSource(this, () => OpenSource([text])))
            _text = text;
    }

    /// <summary>Adds a piece of the text.</summary>
    private protected void PostText(string[]? pieces)
    {
        if (_text is null)
            return;
        foreach (string piece in (pieces ?? []).OfType<string>())
            Pump.Post(_text, piece);
    }

    /// <summary>Ends the text, and writes the rest of its records.</summary>
    private protected void EndText()
    {
        if (_text is null)
            return;
        _text.CompleteInput();
        CompletePump();
    }

    /// <summary>If the only path is unusable, the call fails; one of several is an error, and the others are read.</summary>
    private void Report()
    {
        IReadOnlyList<EtlException> unusable = Paths.Unusable;
        if (Paths.Files.Count == 0 && _addresses.Count == 0 && unusable.Count == 1)
            throw unusable[0];
        foreach (EtlException failure in unusable)
            WriteInputError(failure);
    }
}
