using System.Management.Automation;
using EtlTools.Shell;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Select, "Object", DefaultParameterSetName = "Default")]
public sealed class SelectObjectCommand : PSCmdlet
{
    private readonly List<PSObject> _written = [];
    private readonly Queue<PSObject> _held = new();
    private PropertyExpression[] _properties = [];
    private PropertyExpression? _expanded;
    private WildcardPattern[] _excluded = [];
    private int _toSkip;
    private int _taken;

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[]? Property { get; set; }

    [Parameter]
    public string[]? ExcludeProperty { get; set; }

    [Parameter]
    public string? ExpandProperty { get; set; }

    [Parameter]
    public SwitchParameter Unique { get; set; }

    [Parameter]
    public SwitchParameter CaseInsensitive { get; set; }

    [Parameter(ParameterSetName = "Default")]
    [ValidateRange(0, int.MaxValue)]
    public int? First { get; set; }

    [Parameter(ParameterSetName = "Default")]
    [ValidateRange(0, int.MaxValue)]
    public int? Last { get; set; }

    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Skip { get; set; }

    [Parameter(ParameterSetName = "SkipLast")]
    [ValidateRange(0, int.MaxValue)]
    public int SkipLast { get; set; }

    [Parameter(ParameterSetName = "Default")]
    public SwitchParameter Wait { get; set; }

    protected override void BeginProcessing()
    {
        _properties = PropertyExpression.All(Property);
        if (ExcludeProperty is not null)
        {
            _excluded = [.. ExcludeProperty.Select(p => WildcardPattern.Get(p, WildcardOptions.IgnoreCase))];
            if (_properties.Length == 0)
                _properties = PropertyExpression.All(["*"]);
        }

        if (!string.IsNullOrEmpty(ExpandProperty))
            _expanded = new PropertyExpression(ExpandProperty);
        _toSkip = Skip;
    }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
            return;

        // With -Last alone, -Skip counts from the end.
        bool skipsAtEnd = Last is not null && First is null;
        if (_toSkip > 0 && !skipsAtEnd)
        {
            _toSkip--;
            return;
        }

        if (First is { } first)
            TakeFirst(first);
        else if (Last is { } last)
            Hold(last + Skip);
        else if (SkipLast > 0)
            WriteAllBut(SkipLast);
        else
            Choose(InputObject);
    }

    protected override void EndProcessing()
    {
        if (Last is null)
            return;
        int count = First is null ? _held.Count - Skip : _held.Count;
        foreach (PSObject held in _held.Take(count))
            Choose(held);
    }

    private void TakeFirst(int first)
    {
        if (_taken < first)
        {
            _taken++;
            Choose(InputObject!);
        }
        else if (Last is { } last)
        {
            Hold(last);
        }

        if (_taken >= first && Last is null && !Wait)
            throw EngineInternals.StopUpstream(this);
    }

    private void Hold(int count)
    {
        _held.Enqueue(InputObject!);
        if (_held.Count > count)
            _held.Dequeue();
    }

    private void WriteAllBut(int count)
    {
        _held.Enqueue(InputObject!);
        if (_held.Count > count)
            Choose(_held.Dequeue());
    }

    private void Choose(PSObject input)
    {
        if (_properties.Length == 0 && _expanded is null)
            Emit(input);
        else if (_expanded is null)
            Emit(Selected(input));
        else
            Expand(input);
    }

    private PSObject Selected(PSObject input)
    {
        var result = new PSObject();
        AddProperties(result, input, "AlreadyExistingUserSpecifiedPropertyNoExpand");
        result.TypeNames.Insert(0, "Selected." + input.BaseObject.GetType());
        return result;
    }

    private void AddProperties(PSObject result, PSObject input, string duplicateId)
    {
        foreach ((string name, object? value) in _properties.SelectMany(p => p.Resolve(input)))
        {
            if (_excluded.Any(e => e.IsMatch(name)))
                continue;
            if (result.Properties[name] is null)
                result.Properties.Add(new PSNoteProperty(name, value));
            else
                WriteError(new ErrorRecord(
                    new PSArgumentException($"The property cannot be processed because the property \"{name}\" already exists."),
                    duplicateId, ErrorCategory.InvalidOperation, input));
        }
    }

    private void Expand(PSObject input)
    {
        if (!_expanded!.TryGet(input, out object? value))
        {
            WriteError(new ErrorRecord(
                new PSArgumentException($"Property \"{ExpandProperty}\" cannot be found."),
                "ExpandPropertyNotFound", ErrorCategory.InvalidArgument, input));
            return;
        }

        foreach (object? item in LanguagePrimitives.GetEnumerable(value) ?? new[] { value })
        {
            if (item is null)
                continue;
            PSObject expanded = _properties.Length == 0 ? PSObject.AsPSObject(item) : new PSObject(item);
            AddProperties(expanded, input, "AlreadyExistingUserSpecifiedPropertyExpand");
            Emit(expanded);
        }
    }

    private void Emit(PSObject result)
    {
        if (Unique)
        {
            var comparer = new ValueComparer(caseSensitive: !CaseInsensitive);
            if (_written.Any(w => comparer.SameKeys(Keys(w), Keys(result))))
                return;
            _written.Add(result);
        }

        WriteObject(result);
    }

    private static object?[] Keys(PSObject value)
        => value.BaseObject is PSCustomObject ? [.. value.Properties.Select(p => p.Value)] : [value.BaseObject];
}
