using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Stages;

public sealed class LeavingTests
{
    [Fact]
    public async Task Cancel_WorkThatFailsWhenItIsCancelled_EndsNoProcess()
    {
        using var source = new CancellationTokenSource();
        var called = new TaskCompletionSource<Thread>(TaskCreationOptions.RunContinuationsAsynchronously);
        // Callbacks are called in reverse order.
        source.Token.Register(() => called.SetResult(Thread.CurrentThread));
        source.Token.Register(() => throw new InvalidOperationException("The driver cannot cancel now."));
        Leaving.Cancel(source);
        Thread cancelling = await called.Task.WaitAsync(TestContext.Current.CancellationToken);
        cancelling.Join();
    }
}
