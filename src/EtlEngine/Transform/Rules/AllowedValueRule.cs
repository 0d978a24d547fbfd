using System.Collections.Frozen;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>-AllowedValue: one value of a list; texts are compared exactly, numbers by value.</summary>
internal sealed class AllowedValueRule : ColumnRule
{
    private readonly int _count;
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _allowed;

    public AllowedValueRule(IEnumerable<object> allowed) : base(ErrorCodes.ValueNotAllowed)
    {
        FrozenSet<string> keys = allowed.Select(ValueText.KeyOf).ToFrozenSet(StringComparer.Ordinal);
        _count = keys.Count;
        _allowed = keys.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public override string? Check(string column, in Field field) =>
        _allowed.Contains(field.Key) ? null : $"column '{column}' is not one of the {_count} values of -AllowedValue";
}
