using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Get, "ChildItem", DefaultParameterSetName = "Items")]
public sealed class GetChildItemCommand : ItemCommand
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Items")]
    public string[] Path { get; set; } = ["."];

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralItems")]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(Position = 1)]
    public string Filter { get; set; } = "*";

    [Parameter]
    public string[] Include { get; set; } = ["*"];

    [Parameter]
    public string[] Exclude { get; set; } = [];

    [Parameter]
    [Alias("s", "r")]
    public SwitchParameter Recurse { get; set; }

    [Parameter]
    public uint? Depth { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter Name { get; set; }

    [Parameter]
    [Alias("af")]
    public SwitchParameter File { get; set; }

    [Parameter]
    [Alias("ad")]
    public SwitchParameter Directory { get; set; }

    protected override void ProcessRecord()
    {
        bool literal = ParameterSetName == "LiteralItems";
        foreach (string path in literal ? LiteralPath : Path)
            Try(path, () => Write(path, literal));
    }

    private void Write(string path, bool literal)
    {
        bool recurses = Recurse || Depth is not null;
        foreach (PSObject item in InvokeProvider.ChildItem.Get([path], recurses, Depth ?? uint.MaxValue, Force, literal).Where(IsWanted))
            WriteObject(Name ? PSObject.AsPSObject(NameOf(item)) : item);
    }

    private bool IsWanted(PSObject item)
    {
        string name = NameOf(item);
        return Matches(Filter, name)
            && Include.Any(p => Matches(p, name))
            && !Exclude.Any(p => Matches(p, name))
            && (!File || item.BaseObject is FileInfo)
            && (!Directory || item.BaseObject is DirectoryInfo);
    }

    private static string NameOf(PSObject item) => $"{item.Properties["PSChildName"]?.Value}";

    private static bool Matches(string pattern, string name) => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(name);
}
