using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>The statements of the watermark table that differ between databases.</summary>
/// <param name="Table">The table's quoted name.</param>
/// <param name="Create">Creates the table if it does not exist.</param>
/// <param name="Exists">Returns a row if the table exists.</param>
internal sealed record WatermarkSql(string Table, string Create, string Exists);

/// <summary>
/// The watermark table, over any connection to its database. A name has one row that says which run owns it, and a row for each source.
/// Statements join the connection's open transaction.
/// </summary>
internal sealed partial class WatermarkStore(DbConnection connection, WatermarkSql sql, Func<DbException, Exception> translate) : IAsyncDisposable
{
    /// <summary>Takes the lock of a name; null in a load, which has its own.</summary>
    public Func<string, CancellationToken, ValueTask<IAsyncDisposable?>>? Lock { get; init; }

    /// <summary>The table's name unless the user gives another.</summary>
    public const string DefaultTable = "etl_watermark";

    /// <summary>The columns of the table, for <see cref="WatermarkSql.Create"/>.</summary>
    /// <param name="shortText">A type for text that may be part of a key, up to 200 characters.</param>
    /// <param name="longText">A type for text of any length.</param>
    /// <param name="integer">A type for 64 bits.</param>
    public static string Columns(string shortText, string longText, string integer) =>
        $"name {shortText} NOT NULL, source_id {shortText} NOT NULL, source {longText} NOT NULL, fingerprint {longText} NOT NULL, "
        + $"line_number {integer} NOT NULL, byte_offset {integer} NOT NULL, row_number {integer} NOT NULL, page_cursor {longText}, "
        + $"value_text {longText}, updated_at {shortText} NOT NULL, run_id {shortText} NOT NULL, run_sequence {integer} NOT NULL, "
        + "PRIMARY KEY (name, source_id)";

    private const string OwnerId = "";

    /// <summary>Creates the table if it does not exist.</summary>
    public async ValueTask CreateAsync(CancellationToken cancellationToken)
    {
        if (await ExistsAsync(cancellationToken).ConfigureAwait(false))
            return;
        try
        {
            await ExecuteAsync(sql.Create, cancellationToken).ConfigureAwait(false);
        }
        catch (TransientTargetException e) when (e.IsContention)
        {
            // Another run may have made it at the same moment.
            if (!await ExistsAsync(cancellationToken).ConfigureAwait(false))
                throw;
        }
    }

    /// <summary>Reads the watermarks of a name, or all, the newest first.</summary>
    public async ValueTask<IReadOnlyList<Watermark>> ReadAsync(string? name, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(cancellationToken).ConfigureAwait(false))
            return [];
        string text =
            $"SELECT name, source, fingerprint, line_number, byte_offset, row_number, page_cursor, value_text, updated_at FROM {sql.Table} "
            + $"WHERE source_id NOT IN ('{OwnerId}', '{PlanId}'){(name is null ? "" : " AND name = @name")} ORDER BY updated_at DESC";
        var found = new List<Watermark>();
        await RunAsync(text, name is null ? [] : [("name", name)], async command =>
        {
            DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable disposing = reader.ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                found.Add(Read(reader));
            return 0;
        }, cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>Claims the name for a run, which excludes other runs.</summary>
    /// <param name="name">The name.</param>
    /// <param name="run">The run.</param>
    /// <param name="require">Throws if the run cannot continue from the watermarks of the name.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The watermarks of this name.</returns>
    public async ValueTask<IReadOnlyList<Watermark>> ClaimAsync(string name, Guid run, Action<IReadOnlyList<Watermark>> require, CancellationToken cancellationToken)
    {
        await CreateAsync(cancellationToken).ConfigureAwait(false);
        // Another run may have lost its lock and still load: a run that cannot continue itself must not end it.
        require(await ReadAsync(name, cancellationToken).ConfigureAwait(false));
        await OwnAsync(name, run, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Watermark> stored = await ReadAsync(name, cancellationToken).ConfigureAwait(false);
        require(stored);
        return stored;
    }

    /// <summary>Makes this run the owner of the name.</summary>
    private async ValueTask OwnAsync(string name, Guid run, CancellationToken cancellationToken)
    {
        (string, object?)[] values = [("name", name), ("run", run.ToString())];
        int updated = await ExecuteAsync(
            $"UPDATE {sql.Table} SET run_id = @run WHERE name = @name AND source_id = '{OwnerId}'", cancellationToken, values).ConfigureAwait(false);
        if (updated > 0)
            return;
        await ExecuteAsync(
            $"INSERT INTO {sql.Table} (name, source_id, source, fingerprint, line_number, byte_offset, row_number, updated_at, run_id, run_sequence) "
            + $"VALUES (@name, '{OwnerId}', '', '', 0, 0, 0, '', @run, 0)",
            cancellationToken, values).ConfigureAwait(false);
    }

    /// <summary>Writes watermarks for the run that owns the name. Of several writers of the run, the furthest one wins.</summary>
    /// <exception cref="EtlException">Another run has taken over the name.</exception>
    public async ValueTask WriteAsync(IReadOnlyList<Watermark> watermarks, Guid run, long sequence, CancellationToken cancellationToken)
    {
        if (watermarks.Count == 0)
            return;
        // Locks the name until the commit, so that the run's writers take turns.
        int owned = await ExecuteAsync(
            $"UPDATE {sql.Table} SET updated_at = @now WHERE name = @name AND source_id = '{OwnerId}' AND run_id = @run", cancellationToken,
            ("name", watermarks[0].Name), ("run", run.ToString()), ("now", Format(watermarks[0].UpdatedAt))).ConfigureAwait(false);
        if (owned == 0)
            throw WatermarkFailures.InUse(watermarks[0].Name);
        foreach (Watermark watermark in watermarks)
            await PutAsync(watermark, run, sequence, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps loads away from the watermarks of a name until what it returns is disposed, or the store where that is null.</summary>
    /// <exception cref="EtlException">A load uses them.</exception>
    public async ValueTask<IAsyncDisposable?> HoldAsync(string name, CancellationToken cancellationToken)
    {
        if (Lock is null)
            return null;
        try
        {
            return await Lock(name, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw translate(e);
        }
    }

    /// <summary>Sets a watermark by hand, replacing any other.</summary>
    public async ValueTask SetAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        await CreateAsync(cancellationToken).ConfigureAwait(false);
        await PutAsync(watermark, Guid.Empty, 0, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes a watermark.</summary>
    /// <returns>Whether it existed.</returns>
    public async ValueTask<bool> RemoveAsync(Watermark watermark, CancellationToken cancellationToken) =>
        await ExistsAsync(cancellationToken).ConfigureAwait(false)
        && await ExecuteAsync(
            $"DELETE FROM {sql.Table} WHERE name = @name AND source_id = @id", cancellationToken,
            ("name", watermark.Name), ("id", SourceId(watermark))).ConfigureAwait(false) > 0;

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async ValueTask PutAsync(Watermark watermark, Guid run, long sequence, CancellationToken cancellationToken)
    {
        (string, object?)[] values =
        [
            ("name", watermark.Name), ("id", SourceId(watermark)), ("source", watermark.Source), ("fingerprint", watermark.FullFingerprint),
            ("line", watermark.Line), ("offset", watermark.ByteOffset), ("row", watermark.Row), ("cursor", watermark.Cursor),
            ("value", watermark.Value), ("now", Format(watermark.UpdatedAt)), ("run", run.ToString()), ("sequence", sequence),
        ];
        int updated = await ExecuteAsync(
            $"UPDATE {sql.Table} SET fingerprint = @fingerprint, line_number = @line, byte_offset = @offset, row_number = @row, page_cursor = @cursor, value_text = @value, "
            + "updated_at = @now, run_id = @run, run_sequence = @sequence "
            + "WHERE name = @name AND source_id = @id AND (run_id <> @run OR run_sequence <= @sequence)",
            cancellationToken, values).ConfigureAwait(false);
        if (updated > 0)
            return;
        await ExecuteAsync(
            $"INSERT INTO {sql.Table} (name, source_id, source, fingerprint, line_number, byte_offset, row_number, page_cursor, value_text, updated_at, run_id, run_sequence) "
            + "SELECT @name, @id, @source, @fingerprint, @line, @offset, @row, @cursor, @value, @now, @run, @sequence "
            + $"WHERE NOT EXISTS (SELECT 1 FROM {sql.Table} WHERE name = @name AND source_id = @id)",
            cancellationToken, values).ConfigureAwait(false);
    }

    private async ValueTask<bool> ExistsAsync(CancellationToken cancellationToken) =>
        await RunAsync(sql.Exists, [], command => command.ExecuteScalarAsync(cancellationToken), cancellationToken).ConfigureAwait(false) is not null;

    private ValueTask<int> ExecuteAsync(string text, CancellationToken cancellationToken, params (string Name, object? Value)[] values) =>
        RunAsync(text, values, command => command.ExecuteNonQueryAsync(cancellationToken), cancellationToken);

    private async ValueTask<T> RunAsync<T>(string text, (string Name, object? Value)[] values, Func<DbCommand, Task<T>> run, CancellationToken cancellationToken)
    {
        DbCommand command = connection.CreateCommand();
        await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
        command.CommandText = text;
        foreach ((string name, object? value) in values)
        {
            if (!text.Contains("@" + name, StringComparison.Ordinal))
                continue;
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.DbType = value is long ? System.Data.DbType.Int64 : System.Data.DbType.String;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        try
        {
            return await run(command).ConfigureAwait(false);
        }
        catch (DbException e)
        {
            // A driver may report a cancelled command as a lost connection.
            cancellationToken.ThrowIfCancellationRequested();
            throw translate(e);
        }
    }

    private static Watermark Read(DbDataReader row) => new()
    {
        Name = row.GetString(0),
        Source = row.GetString(1),
        FullFingerprint = row.GetString(2),
        Line = row.GetInt64(3),
        ByteOffset = row.GetInt64(4),
        Row = row.GetInt64(5),
        Cursor = row.IsDBNull(6) ? null : row.GetString(6),
        Value = row.IsDBNull(7) ? null : row.GetString(7),
        UpdatedAt = DateTimeOffset.Parse(row.GetString(8), CultureInfo.InvariantCulture),
    };

    /// <summary>Paths may be longer than a key can be.</summary>
    private static string SourceId(Watermark watermark) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{watermark.Source}\n{watermark.Fingerprint}")).AsSpan(0, 16));

    private static string Format(DateTimeOffset time) => time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
}
