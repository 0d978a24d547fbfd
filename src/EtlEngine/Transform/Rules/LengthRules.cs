using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>-MaxLength, in UTF-16 units.</summary>
internal sealed class MaxLengthRule(int limit) : ColumnRule(ErrorCodes.MaxLengthExceeded)
{
    public override string? Check(string column, in Field field) =>
        field.Text.Length > limit ? $"column '{column}' has {field.Text.Length} characters, more than -MaxLength {limit}" : null;
}

/// <summary>-MinLength, in UTF-16 units.</summary>
internal sealed class MinLengthRule(int limit) : ColumnRule(ErrorCodes.MinLengthNotReached)
{
    public override string? Check(string column, in Field field) =>
        field.Text.Length < limit ? $"column '{column}' has {field.Text.Length} characters, fewer than -MinLength {limit}" : null;
}
