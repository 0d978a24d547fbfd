using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Get, "Item", DefaultParameterSetName = "Path")]
public sealed class GetItemCommand : PathCommand
{
    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        foreach (string path in Given)
            Try(path, () => WriteObject(InvokeProvider.Item.Get([path], Force, IsLiteral), enumerateCollection: true));
    }
}

[Cmdlet(VerbsCommon.New, "Item", SupportsShouldProcess = true, DefaultParameterSetName = "pathSet")]
public sealed class NewItemCommand : ItemCommand
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "pathSet")]
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "nameSet")]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "nameSet")]
    [AllowNull]
    [AllowEmptyString]
    public string? Name { get; set; }

    [Parameter]
    [Alias("Type")]
    public string? ItemType { get; set; }

    [Parameter(ValueFromPipeline = true)]
    [Alias("Target")]
    public object? Value { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        foreach (string path in Path.Length > 0 ? Path : ["."])
        {
            string target = Name is null ? path : SessionState.Path.Combine(path, Name);
            if (ShouldProcess($"Destination: {target}", "Create"))
                Try(target, () => WriteObject(InvokeProvider.Item.New([path], Name, ItemType, Value, Force), enumerateCollection: true));
        }
    }
}

[Cmdlet(VerbsCommon.Remove, "Item", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
public sealed class RemoveItemCommand : PathCommand
{
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        foreach (PathInfo item in Found().ToArray())
        {
            string action = Directory.Exists(item.ProviderPath) ? "Remove Directory" : File.Exists(item.ProviderPath) ? "Remove File" : "Remove Item";
            if (ShouldProcess(item.Path, action))
                Try(item.Path, () => Remove(item));
        }
    }

    private void Remove(PathInfo item)
    {
        // The provider would ask at a terminal; a script must have said -Recurse.
        if (!Recurse && Directory.Exists(item.ProviderPath) && Directory.EnumerateFileSystemEntries(item.ProviderPath).Any())
            throw new IOException($"The item at {item.Path} has children and the Recurse parameter was not specified.");
        InvokeProvider.Item.Remove([item.Path], Recurse, Force, literalPath: true);
    }
}

[Cmdlet(VerbsCommon.Copy, "Item", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
public sealed class CopyItemCommand : PathCommand
{
    [Parameter(Position = 1)]
    public string Destination { get; set; } = ".";

    [Parameter]
    public SwitchParameter Recurse { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord()
    {
        foreach (PathInfo item in Found().ToArray())
        {
            if (ShouldProcess($"Item: {item.Path} Destination: {Destination}", "Copy"))
                Try(item.Path, () => Copy(item));
        }
    }

    private void Copy(PathInfo item)
    {
        var copied = InvokeProvider.Item.Copy([item.Path], Destination, Recurse, CopyContainers.CopyTargetContainer, Force, literalPath: true);
        if (PassThru)
            WriteObject(copied, enumerateCollection: true);
    }
}

[Cmdlet(VerbsCommon.Move, "Item", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
public sealed class MoveItemCommand : PathCommand
{
    [Parameter(Position = 1)]
    public string Destination { get; set; } = ".";

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord()
    {
        foreach (PathInfo item in Found().ToArray())
        {
            if (ShouldProcess($"Item: {item.Path} Destination: {Destination}", "Move"))
                Try(item.Path, () => Move(item));
        }
    }

    private void Move(PathInfo item)
    {
        var moved = InvokeProvider.Item.Move([item.Path], Destination, Force, literalPath: true);
        if (PassThru)
            WriteObject(moved, enumerateCollection: true);
    }
}

[Cmdlet(VerbsCommon.Rename, "Item", SupportsShouldProcess = true, DefaultParameterSetName = "ByPath")]
public sealed class RenameItemCommand : ItemCommand
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "ByPath")]
    public string Path { get; set; } = "";

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "ByLiteralPath")]
    [Alias("PSPath", "LP")]
    public string LiteralPath { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    public string NewName { get; set; } = "";

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord()
    {
        string path = ParameterSetName == "ByLiteralPath" ? WildcardPattern.Escape(LiteralPath) : Path;
        if (!ShouldProcess($"Item: {path} Destination: {NewName}", "Rename"))
            return;
        Try(path, () => Rename(path));
    }

    private void Rename(string path)
    {
        var renamed = InvokeProvider.Item.Rename(path, NewName, Force);
        if (PassThru)
            WriteObject(renamed, enumerateCollection: true);
    }
}
