using System.Collections;
using System.Diagnostics.CodeAnalysis;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>
/// The rows that were passed on of the last group with the same watermark columns. Rows of a group have no order, so after a lost connection
/// the group is read again from its beginning, and the rows that are remembered here are left out.
/// </summary>
internal sealed class OpenGroup
{
    private const int MaxRows = 50_000;
    private const long MaxBytes = 16 * 1024 * 1024;

    private readonly List<object?[]> _rows = [];
    private Dictionary<object?[], int>? _returning;
    private long _bytes;

    /// <summary>Whether no row of the group was passed on.</summary>
    public bool IsEmpty => _rows.Count == 0 && !IsTooLarge;

    /// <summary>Whether the group has more rows than are remembered, so that it cannot be read again.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>The first row of a new group is passed on.</summary>
    public void Begin(object?[] row)
    {
        _rows.Clear();
        _rows.Add(row);
        _returning = null;
        _bytes = 0;
        IsTooLarge = false;
    }

    /// <summary>Another row of the group is passed on.</summary>
    public void Add(object?[] row)
    {
        if (IsTooLarge)
            return;
        _rows.Add(row);
        _bytes += RecordWeight.BytesOf(row);
        if (_rows.Count <= MaxRows && _bytes <= MaxBytes)
            return;
        IsTooLarge = true;
        _rows.Clear();
    }

    /// <summary>The group will be read again.</summary>
    public void StartOver()
    {
        _returning = new Dictionary<object?[], int>(RowComparer.Instance);
        foreach (object?[] row in _rows)
            _returning[row] = _returning.GetValueOrDefault(row) + 1;
    }

    /// <summary>Whether a row of the group was passed on before. Each row is left out once.</summary>
    public bool TryLeaveOut(object?[] row)
    {
        if (_returning is null || !_returning.TryGetValue(row, out int left) || left == 0)
            return false;
        _returning[row] = left - 1;
        return true;
    }

    /// <summary>Compares rows by their contents.</summary>
    private sealed class RowComparer : IEqualityComparer<object?[]>
    {
        public static RowComparer Instance { get; } = new();

        public bool Equals(object?[]? x, object?[]? y) => AreEqual(x, y);

        public int GetHashCode([DisallowNull] object?[] obj)
        {
            var hash = new HashCode();
            foreach (object? value in obj)
                hash.Add(value is string or ValueType ? value : null);
            return hash.ToHashCode();
        }

        private static bool AreEqual(object? one, object? other) => (one, other) switch
        {
            (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
            (JsonValue a, JsonValue b) => a.Utf8.Span.SequenceEqual(b.Utf8.Span),
            (IDictionary a, IDictionary b) => a.Count == b.Count && a.Keys.Cast<object>().All(key => b.Contains(key) && AreEqual(a[key], b[key])),
            (IList a, IList b) => a.Count == b.Count && a.Cast<object?>().Zip(b.Cast<object?>()).All(pair => AreEqual(pair.First, pair.Second)),
            _ => Equals(one, other),
        };
    }
}
