using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>-Range.</summary>
internal sealed class RangeRule(ValueRange range) : ColumnRule(ErrorCodes.OutOfRange)
{
    public override string? Check(string column, in Field field) => range.Check(field) is { } breach ? $"column '{column}' {breach}" : null;
}
