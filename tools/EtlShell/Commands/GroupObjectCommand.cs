using System.Collections;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsData.Group, "Object")]
public sealed class GroupObjectCommand : PSCmdlet
{
    private readonly List<Bucket> _groups = [];
    private readonly Dictionary<string, Bucket> _byText = [];
    private PropertyExpression[] _properties = [];
    private ValueComparer _values = new(false);

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[]? Property { get; set; }

    [Parameter]
    public SwitchParameter NoElement { get; set; }

    [Parameter(ParameterSetName = "HashTable")]
    [Alias("AHT")]
    public SwitchParameter AsHashTable { get; set; }

    [Parameter(ParameterSetName = "HashTable")]
    public SwitchParameter AsString { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    protected override void BeginProcessing()
    {
        _properties = PropertyExpression.All(Property);
        _values = new ValueComparer(CaseSensitive);
    }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
            return;
        object?[] keys = _properties.Length == 0 ? [InputObject] : [.. _properties.Select(p => ValueOf(p, InputObject))];

        // Equal text of equal types is an equal key; only what differs there is compared with every group.
        string text = string.Join('\0', keys.Select(k => $"{k?.GetType()}\u0001{k}"));
        if (!_byText.TryGetValue(text, out Bucket? group))
        {
            group = _groups.Find(g => _values.SameKeys(g.Keys, keys));
            if (group is null)
                _groups.Add(group = new Bucket(keys));
            _byText[text] = group;
        }

        group.Members.Add(InputObject);
    }

    protected override void EndProcessing()
    {
        if (AsHashTable)
        {
            WriteObject(Table());
            return;
        }

        // Groups come sorted where their keys are of one type, as first seen otherwise.
        bool sorts = _groups.Count > 0 && Enumerable.Range(0, _groups[0].Keys.Length)
            .All(i => _groups.Select(g => TypeOf(g.Keys[i])).Where(t => t is not null).Distinct().Count() <= 1);
        IEnumerable<Bucket> ordered = sorts ? _groups.OrderBy(g => g, Comparer<Bucket>.Create(CompareKeys)) : _groups;
        foreach (Bucket group in ordered)
            WriteObject(NoElement ? new GroupInfoNoElement(group.Name, group.Keys, group.Members) : new GroupInfo(group.Name, group.Keys, group.Members));
    }

    private Hashtable Table()
    {
        var table = new Hashtable(CaseSensitive ? StringComparer.CurrentCulture : StringComparer.CurrentCultureIgnoreCase);
        foreach (Bucket group in _groups)
            table[AsString ? group.Name : KeyOf(group)] = new System.Collections.ObjectModel.Collection<PSObject>(group.Members);
        return table;
    }

    private static object KeyOf(Bucket group) => group.Keys[0] is PSObject wrapped ? wrapped.BaseObject : group.Keys[0] ?? "";

    private int CompareKeys(Bucket x, Bucket y)
        => x.Keys.Select((key, i) => _values.Compare(key, y.Keys[i])).FirstOrDefault(order => order != 0);

    private static Type? TypeOf(object? value) => value is PSObject wrapped ? wrapped.BaseObject.GetType() : value?.GetType();

    private static object? ValueOf(PropertyExpression property, PSObject target)
    {
        property.TryGet(target, out object? value);
        return value;
    }

    private sealed class Bucket(object?[] keys)
    {
        public object?[] Keys { get; } = keys;

        public List<PSObject> Members { get; } = [];

        public string Name => string.Join(", ", Keys.Select(k => $"{k}"));
    }
}
