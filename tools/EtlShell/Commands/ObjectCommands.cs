using System.Collections;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.New, "Object")]
public sealed class NewObjectCommand : PSCmdlet
{
    // In a property, so that a created collection is not taken for the script's many results.
    private const string Construct = "param($Type, $Arguments) [pscustomobject]@{ Created = $Type::new.Invoke($Arguments) }";

    [Parameter(Mandatory = true, Position = 0)]
    public string TypeName { get; set; } = "";

    [Parameter(Position = 1)]
    [Alias("Args")]
    public object[]? ArgumentList { get; set; }

    [Parameter]
    public IDictionary? Property { get; set; }

    protected override void BeginProcessing()
    {
        Type type = LanguagePrimitives.ConvertTo<Type>(TypeName);
        bool isBag = type == typeof(PSObject) || type == typeof(object) || type == typeof(PSCustomObject);
        if (isBag && Property is not null)
        {
            var bag = new PSObject();
            foreach (DictionaryEntry entry in Property)
                bag.Properties.Add(new PSNoteProperty($"{entry.Key}", entry.Value));
            WriteObject(bag);
            return;
        }

        PSObject created = type == typeof(PSObject)
            ? new PSObject()
            : Create(type);
        foreach (DictionaryEntry entry in Property ?? new Hashtable())
            created.Properties[$"{entry.Key}"].Value = entry.Value;
        WriteObject(created);
    }

    private PSObject Create(Type type)
    {
        PSObject result = InvokeCommand.InvokeScript(useLocalScope: true, ScriptBlock.Create(Construct), null, type, Unwrapped()).Single();
        return PSObject.AsPSObject(result.Properties["Created"].Value);
    }

    private object?[] Unwrapped() => [.. (ArgumentList ?? []).Select(a => a is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : a)];
}

[Cmdlet(VerbsCommon.Add, "Member", DefaultParameterSetName = "TypeNameSet")]
public sealed class AddMemberCommand : PSCmdlet
{
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = null!;

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "MemberSet")]
    [Alias("Type")]
    public PSMemberTypes MemberType { get; set; }

    [Parameter(Mandatory = true, Position = 1, ParameterSetName = "MemberSet")]
    public string Name { get; set; } = "";

    [Parameter(Position = 2, ParameterSetName = "MemberSet")]
    public object? Value { get; set; }

    [Parameter(Position = 3, ParameterSetName = "MemberSet")]
    public object? SecondValue { get; set; }

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "NotePropertySingleMemberSet")]
    public string NotePropertyName { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1, ParameterSetName = "NotePropertySingleMemberSet")]
    [AllowNull]
    public object? NotePropertyValue { get; set; }

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "NotePropertyMultiMemberSet")]
    public IDictionary NotePropertyMembers { get; set; } = null!;

    [Parameter]
    public string? TypeName { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        if (TypeName is not null)
            InputObject.TypeNames.Insert(0, TypeName);
        foreach (PSMemberInfo member in Members())
            Add(member);
        if (PassThru)
            WriteObject(InputObject);
    }

    private IEnumerable<PSMemberInfo> Members() => ParameterSetName switch
    {
        "MemberSet" => [Member()],
        "NotePropertySingleMemberSet" => [new PSNoteProperty(NotePropertyName, NotePropertyValue)],
        "NotePropertyMultiMemberSet" => NotePropertyMembers.Cast<DictionaryEntry>().Select(e => new PSNoteProperty($"{e.Key}", e.Value)),
        _ => [],
    };

    private PSMemberInfo Member() => MemberType switch
    {
        PSMemberTypes.NoteProperty => new PSNoteProperty(Name, Value),
        PSMemberTypes.AliasProperty => new PSAliasProperty(Name, $"{Value}"),
        PSMemberTypes.ScriptProperty => new PSScriptProperty(Name, Script(Value), SecondValue is null ? null : Script(SecondValue)),
        PSMemberTypes.ScriptMethod => new PSScriptMethod(Name, Script(Value)),
        _ => throw new PSNotSupportedException($"EtlShell's Add-Member does not add a {MemberType}."),
    };

    private static ScriptBlock Script(object? value) => LanguagePrimitives.ConvertTo<ScriptBlock>(value);

    private void Add(PSMemberInfo member)
    {
        if (InputObject.Members[member.Name] is not null)
        {
            if (!Force)
            {
                WriteError(new ErrorRecord(
                    new InvalidOperationException($"Cannot add a member with the name \"{member.Name}\" because a member with that name already exists. To overwrite the member anyway, add the Force parameter to your command."),
                    "MemberAlreadyExists", ErrorCategory.InvalidOperation, InputObject));
                return;
            }

            InputObject.Members.Remove(member.Name);
        }

        InputObject.Members.Add(member);
    }
}

[Cmdlet(VerbsCommon.Get, "Member")]
public sealed class GetMemberCommand : PSCmdlet
{
    private readonly HashSet<string> _seen = [];

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public string[] Name { get; set; } = ["*"];

    [Parameter]
    [Alias("Type")]
    public PSMemberTypes MemberType { get; set; } = PSMemberTypes.All;

    protected override void ProcessRecord()
    {
        if (InputObject is null || !_seen.Add(InputObject.TypeNames[0]))
            return;
        WildcardPattern[] names = [.. Name.Select(n => WildcardPattern.Get(n, WildcardOptions.IgnoreCase))];
        var found = InputObject.Members
            .Where(m => MemberType.HasFlag(m.MemberType) && names.Any(n => n.IsMatch(m.Name)) && !IsAccessor(m))
            .OrderBy(m => m.MemberType.ToString(), StringComparer.Ordinal)
            .ThenBy(m => m.Name, StringComparer.OrdinalIgnoreCase);
        foreach (PSMemberInfo member in found)
            WriteObject(new MemberDefinition(InputObject.TypeNames[0], member.Name, member.MemberType, member.ToString() ?? ""));
    }

    private static bool IsAccessor(PSMemberInfo member)
        => member.MemberType == PSMemberTypes.Method && (member.Name.StartsWith("get_", StringComparison.Ordinal) || member.Name.StartsWith("set_", StringComparison.Ordinal));
}
