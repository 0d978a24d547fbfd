using System.Collections;
using System.Data;
using System.Data.Common;
using System.Text;
using EtlTools.Engine.Load;
using EtlTools.Engine.Load.Postgres;
using EtlTools.Engine.Records;
using Npgsql;
using Npgsql.PostgresTypes;
using NpgsqlTypes;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>Reads from PostgreSQL. The driver reads rows in binary form as they arrive, and the server waits if nobody reads
/// them.</summary>
internal sealed class PostgresQuerySession(NpgsqlConnection connection, PostgresSource source) : QuerySession(connection)
{
    /// <summary>Types whose .NET values equal those of the database.</summary>
    private static readonly Type[] PlainTypes =
        [typeof(string), typeof(short), typeof(int), typeof(long), typeof(decimal), typeof(float), typeof(double), typeof(bool), typeof(Guid), typeof(byte[])];

    /// <summary>The base types that the driver reads without loss. The server sends values of other types as text.</summary>
    private static readonly HashSet<string> KnownTypes =
    [
        "boolean", "smallint", "integer", "bigint", "real", "double precision", "numeric", "money", "text", "character varying", "character", "\"char\"", "name", "citext",
        "bytea", "uuid", "date", "timestamp without time zone", "timestamp with time zone", "time without time zone", "json", "jsonb",
        "jsonpath", "xml", "hstore", "bit", "bit varying", "oid", "xid", "cid", "xid8",
    ];

    public override string Database => source.Name;

    public override CatalogSql Catalog => PostgresSql.Catalog;

    public override string? Placeless(string dataType) => dataType switch
    {
        "double precision" or "real" => "'NaN', 'Infinity', '-Infinity'",
        // Not every server knows its infinity.
        _ when dataType.StartsWith("numeric", StringComparison.Ordinal) => "'NaN'",
        "date" => "'infinity', '-infinity'",
        _ when dataType.StartsWith("timestamp", StringComparison.Ordinal) => "'infinity', '-infinity'",
        _ => null,
    };

    public override string Quote(string name) => AnsiNames.Quote(name);

    /// <summary>The texts that the server makes do not depend on the settings of the user: every session reads these alike, and they have all
    /// digits.</summary>
    public override string Begin(bool isSnapshot) => $"BEGIN READ ONLY{(isSnapshot ? " ISOLATION LEVEL REPEATABLE READ" : "")}; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'";

    /// <summary>Columns of the type citext, or with a collation that is not deterministic.</summary>
    public override async ValueTask<IReadOnlyCollection<string>> LooseTextsAsync(TableName table, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        DbCommand command = NewCommand(
            """
            SELECT a.attname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation c ON c.oid = a.attcollation
            WHERE a.attrelid = CAST(CAST(@etl_table AS text) AS regclass) AND a.attname = ANY(@etl_columns)
              AND (NOT c.collisdeterministic OR EXISTS (SELECT 1 FROM pg_type b WHERE b.oid IN (t.oid, t.typbasetype) AND b.typname = 'citext'))
            """,
            [new SqlParameterValue("etl_table", Quote(table)), new SqlParameterValue("etl_columns", columns.ToArray())]);
        await using var disposing = command.ConfigureAwait(false);
        var loose = new List<string>();
        DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            loose.Add(reader.GetString(0));
        return loose;
    }

    /// <summary>Asks for the types of the columns first: some are to be sent as text.</summary>
    public override async ValueTask<DbDataReader> ReadAsync(DbCommand command, CancellationToken cancellationToken)
    {
        try
        {
            await SetTimesAsync(command, cancellationToken).ConfigureAwait(false);
            bool[] areTexts;
            DbDataReader described = await command.ExecuteReaderAsync(CommandBehavior.SchemaOnly, cancellationToken).ConfigureAwait(false);
            await using (described.ConfigureAwait(false))
                areTexts = [.. Enumerable.Range(0, described.FieldCount).Select(column => IsText(((NpgsqlDataReader)described).GetPostgresType(column)))];
            if (Array.IndexOf(areTexts, true) >= 0)
                ((NpgsqlCommand)command).UnknownResultTypeList = areTexts;
            return await base.ReadAsync(command, cancellationToken).ConfigureAwait(false);
        }
        catch (NotSupportedException)
        {
            // COPY, for which the driver has calls of its own.
            throw QueryFailures.NoRows;
        }
    }

    /// <summary>Gives instants of which the server takes no time zone, because they are compared with such a column, as UTC. It would convert them
    /// to the time zone of the session.</summary>
    private async ValueTask SetTimesAsync(DbCommand command, CancellationToken cancellationToken)
    {
        NpgsqlParameter[] instants = [.. command.Parameters.Cast<NpgsqlParameter>().Where(parameter => parameter.Value is DateTime { Kind: DateTimeKind.Utc } or DateTimeOffset)];
        if (instants.Length == 0)
            return;
        // The server says which types it would choose itself. It may refuse to, and that must not end the transaction.
        await ExecuteAsync("SAVEPOINT etl_types", cancellationToken).ConfigureAwait(false);
        try
        {
            NpgsqlCommand untyped = ((NpgsqlCommand)command).Clone();
            await using var disposing = untyped.ConfigureAwait(false);
            await LockTablesAsync(untyped, cancellationToken).ConfigureAwait(false);
            NpgsqlCommandBuilder.DeriveParameters(untyped);
            foreach (NpgsqlParameter instant in instants)
            {
                if (untyped.Parameters[instant.ParameterName].NpgsqlDbType == NpgsqlDbType.Timestamp)
                    instant.Value = ForColumn(instant.Value, "timestamp without time zone");
            }
        }
        catch (PostgresException e) when (!e.IsTransient && e.SqlState != PostgresErrorCodes.QueryCanceled)
        {
            // It needs their types, as in @since - interval '1 day': they keep their zone.
        }
        await ExecuteAsync("ROLLBACK TO SAVEPOINT etl_types", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the locks of a statement's tables, in a way that can be cancelled. The driver derives parameters synchronously, and then it
    /// has nothing more to wait for.</summary>
    private static async ValueTask LockTablesAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        foreach (NpgsqlParameter parameter in command.Parameters)
        {
            parameter.Value = DBNull.Value;
            parameter.NpgsqlDbType = NpgsqlDbType.Unknown;
        }
        DbDataReader described = await command.ExecuteReaderAsync(CommandBehavior.SchemaOnly, cancellationToken).ConfigureAwait(false);
        await described.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsText(Npgsql.PostgresTypes.PostgresType type) => type switch
    {
        PostgresArrayType list => IsText(list.Element),
        PostgresDomainType domain => IsText(domain.BaseType),
        PostgresEnumType => false,
        PostgresBaseType => !KnownTypes.Contains(type.Name),
        _ => true,
    };

    public override Exception Translate(DbException error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => QueryFailures.Writes(source.Name),
        PostgresException { SqlState: PostgresErrorCodes.AmbiguousParameter or PostgresErrorCodes.IndeterminateDatatype } e => QueryFailures.Refused(
            source.Name, $"the type of a parameter is not clear (SQLSTATE {e.SqlState}). Say it, as in CAST(@name AS timestamp), or compare first: updated_at > @name OR @name IS NULL"),
        // An error with a position comes from parsing the query, so its text names only parts of the query.
        PostgresException { Position: > 0 } e when e.SqlState.StartsWith("42", StringComparison.Ordinal) => QueryFailures.Refused(
            source.Name, $"{e.MessageText} (SQLSTATE {e.SqlState})", e.SqlState switch
            {
                PostgresErrorCodes.UndefinedTable => FailureCodes.TableNotFound,
                PostgresErrorCodes.UndefinedColumn => FailureCodes.UnknownColumn,
                _ => FailureCodes.StatementFailed,
            }),
        PostgresException e when e.SqlState[..2] is "22" or "P0" => QueryFailures.Refused(source.Name, $"{Meaning(e.SqlState)} (SQLSTATE {e.SqlState})"),
        PostgresException e when PostgresErrors.Refusal(e) is { } text => QueryFailures.Refused(source.Name, text),
        _ => PostgresErrors.ToException(error, source),
    };

    /// <summary>The meaning of an error that a value made while the query ran. The server's own text may have the value.</summary>
    private static string Meaning(string state) => state switch
    {
        PostgresErrorCodes.InvalidDatetimeFormat or PostgresErrorCodes.DatetimeFieldOverflow => "a text, of -Parameter or of a row, is no time",
        PostgresErrorCodes.InvalidTextRepresentation => "a text, of -Parameter or of a row, is no value of the type that it is compared with or converted to",
        PostgresErrorCodes.NumericValueOutOfRange => "a number is out of the range of its type",
        PostgresErrorCodes.DivisionByZero => "it divides by zero",
        PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter =>
            "a text cannot be converted from the database's encoding to UTF-8. Read its bytes: with column::bytea in -Query",
        _ when state.StartsWith("P0", StringComparison.Ordinal) => "a function that it calls raised an error",
        _ => "a value does not fit what is done with it",
    };

    protected override SqlValueReader ReaderOf(DbDataReader reader, int column) => reader.GetDataTypeName(column) is "json" or "jsonb" ? ReadJson
        : Array.IndexOf(PlainTypes, reader.GetFieldType(column)) >= 0 ? ReadAsItIs
        : ReadAnything;

    private static object? ReadJson(DbDataReader reader, int column) => ReadAsItIs(reader, column) is string text ? Json(text) : null;

    private static object? ReadAnything(DbDataReader reader, int column)
    {
        object? value = ReadAsItIs(reader, column);
        return value switch
        {
            null => null,
            // The driver represents infinity like this; a record has no such value.
            DateTime time when IsEnd(time) && reader.GetFieldValue<long>(column) is long.MaxValue or long.MinValue => throw new OverflowException(),
            DateOnly day when IsEnd(day) && reader.GetFieldValue<int>(column) is int.MaxValue or int.MinValue => throw new OverflowException(),
            Array ends when ends.Cast<object?>().Any(item => item is DateTime time ? IsEnd(time) : item is DateOnly day && IsEnd(day)) => throw new OverflowException(),
            BitArray bits => BitsOf(bits),
            Array array and not byte[] => Nested(array, [], reader.GetDataTypeName(column).StartsWith("bit", StringComparison.Ordinal)),
            _ when value.GetType().Namespace is { } space && space.StartsWith("Npgsql", StringComparison.Ordinal) => value.ToString(),
            _ => value,
        };
    }

    /// <summary>The items of an array; those of several dimensions are arrays themselves.</summary>
    private static object?[] Nested(Array array, int[] at, bool areBits) =>
    [
        .. Enumerable.Range(array.GetLowerBound(at.Length), array.GetLength(at.Length)).Select(index => at.Length + 1 < array.Rank ? Nested(array, [.. at, index], areBits) : array.GetValue([.. at, index]) switch
        {
            BitArray bits => BitsOf(bits),
            // The driver's value of bit(1).
            bool bit when areBits => bit ? "1" : "0",
            var item => item,
        }),
    ];

    private static string BitsOf(BitArray bits) => string.Concat(bits.Cast<bool>().Select(bit => bit ? '1' : '0'));

    private static bool IsEnd(DateTime time) => time == DateTime.MaxValue || time == DateTime.MinValue;

    private static bool IsEnd(DateOnly day) => day == DateOnly.MaxValue || day == DateOnly.MinValue;

    protected override void SetValue(DbParameter parameter, SqlParameterValue given)
    {
        base.SetValue(parameter, given);
        // The server derives the type of a text or a null from what it is compared with.
        if (given.Value is string or null)
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Unknown;
        else if (given.Value is DateTime { Kind: DateTimeKind.Local } local)
            parameter.Value = local.ToUniversalTime();
        else if (given.Value is DateTimeOffset offset)
            parameter.Value = offset.ToUniversalTime();
        if (given.DataType is { } type && parameter.Value is DateTime or DateTimeOffset)
            parameter.Value = ForColumn(parameter.Value, type);
        if (given is { DataType: "money", Value: decimal })
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Money;
    }

    /// <summary>A time as a column has it, as the loader stores it: UTC. The server would compare it by the session's time zone.</summary>
    private static DateTime ForColumn(object? time, string type) => (time is DateTimeOffset offset ? offset.UtcDateTime : (DateTime)time!) switch
    {
        var utc when type.StartsWith("timestamp", StringComparison.Ordinal) => DateTime.SpecifyKind(
            utc, type.EndsWith("with time zone", StringComparison.Ordinal) ? DateTimeKind.Utc : DateTimeKind.Unspecified),
        var utc => utc,
    };

    /// <summary>An object or a list. Any other JSON is its text: only so are a string and a number, and null and no value, told apart when they go
    /// into a column of JSON again.</summary>
    private static object Json(string text)
    {
        string trimmed = text.Trim();
        return trimmed[0] is '{' or '[' ? new JsonValue(Encoding.UTF8.GetBytes(trimmed)) : trimmed;
    }
}
