using EtlTools.Engine;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Asks a file or a database while somebody waits at the prompt.</summary>
internal static class Inquiry
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The answer; nothing where there is none, or it does not come soon.</summary>
    public static IReadOnlyList<string> Ask(Func<CancellationToken, Task<IReadOnlyList<string>>> question)
    {
        using var stopping = new CancellationTokenSource(Patience);
        try
        {
            // Drivers may block where they should not.
            return Task.Run(() => question(stopping.Token), stopping.Token).WaitAsync(stopping.Token).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is EtlException or OperationCanceledException)
        {
            // Nothing is offered; the command itself will say what is wrong.
            return [];
        }
    }
}
