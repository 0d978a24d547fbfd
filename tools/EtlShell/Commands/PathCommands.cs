using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>A command that does something to items, one at a time.</summary>
public abstract class ItemCommand : PSCmdlet
{
    /// <summary>Does something to one item; what goes wrong with it is an error record, and the others go on.</summary>
    private protected void Try(string target, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IContainsErrorRecord and not PipelineStoppedException)
        {
            WriteError(new ErrorRecord(((IContainsErrorRecord)e).ErrorRecord, e));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            WriteError(new ErrorRecord(e, e.GetType().Name, ErrorCategory.InvalidOperation, target));
        }
    }
}

/// <summary>A command over -Path (wildcards) or -LiteralPath.</summary>
public abstract class PathCommand : ItemCommand
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Path")]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    private protected bool IsLiteral => ParameterSetName == "LiteralPath";

    private protected string[] Given => IsLiteral ? LiteralPath : Path;

    private protected IEnumerable<PathInfo> Found() => Paths.Existing(this, Given, IsLiteral);
}

[Cmdlet(VerbsDiagnostic.Resolve, "Path", DefaultParameterSetName = "Path")]
public sealed class ResolvePathCommand : PathCommand
{
    [Parameter]
    public SwitchParameter Relative { get; set; }

    protected override void ProcessRecord()
    {
        string here = SessionState.Path.CurrentLocation.Path;
        foreach (PathInfo path in Found())
        {
            if (!Relative)
                WriteObject(path);
            else
                WriteObject(System.IO.Path.Join(".", System.IO.Path.GetRelativePath(here, path.Path)));
        }
    }
}

[Cmdlet(VerbsData.Convert, "Path", DefaultParameterSetName = "Path")]
public sealed class ConvertPathCommand : PathCommand
{
    protected override void ProcessRecord() => WriteObject(Found().Select(p => p.ProviderPath), enumerateCollection: true);
}

[Cmdlet(VerbsDiagnostic.Test, "Path", DefaultParameterSetName = "Path")]
public sealed class TestPathCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Path")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string?[]? Path { get; set; }

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string?[]? LiteralPath { get; set; }

    [Parameter]
    [Alias("Type")]
    [ValidateSet("Any", "Container", "Leaf")]
    public string PathType { get; set; } = "Any";

    protected override void ProcessRecord()
    {
        bool literal = ParameterSetName == "LiteralPath";
        foreach (string? path in (literal ? LiteralPath : Path) ?? [])
            WriteObject(!string.IsNullOrWhiteSpace(path) && Exists(path, literal));
    }

    private bool Exists(string path, bool literal)
    {
        try
        {
            if (!InvokeProvider.Item.Exists(path, force: false, literal))
                return false;
            return PathType == "Any" || InvokeProvider.Item.IsContainer(literal ? WildcardPattern.Escape(path) : path) == (PathType == "Container");
        }
        catch (Exception e) when (e is System.Management.Automation.DriveNotFoundException or ProviderNotFoundException or ItemNotFoundException)
        {
            return false;
        }
    }
}

[Cmdlet(VerbsCommon.Join, "Path")]
public sealed class JoinPathCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string[] ChildPath { get; set; } = [];

    [Parameter(Position = 2, ValueFromRemainingArguments = true)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[] AdditionalChildPath { get; set; } = [];

    [Parameter]
    public SwitchParameter Resolve { get; set; }

    protected override void ProcessRecord()
    {
        foreach (string path in Path)
        {
            string joined = (ChildPath ?? []).Concat(AdditionalChildPath ?? []).Aggregate(path, (parent, child) => SessionState.Path.Combine(parent, child));
            if (!Resolve)
                WriteObject(joined);
            else
                WriteObject(Paths.Existing(this, [joined], literal: false).Select(p => p.Path), enumerateCollection: true);
        }
    }
}

[Cmdlet(VerbsCommon.Split, "Path", DefaultParameterSetName = "ParentSet")]
public sealed class SplitPathCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "LiteralPath")]
    public string[] Path { get; set; } = [];

    [Parameter(ParameterSetName = "ParentSet")]
    public SwitchParameter Parent { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "LeafSet")]
    public SwitchParameter Leaf { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "LeafBaseSet")]
    public SwitchParameter LeafBase { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "ExtensionSet")]
    public SwitchParameter Extension { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "IsAbsoluteSet")]
    public SwitchParameter IsAbsolute { get; set; }

    [Parameter]
    public SwitchParameter Resolve { get; set; }

    protected override void ProcessRecord()
    {
        IEnumerable<string> paths = Resolve ? Paths.Existing(this, Path, literal: false).Select(p => p.Path) : Path;
        foreach (string path in paths)
            WriteObject(Part(path));
    }

    private object Part(string path) => ParameterSetName switch
    {
        "LeafSet" => LeafOf(path),
        "LeafBaseSet" => System.IO.Path.GetFileNameWithoutExtension(LeafOf(path)),
        "ExtensionSet" => System.IO.Path.GetExtension(LeafOf(path)),
        "IsAbsoluteSet" => SessionState.Path.IsPSAbsolute(path, out _),
        _ => SessionState.Path.ParseParent(path, ""),
    };

    private string LeafOf(string path) => SessionState.Path.ParseChildName(path);
}
