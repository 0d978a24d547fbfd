using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Get, "Random", DefaultParameterSetName = "RandomNumber")]
public sealed class GetRandomCommand : PSCmdlet
{
    private static Random _random = new();
    private readonly List<object?> _items = [];

    [Parameter(Position = 0, ParameterSetName = "RandomNumber")]
    public object? Maximum { get; set; }

    [Parameter(ParameterSetName = "RandomNumber")]
    public object Minimum { get; set; } = 0;

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "RandomListItem")]
    public object?[]? InputObject { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = 1;

    [Parameter(ParameterSetName = "RandomListItem")]
    public SwitchParameter Shuffle { get; set; }

    [Parameter]
    public int? SetSeed { get; set; }

    protected override void BeginProcessing()
    {
        if (SetSeed is { } seed)
            _random = new Random(seed);
    }

    protected override void ProcessRecord() => _items.AddRange(InputObject ?? []);

    protected override void EndProcessing()
    {
        if (ParameterSetName == "RandomListItem")
        {
            object?[] shuffled = [.. _items];
            _random.Shuffle(shuffled);
            WriteObject(Shuffle ? shuffled : shuffled.Take(Count), enumerateCollection: true);
            return;
        }

        for (int i = 0; i < Count; i++)
            WriteNumber();
    }

    private void WriteNumber()
    {
        object minimum = LanguagePrimitives.ConvertTo<PSObject>(Minimum).BaseObject;
        object? maximum = Maximum is null ? null : LanguagePrimitives.ConvertTo<PSObject>(Maximum).BaseObject;
        if (minimum is double || maximum is double)
        {
            double low = LanguagePrimitives.ConvertTo<double>(minimum);
            double high = maximum is null ? double.MaxValue : LanguagePrimitives.ConvertTo<double>(maximum);
            WriteObject(low + (_random.NextDouble() * (high - low)));
            return;
        }

        long from = LanguagePrimitives.ConvertTo<long>(minimum);
        long to = maximum is null ? int.MaxValue : LanguagePrimitives.ConvertTo<long>(maximum);
        if (from >= to)
            ThrowTerminatingError(new ErrorRecord(
                new ArgumentException($"The Minimum value ({from}) cannot be greater than or equal to the Maximum value ({to})."),
                "MinGreaterThanOrEqualMax", ErrorCategory.InvalidArgument, null));
        long drawn = _random.NextInt64(from, to);
        if (minimum is long || maximum is long)
            WriteObject(drawn);
        else
            WriteObject((int)drawn);
    }
}

[Cmdlet(VerbsCommon.New, "Guid")]
public sealed class NewGuidCommand : PSCmdlet
{
    protected override void EndProcessing() => WriteObject(Guid.NewGuid());
}

[Cmdlet(VerbsCommon.New, "TemporaryFile", SupportsShouldProcess = true)]
public sealed class NewTemporaryFileCommand : PSCmdlet
{
    protected override void EndProcessing()
    {
        if (ShouldProcess(Path.GetTempPath(), "New-TemporaryFile"))
            WriteObject(new FileInfo(Path.GetTempFileName()));
    }
}

[Cmdlet(VerbsCommon.Get, "Process", DefaultParameterSetName = "Name")]
public sealed class GetProcessCommand : PSCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "Name")]
    [Alias("ProcessName")]
    public string[] Name { get; set; } = ["*"];

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Id")]
    [Alias("PID")]
    public int[] Id { get; set; } = [];

    protected override void ProcessRecord()
    {
        Process[] all = Process.GetProcesses();
        if (ParameterSetName == "Id")
        {
            foreach (int id in Id)
                Write(all.Where(p => p.Id == id), $"Cannot find a process with the process identifier {id}.", "NoProcessFoundForGivenId", id);
            return;
        }

        foreach (string name in Name)
        {
            var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            string missing = WildcardPattern.ContainsWildcardCharacters(name) ? "" : $"Cannot find a process with the name \"{name}\". Verify the process name and call the cmdlet again.";
            Write(all.Where(p => pattern.IsMatch(p.ProcessName)).OrderBy(p => p.ProcessName, StringComparer.OrdinalIgnoreCase), missing, "NoProcessFoundForGivenName", name);
        }
    }

    private void Write(IEnumerable<Process> processes, string missing, string errorId, object target)
    {
        Process[] found = [.. processes];
        if (found.Length == 0 && missing.Length > 0)
            WriteError(new ErrorRecord(new InvalidOperationException(missing), errorId, ErrorCategory.ObjectNotFound, target));
        WriteObject(found, enumerateCollection: true);
    }
}

[Cmdlet(VerbsData.Import, "PowerShellDataFile", DefaultParameterSetName = "ByPath")]
public sealed class ImportPowerShellDataFileCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "ByPath")]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "ByLiteralPath")]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    protected override void ProcessRecord()
    {
        bool literal = ParameterSetName == "ByLiteralPath";
        foreach (PathInfo file in Paths.Existing(this, literal ? LiteralPath : Path, literal))
        {
            Ast script = Parser.ParseFile(file.ProviderPath, out _, out ParseError[] errors);
            if (errors.Length == 0 && script.Find(a => a is HashtableAst, searchNestedScriptBlocks: false) is HashtableAst data)
                WriteObject(data.SafeGetValue());
            else
                WriteError(new ErrorRecord(
                    new InvalidOperationException($"The file '{file.ProviderPath}' could not be parsed as a PowerShell Data File."),
                    "CouldNotParseAsPowerShellDataFile", ErrorCategory.InvalidData, file.ProviderPath));
        }
    }
}
