using System.Data.Common;
using System.Runtime.CompilerServices;

namespace EtlTools.Engine.Load;

/// <summary>The names in a database, without a load. Nothing is written, and no database is created.</summary>
internal static class TargetNames
{
    /// <summary>The tables, as <see cref="LoadOptions.Table"/> takes them.</summary>
    /// <param name="options">Which database.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="EtlException">The catalog cannot be read.</exception>
    public static Task<IReadOnlyList<string>> TablesAsync(TargetOptions options, CancellationToken cancellationToken) =>
        UseAsync(options, catalog => catalog.TablesAsync(cancellationToken), cancellationToken);

    /// <summary>The writable columns of a table; none if the table does not exist.</summary>
    /// <param name="options">Which database.</param>
    /// <param name="table">The table.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="EtlException">The catalog cannot be read.</exception>
    public static Task<IReadOnlyList<string>> ColumnsAsync(TargetOptions options, string table, CancellationToken cancellationToken)
    {
        var name = TableName.Parse(table);
        return UseAsync<IReadOnlyList<string>>(options, async catalog => await catalog.ColumnsAsync(name, cancellationToken).ConfigureAwait(false), cancellationToken);
    }

    private static async Task<T> UseAsync<T>(TargetOptions options, Func<TargetCatalog, ValueTask<T>> use, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            TargetCatalog catalog = await Dialects.Get(options).OpenCatalogAsync(options, cancellationToken).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable disposing = catalog.ConfigureAwait(false);
            return await use(catalog).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TransientTargetException or DbException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new EtlException(FailureCodes.TargetUnavailable, FailureKind.Unavailable, "The database could not be asked for its tables. Try again later.", e);
        }
    }
}
