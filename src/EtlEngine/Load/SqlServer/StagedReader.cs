using System.Collections;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using EtlTools.Engine.Load.Staged;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>The rows of a batch for SqlBulkCopy: the row's number, and a value for each column of the staging table.</summary>
internal sealed class StagedReader(SqlServerRows rows, IReadOnlyList<TargetColumn> columns) : DbDataReader
{
    private const int Missing = -1;

    private readonly Dictionary<StagedPlan, int[]> _places = new(ReferenceEqualityComparer.Instance);
    private StagedPlan? _plan;
    private int[] _current = [];
    private int _at = -1;
    private bool _hasGiven;

    public override int FieldCount => columns.Count + 1;

    public override bool HasRows => rows.Numbers.Count > 0;

    public override bool IsClosed => false;

    public override int Depth => 0;

    public override int RecordsAffected => -1;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => throw new NotSupportedException();

    /// <summary>The number of the row whose value was read last; null if none was read since.</summary>
    public int? Current => _hasGiven ? rows.Numbers[_at] : null;

    public override bool Read()
    {
        _hasGiven = false;
        do
            _at++;
        while (_at < rows.Numbers.Count && rows.Withheld.ContainsKey(rows.Numbers[_at]));
        if (_at >= rows.Numbers.Count)
            return false;
        StagedPlan plan = rows.PlanOf(rows.Numbers[_at])!;
        if (!ReferenceEquals(plan, _plan))
        {
            _plan = plan;
            if (!_places.TryGetValue(plan, out _current!))
                _places[plan] = _current = [.. columns.Select(column => PlaceOf(plan, column))];
        }
        return true;
    }

    public override object GetValue(int ordinal)
    {
        _hasGiven = true;
        return ordinal == 0 ? rows.Numbers[_at] : ValueOf(ordinal);
    }

    private object ValueOf(int ordinal) =>
        _current[ordinal - 1] is not Missing and var place ? rows.Values[_at][place] ?? DBNull.Value
        : DBNull.Value;

    public override bool IsDBNull(int ordinal) => GetValue(ordinal) is DBNull;

    public override int GetInt32(int ordinal) => (int)GetValue(ordinal);

    // The copy asks for the others by what GetFieldType says.
    public override Type GetFieldType(int ordinal) => ordinal == 0 ? typeof(int) : typeof(object);

    public override string GetName(int ordinal) => ordinal.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public override string GetDataTypeName(int ordinal) => GetFieldType(ordinal).Name;

    public override bool NextResult() => false;

    public override int GetOrdinal(string name) => throw new NotSupportedException();

    public override int GetValues(object[] values) => throw new NotSupportedException();

    public override bool GetBoolean(int ordinal) => (bool)GetValue(ordinal);

    public override byte GetByte(int ordinal) => (byte)GetValue(ordinal);

    public override short GetInt16(int ordinal) => (short)GetValue(ordinal);

    public override long GetInt64(int ordinal) => (long)GetValue(ordinal);

    public override float GetFloat(int ordinal) => (float)GetValue(ordinal);

    public override double GetDouble(int ordinal) => (double)GetValue(ordinal);

    public override decimal GetDecimal(int ordinal) => (decimal)GetValue(ordinal);

    public override char GetChar(int ordinal) => (char)GetValue(ordinal);

    public override DateTime GetDateTime(int ordinal) => (DateTime)GetValue(ordinal);

    public override Guid GetGuid(int ordinal) => (Guid)GetValue(ordinal);

    public override string GetString(int ordinal) => (string)GetValue(ordinal);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) => throw new NotSupportedException();

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) => throw new NotSupportedException();

    [SuppressMessage("Design", "CA1024", Justification = "It is overridden.")]
    public override IEnumerator GetEnumerator() => throw new NotSupportedException();

    private static int PlaceOf(StagedPlan plan, TargetColumn column)
    {
        for (int i = 0; i < plan.Columns.Count; i++)
        {
            if (ReferenceEquals(plan.Columns[i], column))
                return i;
        }
        return Missing;
    }
}
