using System.Management.Automation;
using System.Text;
using EtlTools.Engine.DeadLetters;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes the columns in which the records of a dead letter failed, from its first letters.</summary>
internal sealed class LetterColumnCompleter : LineCompleter
{
    private const int MaxLetters = 1000;

    /// <inheritdoc/>
    protected override IEnumerable<CompletionResult> Complete(TypedLine line, string parameter, string word) =>
        line.File() is { } file ? NameCompleter.Matching(Inquiry.Ask(token => ReadAsync(file, token)), word) : [];

    private static async Task<IReadOnlyList<string>> ReadAsync(string file, CancellationToken cancellationToken)
    {
        var columns = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        int letters = 0;
        try
        {
            await foreach (string line in File.ReadLinesAsync(file, cancellationToken).ConfigureAwait(false))
            {
                if (DeadLetterHead.TryRead(Encoding.UTF8.GetBytes(line), out DeadLetterHead letter) && letter.Column is { } name)
                    columns.Add(name);
                if (++letters == MaxLetters)
                    break;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The values read so far are offered; the command itself will report what is wrong.
            return [.. columns];
        }
        return [.. columns];
    }
}
