using System.Collections;
using System.Data;
using System.Data.Common;
using System.Text;
using System.Text.Json;
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
        "bytea", "uuid", "date", "timestamp without time zone", "timestamp with time zone", "time without time zone", "time with time zone", "interval", "json", "jsonb",
        "jsonpath", "xml", "hstore", "bit", "bit varying", "oid", "xid", "cid", "xid8",
    ];

    public override string Database => source.Name;

    public override CatalogSql Catalog => PostgresSql.Catalog;

    public override string Quote(string name) => AnsiNames.Quote(name);

    /// <summary>Dates in texts that the server makes are in ISO 8601, which every session reads alike.</summary>
    public override string Begin(bool isSnapshot) => $"BEGIN READ ONLY{(isSnapshot ? " ISOLATION LEVEL REPEATABLE READ" : "")}; SET LOCAL datestyle = 'ISO'";

    /// <summary>Asks for the types of the columns first: some are to be sent as text.</summary>
    public override async ValueTask<DbDataReader> ReadAsync(DbCommand command, CancellationToken cancellationToken)
    {
        bool[] areTexts;
        DbDataReader described = await command.ExecuteReaderAsync(CommandBehavior.SchemaOnly, cancellationToken).ConfigureAwait(false);
        await using (described.ConfigureAwait(false))
            areTexts = [.. Enumerable.Range(0, described.FieldCount).Select(column => IsText(((NpgsqlDataReader)described).GetPostgresType(column)))];
        if (Array.IndexOf(areTexts, true) >= 0)
            ((NpgsqlCommand)command).UnknownResultTypeList = areTexts;
        return await base.ReadAsync(command, cancellationToken).ConfigureAwait(false);
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
        // An error with a position comes from parsing the query, so its text names only parts of the query.
        PostgresException { Position: > 0 } e when e.SqlState.StartsWith("42", StringComparison.Ordinal) => QueryFailures.Refused(source.Name, $"{e.MessageText} (SQLSTATE {e.SqlState})"),
        PostgresException e when PostgresErrors.Refusal(e) is { } text => QueryFailures.Refused(source.Name, text),
        _ => PostgresErrors.ToException(error, source),
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
            BitArray bits => string.Concat(bits.Cast<bool>().Select(bit => bit ? '1' : '0')),
            Array array and not byte[] => Nested(array, []),
            _ when value.GetType().Namespace is { } space && space.StartsWith("Npgsql", StringComparison.Ordinal) => value.ToString(),
            _ => value,
        };
    }

    /// <summary>The items of an array; those of several dimensions are arrays themselves.</summary>
    private static object?[] Nested(Array array, int[] at) =>
        [.. Enumerable.Range(array.GetLowerBound(at.Length), array.GetLength(at.Length)).Select(index => at.Length + 1 == array.Rank ? array.GetValue([.. at, index]) : Nested(array, [.. at, index]))];

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
    }

    /// <summary>An object or a list stays JSON; any other JSON becomes its value.</summary>
    private static object? Json(string text)
    {
        string trimmed = text.Trim();
        if (trimmed[0] is '{' or '[')
            return new JsonValue(Encoding.UTF8.GetBytes(trimmed));
        using var document = JsonDocument.Parse(trimmed);
        return document.RootElement.ValueKind switch
        {
            JsonValueKind.String => JsonString.ReadAsWritten(document.RootElement),
            JsonValueKind.Null => null,
            _ => trimmed,
        };
    }
}
