using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>The rules of each column, in the order in which breaches are reported.</summary>
internal sealed class RuleSet
{
    private readonly Dictionary<string, List<ColumnRule>> _byColumn = new(StringComparer.OrdinalIgnoreCase);

    public RuleSet(RuleOptions options)
    {
        Add(options.Required, _ => new RequiredRule());
        Add(options.RequiredString, _ => new RequiredStringRule());
        Add(options.MaxLength.Keys, column => new MaxLengthRule(options.MaxLength[column]));
        Add(options.MinLength.Keys, column => new MinLengthRule(options.MinLength[column]));
        Add(options.Ranges.Keys, column => new RangeRule(options.Ranges[column]));
        Add(options.Patterns.Keys, column => new PatternRule(options.Patterns[column]));
        Add(options.AllowedValues.Keys, column => new AllowedValueRule(options.AllowedValues[column]));
    }

    /// <summary>The rules with the columns' positions in a schema, without columns that it lacks and that no rule requires.</summary>
    public ColumnRules[] For(Schema schema) =>
    [
        .. from entry in _byColumn
           let index = schema.IndexOf(entry.Key)
           let rules = entry.Value.Where(rule => index >= 0 || rule.NeedsColumn).ToArray()
           where rules.Length > 0
           select new ColumnRules(entry.Key, index, rules, index < 0 ? NearName.Find(entry.Key, schema.Names) : null),
    ];

    private void Add(IEnumerable<string> columns, Func<string, ColumnRule> make)
    {
        foreach (string column in columns)
        {
            if (!_byColumn.TryGetValue(column, out List<ColumnRule>? rules))
                _byColumn[column] = rules = [];
            rules.Add(make(column));
        }
    }
}

/// <summary>The rules of one column of a schema.</summary>
/// <param name="column">The column.</param>
/// <param name="index">Its position, or -1.</param>
/// <param name="rules">Its rules, at least one.</param>
/// <param name="near">A column of the schema that may be meant where this one is missing.</param>
internal sealed class ColumnRules(string column, int index, ColumnRule[] rules, string? near)
{
    public void Check(Record record, ref char[] scratch, ref Breaches breaches)
    {
        if (index < 0)
        {
            breaches.Add(rules[0].Code, column, $"the required column '{column}' is missing{(near is null ? "" : $", but there is a column '{near}'")}");
            return;
        }
        // A value that is not converted would break other rules for the same fault, and so would one that is missing.
        if (breaches.Includes(column))
            return;
        Field field = Field.Of(record, index, ref scratch);
        foreach (ColumnRule rule in rules)
        {
            if ((field.IsNull && rule.SkipsNull) || rule.Check(column, field) is not { } breach)
                continue;
            breaches.Add(rule.Code, column, breach);
            if (rule.NeedsColumn)
                return;
        }
    }
}
