using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>The rules that a record breaks, in the order in which they were found; the first one gives the code and the column.</summary>
internal struct Breaches
{
    private string? _code;
    private string? _column;
    private List<string>? _messages;

    public readonly bool Any => _code is not null;

    public void Add(string code, string column, string message)
    {
        _code ??= code;
        _column ??= column;
        (_messages ??= []).Add(message);
    }

    public readonly RecordError ToError(ErrorFactory newError)
    {
        string joined = string.Join("; ", _messages!);
        return newError(_code!, string.Concat(char.ToUpperInvariant(joined[0]).ToString(), joined.AsSpan(1), "."), _column);
    }
}
