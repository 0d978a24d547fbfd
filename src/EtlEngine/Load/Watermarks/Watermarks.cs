using System.Runtime.CompilerServices;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>The watermarks of a database, outside a load.</summary>
internal static class Watermarks
{
    /// <summary>The name of the table unless another is given.</summary>
    public const string DefaultTable = WatermarkStore.DefaultTable;

    /// <summary>Reads all watermarks, the newest first; none if there is no watermark table or database file yet, as before the first
    /// load.</summary>
    /// <param name="options">Which database.</param>
    /// <param name="table">The watermark table.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="EtlException">The database cannot be read.</exception>
    public static async Task<IReadOnlyList<Watermark>> ReadAsync(TargetOptions options, string table, CancellationToken cancellationToken)
    {
        try
        {
            return await UseAsync(options, table, store => store.ReadAsync(null, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (EtlException e) when (e.Code == FailureCodes.TableNotFound)
        {
            return [];
        }
    }

    /// <summary>Sets a watermark, replacing any other; the table is created if it does not exist.</summary>
    /// <param name="options">Which database.</param>
    /// <param name="table">The watermark table.</param>
    /// <param name="watermark">The watermark.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="EtlException">The database cannot be written, or a load uses the watermark.</exception>
    public static Task SetAsync(TargetOptions options, string table, Watermark watermark, CancellationToken cancellationToken) => ChangeAsync(
        options, table, watermark,
        async store =>
        {
            await store.SetAsync(watermark, cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Removes a watermark.</summary>
    /// <param name="options">Which database.</param>
    /// <param name="table">The watermark table.</param>
    /// <param name="watermark">The watermark.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="EtlException">The database cannot be written, or a load uses the watermark.</exception>
    public static Task RemoveAsync(TargetOptions options, string table, Watermark watermark, CancellationToken cancellationToken) =>
        ChangeAsync(options, table, watermark, store => store.RemoveAsync(watermark, cancellationToken), cancellationToken);

    /// <summary>Changes a watermark that no load uses: the load's next batch would undo the change.</summary>
    private static Task<bool> ChangeAsync(
        TargetOptions options, string table, Watermark watermark, Func<WatermarkStore, ValueTask<bool>> change, CancellationToken cancellationToken) => UseAsync(
        options, table,
        async store =>
        {
            try
            {
                IAsyncDisposable? held = await store.HoldAsync(watermark.Name, cancellationToken).ConfigureAwait(false);
                try
                {
                    return await change(store).ConfigureAwait(false);
                }
                finally
                {
                    if (held is not null)
                        await held.DisposeAsync().ConfigureAwait(false);
                }
            }
            catch (EtlException e) when (e.Code == FailureCodes.WatermarkInUse)
            {
                throw WatermarkFailures.NotChanged(watermark, e);
            }
        },
        cancellationToken);

    /// <summary>Uses the watermark table of a database.</summary>
    internal static async Task<T> UseAsync<T>(TargetOptions options, string table, Func<WatermarkStore, ValueTask<T>> use, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            WatermarkStore store = await Dialects.Get(options).OpenWatermarksAsync(options, TableName.Parse(table, "-WatermarkTable"), cancellationToken).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable disposing = store.ConfigureAwait(false);
            return await use(store).ConfigureAwait(false);
        }
        catch (TransientTargetException e)
        {
            throw new EtlException(FailureCodes.TargetUnavailable, FailureKind.Unavailable, $"{e.Message}. {e.HowToReach ?? "Try again later."}", e);
        }
    }
}
