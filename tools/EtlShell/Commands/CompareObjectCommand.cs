using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsData.Compare, "Object")]
public sealed class CompareObjectCommand : PSCmdlet
{
    private readonly List<Entry> _unmatchedReferences = [];
    private readonly List<Entry> _unmatchedDifferences = [];
    private PropertyExpression[] _properties = [];
    private ValueComparer _values = new(false);
    private Queue<Entry> _references = new();

    [Parameter(Mandatory = true, Position = 0)]
    [AllowEmptyCollection]
    public PSObject[] ReferenceObject { get; set; } = [];

    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [AllowEmptyCollection]
    public PSObject[] DifferenceObject { get; set; } = [];

    [Parameter]
    public object[]? Property { get; set; }

    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    [Parameter]
    public SwitchParameter ExcludeDifferent { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    protected override void BeginProcessing()
    {
        _properties = PropertyExpression.All(Property);
        _values = new ValueComparer(CaseSensitive);
        _references = new Queue<Entry>(ReferenceObject.Select(NewEntry));
    }

    protected override void ProcessRecord()
    {
        foreach (PSObject difference in DifferenceObject)
            Match(NewEntry(difference));
    }

    protected override void EndProcessing()
    {
        while (_references.Count > 0)
            Match(null);
        if (ExcludeDifferent)
            return;
        _unmatchedDifferences.ForEach(e => Emit(e, "=>"));
        _unmatchedReferences.ForEach(e => Emit(e, "<="));
    }

    private void Match(Entry? difference)
    {
        _references.TryDequeue(out Entry? reference);
        if (reference is not null && difference is not null && _values.SameKeys(reference.Keys, difference.Keys))
        {
            EmitEqual(reference);
            return;
        }

        Settle(difference, _unmatchedReferences, _unmatchedDifferences);
        Settle(reference, _unmatchedDifferences, _unmatchedReferences);
    }

    private void Settle(Entry? entry, List<Entry> others, List<Entry> own)
    {
        if (entry is null)
            return;
        int match = others.FindIndex(o => _values.SameKeys(o.Keys, entry.Keys));
        if (match < 0)
        {
            own.Add(entry);
            return;
        }

        EmitEqual(ReferenceEquals(others, _unmatchedReferences) ? others[match] : entry);
        others.RemoveAt(match);
    }

    private void EmitEqual(Entry entry)
    {
        if (IncludeEqual || ExcludeDifferent)
            Emit(entry, "==");
    }

    private void Emit(Entry entry, string side)
    {
        PSObject result = PassThru ? entry.Value : new PSObject();
        if (!PassThru && _properties.Length == 0)
            result.Properties.Add(new PSNoteProperty("InputObject", entry.Value));
        for (int i = 0; !PassThru && i < _properties.Length; i++)
            result.Properties.Add(new PSNoteProperty(_properties[i].Name, entry.Keys[i]));
        result.Properties.Remove("SideIndicator");
        result.Properties.Add(new PSNoteProperty("SideIndicator", side));
        WriteObject(result);
    }

    private Entry NewEntry(PSObject value)
    {
        object?[] keys = _properties.Length == 0 ? [value] : [.. _properties.Select(p => p.TryGet(value, out object? key) ? key : null)];
        return new Entry(value, keys);
    }

    private sealed record Entry(PSObject Value, object?[] Keys);
}
