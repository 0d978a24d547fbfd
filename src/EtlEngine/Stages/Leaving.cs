using System.Data.Common;

namespace EtlTools.Engine.Stages;

/// <summary>
/// Stops work on a server within a moment, though the server can no longer be reached: a driver asks it to cancel, and waits for an answer
/// that does not come. Such work is left. It ends by itself, commits nothing, and closes its connections behind it.
/// </summary>
internal static class Leaving
{
    /// <summary>How long work that was told to stop may take to do so: a stopped pipeline is gone within a second.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(750);

    /// <summary>Awaits work to its end, and to no later than a moment after it was told to stop.</summary>
    /// <returns>False if it was left.</returns>
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

    /// <summary>Cancels without waiting: a driver asks its server to cancel on the thread that cancels.</summary>
    public static void Cancel(CancellationTokenSource source)
    {
        var thread = new Thread(() =>
        {
            try
            {
                source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The work has end meanwhile.
                return;
            }
            catch (AggregateException e) when (e.Flatten().InnerExceptions.All(inner => inner is ObjectDisposedException or DbException))
            {
                // What was to be cancelled has ended or its server is out of reach; an exception that leaves this thread ends the process.
                return;
            }
        })
        {
            IsBackground = true,
            Name = "EtlTools cancel",
        };
        thread.Start();
    }

    /// <summary>Nobody asks any more how the work ends.</summary>
    private static void Forget(Task work) =>
        _ = work.ContinueWith(ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
