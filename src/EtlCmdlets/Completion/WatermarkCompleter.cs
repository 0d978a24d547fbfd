using System.Management.Automation;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes the names of watermarks, and for -Source their sources, from the database that the line names.</summary>
internal sealed class WatermarkCompleter : LineCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<CompletionResult> Complete(TypedLine line, string parameter, string word)
    {
        if (line.Target() is not { } target)
            return [];
        Func<Watermark, string> name = parameter == "Source" ? watermark => watermark.Source : watermark => watermark.Name;
        IReadOnlyList<string> names = Inquiry.Ask(async token =>
            [.. (await Watermarks.ReadAsync(target, line.Text("WatermarkTable") ?? Watermarks.DefaultTable, token).ConfigureAwait(false)).Select(name).Distinct()]);
        return NameCompleter.Matching(names, word);
    }
}
