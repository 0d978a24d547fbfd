using System.Runtime.CompilerServices;
using System.Threading.Channels;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>One writer of a load, with its queue, its connection and its batches.</summary>
internal sealed class Writer(LoadContext load, CancellationToken stopping) : IAsyncDisposable
{
    // A chunk has at least one record, and there are never more records in flight than the buffer has room for.
    private readonly Channel<RoutedChunk> _queue = Channel.CreateBounded<RoutedChunk>(
        new BoundedChannelOptions(load.Options.BufferSize) { SingleReader = true, SingleWriter = true });

    private readonly ITargetSession _session = load.Target.NewSession(stopping);
    private BatchWriter? _batches;

    /// <summary>Takes the writer's records, in their order.</summary>
    public ChannelWriter<RoutedChunk> Queue => _queue.Writer;

    /// <summary>Connects, if the database accepts another connection of the load.</summary>
    /// <returns>Whether it is connected.</returns>
    public async ValueTask<bool> TryConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await load.Retries.RunAsync(TryConnectOnceAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (EtlException e) when (load.Options.DeadLetterOutages && e.Code == FailureCodes.OutageBudgetSpent)
        {
            // It connects with its first batch, or that batch goes to the dead letter.
            return true;
        }
    }

    /// <summary>Loads until the queue ends.</summary>
    /// <param name="number">The writer's number.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task RunAsync(int number, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        _batches = new BatchWriter(_session, load.Retries, load.Outcomes, load.Options, load.Watermark?.Progress, number);
        var reader = new BatchReader(_queue.Reader, _session, load);
        var evolution = new SchemaEvolution(_session, load);
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<Batch?> next = ReadAsync();
        try
        {
            while (await next.ConfigureAwait(false) is { } batch)
            {
                // Not while records are being read, because it changes what they are checked against.
                using Batch fitting = await evolution.FitAsync(batch, cancellationToken).ConfigureAwait(false);
                // While the database writes one batch, the next one is prepared.
                next = ReadAsync();
                await _batches.LoadAsync(fitting, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await reading.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Task<Batch?> ReadAsync() => Task.Run(() => reader.ReadAsync(reading.Token).AsTask(), CancellationToken.None);
    }

    private async ValueTask<bool> TryConnectOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _session.ConnectAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TransientTargetException e) when (e.IsConnectionLimit)
        {
            return false;
        }
    }

    /// <summary>Moves the watermark to the current position of the load.</summary>
    public ValueTask<bool> FinishAsync(CancellationToken cancellationToken) => _batches!.FinishAsync(cancellationToken);

    /// <summary>Commits a load that is a single transaction.</summary>
    /// <returns>The number of rows that were deleted or marked.</returns>
    public ValueTask<long> CompleteAsync(bool takesOut, CancellationToken cancellationToken) => _session.CompleteAsync(takesOut, cancellationToken);

    public ValueTask DisposeAsync() => _session.DisposeAsync();
}
