using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>The rules that a record breaks, in the order in which they were found; the first one gives the code and the column.</summary>
internal struct Breaches
{
    private string? _code;
    private string? _column;
    private List<(string Column, string Message)>? _all;

    public readonly bool Any => _code is not null;

    public void Add(string code, string column, string message)
    {
        _code ??= code;
        _column ??= column;
        (_all ??= []).Add((column, message));
    }

    /// <summary>Whether one of them is of this column.</summary>
    public readonly bool Includes(string column) => _all?.Exists(breach => breach.Column.Equals(column, StringComparison.OrdinalIgnoreCase)) == true;

    public readonly RecordError ToError(ErrorFactory newError)
    {
        string joined = string.Join("; ", _all!.Select(breach => breach.Message));
        return newError(_code!, string.Concat(char.ToUpperInvariant(joined[0]).ToString(), joined.AsSpan(1), "."), _column);
    }
}
