using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>-Required: the column exists and is neither null nor an empty text. 0 and false are values.</summary>
internal sealed class RequiredRule() : ColumnRule(ErrorCodes.RequiredMissing)
{
    public override bool SkipsNull => false;

    public override bool NeedsColumn => true;

    public override string? Check(string column, in Field field) =>
        field.IsNull ? $"the required column '{column}' is null" : field.IsText && field.Text.IsEmpty ? $"the required column '{column}' is empty" : null;
}

/// <summary>-RequiredString: a text that is not blank.</summary>
internal sealed class RequiredStringRule() : ColumnRule(ErrorCodes.RequiredStringMissing)
{
    public override bool SkipsNull => false;

    public override bool NeedsColumn => true;

    public override string? Check(string column, in Field field)
    {
        if (field.IsNull)
            return $"the required column '{column}' is null";
        if (!field.IsText)
            return $"the required column '{column}' is not text";
        return field.Text.IsWhiteSpace() ? $"the required column '{column}' is blank" : null;
    }
}
