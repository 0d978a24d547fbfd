using System.Data.Common;
using System.Text;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>Creates rows from a result, and knows after which row reading continues.</summary>
/// <param name="options">What to read.</param>
/// <param name="plan">Its statements.</param>
/// <param name="after">The values of the watermark columns after which to start; null for the beginning.</param>
/// <param name="number">The number of the row with these values; 0 for the beginning.</param>
/// <param name="warn">Called for an order that is not unique.</param>
internal sealed class SqlRows(SqlSourceOptions options, SqlPlan plan, object[]? after, long number, Action<EtlException> warn)
{
    private readonly OpenGroup _open = new();
    private int[] _keys = [];
    private bool[] _areLoose = [];
    private string[] _types = [];
    private object[]? _last = after;
    private TimeSpan _lag = options.WatermarkLag;
    private long _count;
    private long _number = number;
    private long _numberOfLast = number;
    private bool _hasTies;

    /// <summary>The columns; null before the database has returned them.</summary>
    public Schema? Schema { get; private set; }

    /// <summary>How many rows were read, including those of earlier connections.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Whether any row was read.</summary>
    public bool HasBegun => Count > 0;

    /// <summary>The watermark columns with texts.</summary>
    public IReadOnlyList<string> TextKeys { get; private set; } = [];

    /// <summary>Whether too many rows have the watermark columns of the last one for reading to continue among them.</summary>
    public bool IsAmongTooManyTies => _open.IsTooLarge;

    /// <summary>The statement for the rows that were not read. The group of the last row may be incomplete and is read again.</summary>
    public DbCommand Next(QuerySession session)
    {
        _open.StartOver();
        return plan.Rows(session, _last, _lag, isInclusive: !_open.IsEmpty);
    }

    /// <summary>Stores the columns.</summary>
    /// <exception cref="EtlException">There are no columns, one occurs twice, or a watermark column is missing.</exception>
    public void Take(DbDataReader reader)
    {
        if (reader.FieldCount == 0)
            throw QueryFailures.NoRows;
        string[] names = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        for (int i = 0; i < names.Length; i++)
        {
            if (names[i].Length == 0)
                names[i] = CsvLayout.UniqueName(i, name => Array.FindIndex(names, other => other.Equals(name, StringComparison.OrdinalIgnoreCase)));
        }
        string? twice = names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1)?.Key;
        if (twice is not null)
            throw plan.Table is null
                ? new EtlException(FailureCodes.DuplicateHeader, FailureKind.InvalidCall, $"The query returns two columns with the name '{twice}'. Rename one of them with AS.")
                : new EtlException(FailureCodes.DuplicateHeader, FailureKind.InvalidCall, options.Columns.Count > 0
                    ? $"-Column names the column '{twice}' twice. Name it once."
                    : $"The table has two columns whose names differ only in case: '{twice}'. Name those to read with -Column, or rename one of them in a -Query with AS.");
        Schema = new Schema(names);
        plan.Take(reader, Schema);
        _types = TypesOf(reader);
        _keys = [.. options.WatermarkColumns.Select(Schema.IndexOf)];
        _areLoose = new bool[_keys.Length];
        TextKeys = [.. _keys.Where(key => reader.GetFieldType(key) == typeof(string)).Select(key => names[key])];
    }

    /// <summary>Stores in which watermark columns texts may be equal though their characters differ.</summary>
    public void TakeLoose(IReadOnlyCollection<string> columns) =>
        _areLoose = [.. _keys.Select(key => columns.Contains(Schema![key], StringComparer.OrdinalIgnoreCase))];

    /// <summary>Checks that another connection has the same columns.</summary>
    /// <exception cref="EtlException">They have changed.</exception>
    public void RequireSame(DbDataReader reader)
    {
        string[] types = TypesOf(reader);
        for (int i = 0; i < Math.Max(types.Length, _types.Length); i++)
        {
            if (i >= types.Length || i >= _types.Length || types[i] != _types[i] || reader.GetName(i) != Schema![i])
                throw QueryFailures.Changed(i < _types.Length ? Schema![i] : reader.GetName(i), Count);
        }
    }

    private static string[] TypesOf(DbDataReader reader) => [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetDataTypeName)];

    /// <summary>The current row of the reader; null if it was read before, over a connection that was lost.</summary>
    /// <param name="run">Its statement.</param>
    /// <param name="isNull">Whether one of its watermark columns has no place in the order: it is null, NaN or infinite.</param>
    public SqlRow? Read(QueryRun run, bool isNull)
    {
        DbDataReader reader = run.Reader;
        SqlValueReader[] readers = run.Readers;
        Schema schema = Schema!;
        var values = new object?[schema.Count];
        SqlFault? fault = null;
        for (int i = 0; i < values.Length; i++)
        {
            try
            {
                values[i] = readers[i](reader, i);
            }
            catch (Exception e) when (QuerySession.IsFaultOfValue(e))
            {
                string name = schema[i];
                fault = fault is not null ? fault with { Unread = [.. fault.Unread, name] } : new SqlFault(
                    ErrorCodes.ConversionFailed, $"'{name}' {WhyUnread(e, name, reader.GetDataTypeName(i))}", name)
                { Unread = [name] };
            }
        }
        bool isKeyed = _keys.Length > 0 && !isNull;
        object[] keys = isKeyed ? KeysOf(values) : [];
        bool isTie = isKeyed && IsTie(keys);
        if (isTie && _open.TryLeaveOut(values))
            return null;
        Volatile.Write(ref _count, _count + 1);
        if (isNull && fault is null && options.NullWatermark == NullWatermark.Error)
        {
            string name = options.WatermarkColumns[Array.FindIndex(_keys, key => values[key] is not string && WatermarkValue.IsNone(values[key]))];
            fault = new SqlFault(ErrorCodes.WatermarkIsNull, $"'{name}' of -WatermarkColumn is null, NaN or infinite, so the row has no place in the order (-NullWatermark).", name);
        }
        if (isNull)
            return new SqlRow(values, _number, _last ?? [], fault, IsUnordered: true);
        _number++;
        if (!isKeyed)
            return new SqlRow(values, _number, null, fault);
        Place(values, keys, isTie);
        return new SqlRow(values, _numberOfLast, _last, fault);
    }

    private static string WhyUnread(Exception e, string column, string type) => e is DecoderFallbackException
        ? $"has a text that is not UTF-8. Read its bytes: with -Query, and CAST({column} AS BLOB)."
        : $"has a value for which .NET has no type ({type}). Read it as text: with -Query, and CAST({column} AS …).";

    private object[] KeysOf(object?[] values)
    {
        object[] keys = new object[_keys.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = values[_keys[i]] ?? throw QueryFailures.Invalid(
                $"A value of -WatermarkColumn '{options.WatermarkColumns[i]}' cannot be read, so reading could not continue after it. Choose a column whose values .NET can hold.");
        }
        return keys;
    }

    /// <summary>Whether a row belongs to the group of the last one.</summary>
    private bool IsTie(object[] keys)
    {
        if (_open.IsEmpty)
            return false;
        for (int i = 0; i < keys.Length; i++)
        {
            if (!KeyEquality.AreEqual(keys[i], _last![i], _areLoose[i]))
                return false;
        }
        return true;
    }

    /// <summary>Gives a row its position. Rows with the same watermark columns share it, so that no watermark ends between them.</summary>
    private void Place(object?[] values, object[] keys, bool isTie)
    {
        _lag = TimeSpan.Zero;
        if (!isTie)
        {
            _open.Begin(values);
            _last = keys;
            _numberOfLast = _number;
            return;
        }
        _open.Add(values);
        if (_hasTies)
            return;
        _hasTies = true;
        warn(QueryFailures.Invalid(
            $"Several rows have the same values in -WatermarkColumn {string.Join(", ", options.WatermarkColumns)}. A row written later with the same values as the last row read will be missed. Add a unique column, such as the key, as the last one."));
    }
}
