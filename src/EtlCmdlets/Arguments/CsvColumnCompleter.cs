using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using EtlTools.Engine;
using EtlTools.Engine.Extract.Csv;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Completes the names of columns from the header of the file that the command line names.</summary>
internal sealed class CsvColumnCompleter : IArgumentCompleter
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        // PowerShell asks nobody about the keys of a hashtable that has been begun: the whole of it is offered instead.
        bool isTable = parameterName is "Type" or "Rename";
        return NameCompleter.Matching(Names(fakeBoundParameters), wordToComplete)
            .Select(name => isTable ? new CompletionResult($"@{{ {name.CompletionText} = '' }}", name.ListItemText, name.ResultType, name.ToolTip) : name);
    }

    private static IEnumerable<string> Names(IDictionary bound)
    {
        if (bound["Header"] is { } header)
            return Texts(header);
        try
        {
            return FileOf(bound) is { } file ? CsvSource.ReadHeader(file, OptionsOf(bound), Patience) : [];
        }
        catch (Exception e) when (e is EtlException or OperationCanceledException or RuntimeException or SessionStateException)
        {
            // No completion; the command itself will say what is wrong.
            return [];
        }
    }

    private static string? FileOf(IDictionary bound)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        PathIntrinsics paths = shell.AddScript("$ExecutionContext.SessionState.Path").Invoke<PathIntrinsics>()[0];
        if (bound["LiteralPath"] is { } literal)
            return Texts(literal).Select(paths.GetUnresolvedProviderPathFromPSPath).FirstOrDefault();
        return bound["Path"] is { } path
            ? Texts(path).SelectMany(text => paths.GetResolvedProviderPathFromPSPath(text, out _)).FirstOrDefault()
            : null;
    }

    private static CsvOptions OptionsOf(IDictionary bound) => new()
    {
        Delimiter = Character(bound["Delimiter"]),
        Quote = bound.Contains("Quote") ? Character(bound["Quote"]) : '"',
        Comment = Character(bound["Comment"]),
        SkipRows = LanguagePrimitives.TryConvertTo(bound["SkipRows"], out int rows) ? rows : 0,
        NoHeader = bound.Contains("NoHeader"),
        DuplicateHeaders = DuplicateHeaders.Rename,
    };

    private static char? Character(object? given) => given?.ToString() is { Length: 1 } text ? text[0] : null;

    private static IEnumerable<string> Texts(object value) =>
        value is IEnumerable items and not string ? items.Cast<object?>().Select(item => item?.ToString() ?? "") : [value.ToString()!];
}
