using EtlTools.Engine;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Asks a file or a database while the user waits at the prompt.</summary>
internal static class Inquiry
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The answer; empty if there is none, or if it takes too long.</summary>
    public static IReadOnlyList<string> Ask(Func<CancellationToken, Task<IReadOnlyList<string>>> question)
    {
        using var stopping = new CancellationTokenSource(Patience);
        try
        {
            // On another thread, because drivers may block where they should not.
            return Task.Run(() => question(stopping.Token), stopping.Token).WaitAsync(stopping.Token).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is EtlException or OperationCanceledException)
        {
            // Nothing is offered; the command itself will report what is wrong.
            return [];
        }
    }
}
