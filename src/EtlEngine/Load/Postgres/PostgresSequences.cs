using System.Data.Common;
using System.Runtime.CompilerServices;
using EtlTools.Engine.Stages;
using Npgsql;
using static EtlTools.Engine.Load.AnsiNames;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>
/// Sets the sequences of a table's serial and identity columns to the largest number in it, never lower. A load with its own numbers does
/// not move them, and the next row that an application inserts would get a number that exists.
/// </summary>
internal static class PostgresSequences
{
    private const string Find = """
        SELECT s.oid::regclass::text, a.attname::text, has_sequence_privilege(s.oid, 'UPDATE'),
               coalesce(pg_sequence_last_value(s.oid), q.seqstart - 1), q.seqmax
        FROM pg_depend AS d
        JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
        JOIN pg_sequence AS q ON q.seqrelid = s.oid AND q.seqincrement > 0
        JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::regclass AND d.deptype IN ('a', 'i')
          AND (has_sequence_privilege(s.oid, 'USAGE') OR has_sequence_privilege(s.oid, 'SELECT'))
        """;

    /// <summary>Moves the sequences that are behind.</summary>
    /// <returns>What was set, and what this user may not set.</returns>
    public static async ValueTask<IReadOnlyList<StageNotice>> SetForwardAsync(NpgsqlConnection connection, PostgresTable table, CancellationToken cancellationToken)
    {
        var told = new List<StageNotice>();
        foreach ((string name, string column, bool maySet, long last, long most) in await FindAsync(connection, table, cancellationToken).ConfigureAwait(false))
        {
            using var largest = new NpgsqlCommand($"SELECT max({Quote(column)})::bigint FROM {Quote(table.Name)}", connection);
            if (await largest.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not long max || max <= last || max > most)
                continue;
            if (maySet)
            {
                // Others may have used it meanwhile.
                using var set = new NpgsqlCommand("SELECT setval($1::regclass, $2) WHERE $2 > coalesce(pg_sequence_last_value($1::regclass), $2 - 1)", connection);
                set.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
                set.Parameters.Add(new NpgsqlParameter<long> { TypedValue = max });
                await set.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            told.Add(new StageNotice(maySet ? NoticeLevel.Verbose : NoticeLevel.Warning, new EtlException(
                FailureCodes.AccessDenied, FailureKind.PermissionDenied,
                maySet ? $"The sequence {name} of '{column}' was behind the rows of '{table.Name}' and was set forward."
                : $"The sequence {name} of '{column}' is behind the rows of '{table.Name}', and this user may not set it: a row that is inserted without a number may get one that is taken. Let its owner run: GRANT UPDATE ON SEQUENCE {name} TO the user.")));
        }
        return told;
    }

    private static async ValueTask<List<(string Name, string Column, bool MaySet, long Last, long Most)>> FindAsync(NpgsqlConnection connection, PostgresTable table, CancellationToken cancellationToken)
    {
        using var find = new NpgsqlCommand(Find, connection);
        find.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Quote(table.Name) });
        var found = new List<(string, string, bool, long, long)>();
        DbDataReader row = await find.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable disposing = row.ConfigureAwait(false);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            found.Add((row.GetString(0), row.GetString(1), row.GetBoolean(2), row.GetInt64(3), row.GetInt64(4)));
        return found;
    }
}
