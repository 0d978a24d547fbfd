using System.Data.Common;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>Creates rows from a result, and knows after which row reading continues.</summary>
/// <param name="options">What to read.</param>
/// <param name="plan">Its statements.</param>
/// <param name="after">The values of the watermark columns after which to start; null for the beginning.</param>
/// <param name="warn">Called for an order that is not unique.</param>
internal sealed class SqlRows(SqlSourceOptions options, SqlPlan plan, object[]? after, Action<EtlException> warn)
{
    private readonly long _first = options.ResumeFrom?.Row ?? 0;
    private int[] _keys = [];
    private object[]? _last = after;
    private TimeSpan _lag = options.WatermarkLag;
    private long _count = options.ResumeFrom?.Row ?? 0;
    private long _numberOfLast = options.ResumeFrom?.Row ?? 0;
    private bool _hasTies;

    /// <summary>The columns; null before the database has returned them.</summary>
    public Schema? Schema { get; private set; }

    /// <summary>How many rows were read, including those of earlier connections.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Whether any row was read.</summary>
    public bool HasBegun => Count != _first;

    /// <summary>The statement for the rows after the last one.</summary>
    public DbCommand Next(QuerySession session) => plan.Rows(session, _last, _lag);

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
            throw new EtlException(FailureCodes.DuplicateHeader, FailureKind.InvalidCall, $"The query returns two columns with the name '{twice}'. Rename one of them with AS.");
        Schema = new Schema(names);
        plan.Take(reader, Schema);
        _keys = [.. options.WatermarkColumns.Select(Schema.IndexOf)];
    }

    /// <summary>The current row of the reader.</summary>
    /// <param name="run">Its statement.</param>
    /// <param name="isNull">Whether one of its watermark columns is null.</param>
    public SqlRow Read(QueryRun run, bool isNull)
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
                fault ??= new SqlFault(
                    ErrorCodes.ConversionFailed, $"'{name}' has a value for which .NET has no type ({reader.GetDataTypeName(i)}). Read it as text: with -Query, and CAST({name} AS …).", name);
            }
        }
        Volatile.Write(ref _count, _count + 1);
        if (isNull && fault is null && options.NullWatermark == NullWatermark.Error)
        {
            string name = options.WatermarkColumns[Array.FindIndex(_keys, key => values[key] is null)];
            fault = new SqlFault(ErrorCodes.WatermarkIsNull, $"'{name}' of -WatermarkColumn is null, so the row has no place in the order (-NullWatermark).", name);
        }
        if (_keys.Length == 0 || isNull)
            return new SqlRow(values, _count, isNull ? _last : null, fault);
        return new SqlRow(values, NumberOf(values), _last, fault);
    }

    /// <summary>The position number of a row. Rows with the same watermark columns share it, so that no watermark ends between
    /// them.</summary>
    private long NumberOf(object?[] values)
    {
        object[] keys = new object[_keys.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = values[_keys[i]] ?? throw QueryFailures.Invalid(
                $"A value of -WatermarkColumn '{options.WatermarkColumns[i]}' cannot be read, so reading could not continue after it. Choose a column whose values .NET can hold.");
        }
        bool isTie = _last is not null && keys.AsSpan().SequenceEqual(_last);
        if (isTie && !_hasTies)
        {
            _hasTies = true;
            warn(QueryFailures.Invalid(
                $"Several rows have the same values in -WatermarkColumn {string.Join(", ", options.WatermarkColumns)}. A row written later with the same values as the last row read will be missed. Add a unique column, such as the key, as the last one."));
        }
        _last = keys;
        _lag = TimeSpan.Zero;
        return isTie ? _numberOfLast : _numberOfLast = _count;
    }
}
