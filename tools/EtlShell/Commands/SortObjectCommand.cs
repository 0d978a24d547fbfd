using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet("Sort", "Object", DefaultParameterSetName = "Default")]
public sealed class SortObjectCommand : PSCmdlet
{
    private readonly List<Entry> _entries = [];
    private PropertyExpression[] _properties = [];
    private ValueComparer _values = new(false);

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[]? Property { get; set; }

    [Parameter]
    public SwitchParameter Descending { get; set; }

    [Parameter]
    public SwitchParameter Unique { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    // Sorting is always stable here.
    [Parameter(ParameterSetName = "Default")]
    public SwitchParameter Stable { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Top")]
    [ValidateRange(1, int.MaxValue)]
    public int? Top { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Bottom")]
    [ValidateRange(1, int.MaxValue)]
    public int? Bottom { get; set; }

    protected override void BeginProcessing()
    {
        _properties = PropertyExpression.All(Property);
        _values = new ValueComparer(CaseSensitive);
    }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
            return;
        Key[] keys = _properties.Length == 0
            ? [new Key(true, InputObject)]
            : [.. _properties.Select(p => new Key(p.TryGet(InputObject, out object? value), value))];
        _entries.Add(new Entry(InputObject, keys));
    }

    protected override void EndProcessing()
    {
        List<Entry> sorted = [.. _entries.OrderBy(e => e, Comparer<Entry>.Create(Compare))];
        if (Unique)
            sorted = [.. sorted.Where((e, i) => i == 0 || Compare(sorted[i - 1], e) != 0)];
        int skip = Bottom is { } bottom ? Math.Max(0, sorted.Count - bottom) : 0;
        foreach (Entry entry in sorted.Skip(skip).Take(Top ?? int.MaxValue))
            WriteObject(entry.Value);
    }

    private int Compare(Entry x, Entry y)
    {
        for (int i = 0; i < x.Keys.Length; i++)
        {
            (Key first, Key second) = (x.Keys[i], y.Keys[i]);

            // An object without the property comes last in either direction.
            if (!first.Exists || !second.Exists)
            {
                if (first.Exists != second.Exists)
                    return first.Exists ? -1 : 1;
                continue;
            }

            int order = _values.Compare(first.Value, second.Value);
            if (order != 0)
                return IsDescending(i) ? -order : order;
        }

        return 0;
    }

    private bool IsDescending(int key) => (_properties.Length > 0 ? _properties[key].Descending : null) ?? Descending;

    private readonly record struct Key(bool Exists, object? Value);

    private sealed record Entry(PSObject Value, Key[] Keys);
}
