namespace EtlTools.Engine.Stages;

/// <summary>
/// Stops work on a server within a moment, even if the server is unreachable: a driver would ask it to cancel, and wait for an answer that
/// never comes. Such work is abandoned. It ends by itself, commits nothing, and closes its connections.
/// </summary>
internal static class Leaving
{
    /// <summary>How long stopped work may take to end; a stopped pipeline should be gone within a second.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(750);

    /// <summary>Awaits work until it ends, or until a moment after it was stopped.</summary>
    /// <returns>False if it was abandoned.</returns>
    public static async ValueTask<bool> EndsAsync(Task work, TimeProvider time, CancellationToken stopping)
    {
        if (!work.IsCompleted)
        {
            var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            CancellationTokenRegistration registration = stopping.UnsafeRegister(_ => told.TrySetResult(), null);
            await using System.Runtime.CompilerServices.ConfiguredAsyncDisposable disposing = registration.ConfigureAwait(false);
            await Task.WhenAny(work, told.Task).ConfigureAwait(false);
            if (!work.IsCompleted)
                await Task.WhenAny(work, Task.Delay(Grace, time, CancellationToken.None)).ConfigureAwait(false);
        }
        if (!work.IsCompleted)
            Forget(work);
        return work.IsCompleted;
    }

    /// <summary>Cancels without waiting, because a driver contacts its server on the thread that cancels.</summary>
    public static void Cancel(CancellationTokenSource source)
    {
        var thread = new Thread(() =>
        {
            try
            {
                source.Cancel();
            }
            catch (Exception e) when (e is ObjectDisposedException or AggregateException)
            {
                // The work has ended, or what it does when it is cancelled failed, as a driver may whose server is unreachable. The work
                // itself says how it ended; an exception that left this thread would end the process.
            }
        })
        {
            IsBackground = true,
            Name = "EtlTools cancel",
        };
        thread.Start();
    }

    /// <summary>The outcome of the work no longer matters.</summary>
    private static void Forget(Task work) =>
        _ = work.ContinueWith(ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
