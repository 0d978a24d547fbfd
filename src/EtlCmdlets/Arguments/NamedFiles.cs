using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.Files;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Gathers the files that -Path and -LiteralPath name, and what of it names none.</summary>
/// <param name="command">The command.</param>
/// <param name="parameter">The parameter that names files with wildcards.</param>
internal sealed class NamedFiles(EtlCmdlet command, string parameter = NamedFiles.Path)
{
    private const string Path = "-Path";

    private readonly List<EtlException> _unusable = [];
    private readonly HashSet<string> _named = new(FilePath.Comparer);
    private readonly HashSet<string> _found = new(FilePath.Comparer);
    private int _piped;
    private int _pipedUnusable;
    private int _firstUnusable;

    /// <summary>The files' full paths.</summary>
    public List<string> Files { get; } = [];

    /// <summary>Why paths cannot be used: an error for each that was written, and one for all that were piped in.</summary>
    public IReadOnlyList<EtlException> Unusable => _pipedUnusable == 0 ? _unusable : [.. _unusable, NotPaths()];

    /// <summary>Adds the files of paths.</summary>
    /// <param name="paths">As the user gave them; wildcards are expanded.</param>
    /// <param name="areLiteral">Whether they are taken as they are.</param>
    public void Add(string[] paths, bool areLiteral)
    {
        bool arePiped = !areLiteral && command.MyInvocation.ExpectingInput;
        foreach (string path in paths)
        {
            _piped += arePiped ? 1 : 0;
            if (areLiteral)
                Add(FullPathOf(path), isFound: false);
            else if (FaultOf(path) is not { } fault)
                continue;
            else if (!arePiped)
                _unusable.Add(fault);
            else if (++_pipedUnusable == 1)
                _firstUnusable = _piped;
        }
    }

    /// <summary>Adds the files of a path that may have wildcards.</summary>
    /// <returns>False if there are none.</returns>
    public bool TryAdd(string path) => FaultOf(path) is null;

    /// <summary>Adds the files of a path that may have wildcards.</summary>
    /// <returns>Why there are none, or null.</returns>
    private EtlException? FaultOf(string path)
    {
        // Browsers write sales[1].csv beside sales1.csv.
        if (path.Contains('[', StringComparison.Ordinal) && FileOf(path) is { } named)
        {
            Add(named, isFound: false);
            WarnOfOthers(path, named);
            return null;
        }
        if (IsAddress(path))
            return new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"{parameter}: an address is not a path.{(parameter == Path ? " Read a file behind an address with -Uri." : "")}");
        try
        {
            Collection<string> found = SessionPath.Find(command.SessionState.Path, path, parameter);
            if (found.Count == 0)
                return new EtlException(FailureCodes.FileNotFound, FailureKind.NotFound, $"{parameter}: no file matches '{path}'{Whereabouts(path)}");
            foreach (string file in found)
                Add(file, isFound: WildcardPattern.ContainsWildcardCharacters(path));
            return null;
        }
        catch (EtlException e)
        {
            return e;
        }
        catch (Exception e) when (FindsNothing(e))
        {
            return new EtlException(FailureCodes.FileNotFound, FailureKind.NotFound, $"{parameter}: '{path}' does not exist{Whereabouts(path)}", e) { File = TryFullPathOf(path) };
        }
        catch (WildcardPatternException e)
        {
            return new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"{parameter}: '{path}' is not a wildcard pattern. Use {ForBrackets} for a name with brackets.", e);
        }
    }

    /// <summary>A pattern that files were read by leads to one file alone as soon as a file has its text as a name.</summary>
    private void WarnOfOthers(string path, string named)
    {
        try
        {
            int others = SessionPath.Find(command.SessionState.Path, path, parameter).Count(file => !FilePath.AreSame(file, named));
            if (others > 0)
            {
                command.WriteWarning(string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{path}' is read as a file's name, because there is such a file. As a pattern it would find other files ({others}), which are not read. To read them, use another pattern, such as one with * or ?; to read only this one, use {ForBrackets}."));
            }
        }
        catch (Exception e) when (e is WildcardPatternException || FindsNothing(e))
        {
            // As a pattern it finds nothing, so it can only be a name.
        }
    }

    private static bool FindsNothing(Exception e) => e is ItemNotFoundException or System.Management.Automation.DriveNotFoundException or ProviderNotFoundException;

    /// <summary>Whoever pipes the lines of a file in has piped data, which no error may show.</summary>
    private EtlException NotPaths() => new(
        FailureCodes.FileNotFound, FailureKind.NotFound,
        FormattableString.Invariant($"{_pipedUnusable} of {_piped} strings piped in are not paths of existing files (the first is number {_firstUnusable}). ")
        + $"{command.MyInvocation.MyCommand.Name} takes strings as paths; they are not shown here, because they may be data.{(parameter == Path ? " To read CSV or JSON text, use ConvertFrom-EtlCsv or ConvertFrom-EtlJson; a file behind an address, -Uri." : "")}");

    /// <summary>Adds a file. One that wildcards find, and that something else names or finds as well, is read once; one that is written twice, twice.</summary>
    private void Add(string file, bool isFound)
    {
        string real = FilePath.Real(file);
        if (_found.Contains(real) || (isFound && _named.Contains(real)))
        {
            command.WriteWarning($"'{file}' is the same file as another one that was named or found. It is read once.");
            return;
        }
        (isFound ? _found : _named).Add(real);
        Files.Add(file);
    }

    /// <summary>The full path, if there is a file of that very name.</summary>
    private string? FileOf(string path) => IsAddress(path) || TryFullPathOf(path) is var full && !File.Exists(full) ? null : full;

    private string ForBrackets => parameter == Path ? "-LiteralPath" : "what Get-Item -LiteralPath gives";

    private static bool IsAddress(string path) =>
        path.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || path.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    private string FullPathOf(string path) => SessionPath.Full(command.SessionState.Path, path, parameter == Path ? "-LiteralPath" : parameter);

    /// <summary>The full path, or the path itself where it leads nowhere.</summary>
    private string TryFullPathOf(string path)
    {
        try
        {
            return FullPathOf(path);
        }
        catch (Exception e) when (e is EtlException or System.Management.Automation.DriveNotFoundException or ProviderNotFoundException)
        {
            return path;
        }
    }

    /// <summary>The end of a sentence about a path that leads nowhere: where that is.</summary>
    private string Whereabouts(string path) => TryFullPathOf(path) is var full && full == path ? "." : $" (that is '{full}').";
}
