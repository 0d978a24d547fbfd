using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>
/// The values that earlier records had in columns that must be unique: only 128 bits of the SHA-256 of each, and only a limited number. One
/// thread at a time, in input order.
/// </summary>
internal sealed class UniqueValues(IReadOnlyList<string> columns, int limit)
{
    private readonly HashSet<UInt128> _seen = [];

    public string Name { get; } = string.Join(", ", columns.Select(column => $"'{column}'"));

    public string FirstColumn => columns[0];

    public IReadOnlyList<string> Columns => columns;

    /// <summary>Whether records with different keys cannot have the same values.</summary>
    public bool Covers(IReadOnlyList<string> key) => key.All(column => columns.Contains(column, StringComparer.OrdinalIgnoreCase));

    public bool Contains(UInt128 value) => _seen.Contains(value);

    /// <summary>Remembers a value.</summary>
    /// <exception cref="EtlException">There are too many values.</exception>
    public void Add(UInt128 value)
    {
        if (_seen.Count == limit)
        {
            throw new EtlException(
                FailureCodes.UniqueLimitReached, FailureKind.InvalidData,
                FormattableString.Invariant($"-Unique {Name}: there are more than {limit} distinct values, and no more are remembered. Raise -UniqueLimit (about 50 bytes of memory for each value), or leave the check to the database."));
        }
        _seen.Add(value);
    }
}
