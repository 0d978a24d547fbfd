namespace EtlTools.Engine.Transform.Rules;

/// <summary>A rule for the values of one column. Safe for several threads.</summary>
/// <param name="code">The code of a record that breaks it.</param>
internal abstract class ColumnRule(string code)
{
    public string Code => code;

    /// <summary>True if the rule applies to values only, not to null.</summary>
    public virtual bool SkipsNull => true;

    /// <summary>True if a record without the column breaks the rule.</summary>
    public virtual bool NeedsColumn => false;

    /// <summary>What a value breaks, as part of a sentence without the value; null if it breaks nothing.</summary>
    public abstract string? Check(string column, in Field field);
}
