using System.Collections.Concurrent;

namespace EtlTools.Engine.Records;

/// <summary>
/// The column names of a record, in order, compared without case. Immutable; all rows of a source share one instance,
/// and records that add the same column to the same schema share the extended one.
/// </summary>
internal sealed class Schema
{
    /// <summary>How many one-column extensions a schema remembers; beyond it they are made afresh, so that data-driven
    /// column names cannot grow the cache without bound.</summary>
    private const int MaxRememberedExtensions = 64;

    private readonly string[] _names;
    private readonly Dictionary<string, int> _indexes;
    private readonly ConcurrentDictionary<string, Schema> _extensions = new(StringComparer.Ordinal);

    /// <summary>Makes a schema of these columns.</summary>
    /// <param name="names">Column names; not empty strings, and unique without regard to case.</param>
    /// <exception cref="ArgumentException">A name is empty or occurs twice.</exception>
    public Schema(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        _names = [.. names];
        _indexes = new Dictionary<string, int>(_names.Length, StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < _names.Length; i++)
        {
            if (string.IsNullOrEmpty(_names[i]))
                throw new ArgumentException($"Column {i + 1} has no name.");
            if (!_indexes.TryAdd(_names[i], i))
                throw new ArgumentException($"The column name '{_names[i]}' occurs twice.");
        }
    }

    /// <summary>A schema without columns.</summary>
    public static Schema Empty { get; } = new([]);

    /// <summary>The number of columns.</summary>
    public int Count => _names.Length;

    /// <summary>The column names, in order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The name of the column at this position.</summary>
    public string this[int index] => _names[index];

    /// <summary>The position of a column, or -1.</summary>
    public int IndexOf(string name) => _indexes.TryGetValue(name, out int index) ? index : -1;

    /// <summary>This schema with one more column at the end.</summary>
    public Schema Append(string name)
    {
        if (_extensions.TryGetValue(name, out Schema? known))
            return known;
        var extended = new Schema(_names.Append(name));
        return _extensions.Count < MaxRememberedExtensions ? _extensions.GetOrAdd(name, extended) : extended;
    }

    /// <summary>True when both hold the same names in the same order, letter for letter.</summary>
    public bool HasSameNames(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (names.Count != _names.Length)
            return false;
        for (int i = 0; i < _names.Length; i++)
        {
            if (!string.Equals(_names[i], names[i], StringComparison.Ordinal))
                return false;
        }
        return true;
    }
}
