using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Provider;
using System.Text;

namespace Microsoft.PowerShell.Commands;

[Cmdlet(VerbsCommon.Get, "Content", DefaultParameterSetName = "Path")]
public sealed class GetContentCommand : PathCommand
{
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("First", "Head")]
    [ValidateRange(0, long.MaxValue)]
    public long? TotalCount { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Last")]
    [ValidateRange(0, int.MaxValue)]
    public int? Tail { get; set; }

    [Parameter]
    public SwitchParameter Raw { get; set; }

    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    [Parameter]
    [TextEncoding]
    public Encoding Encoding { get; set; } = TextEncoding.Default;

    protected override void ProcessRecord()
    {
        foreach (PathInfo item in Found())
            Try(item.Path, () => Write(item));
    }

    private void Write(PathInfo item)
    {
        if (item.Provider.Name != "FileSystem")
            WriteFromProvider(item.Path);
        else if (AsByteStream)
            WriteObject(File.ReadAllBytes(item.ProviderPath), enumerateCollection: !Raw);
        else if (Raw)
            WriteObject(File.ReadAllText(item.ProviderPath, Encoding));
        else
            WriteObject(Lines(item.ProviderPath), enumerateCollection: true);
    }

    private IEnumerable<string> Lines(string file)
    {
        IEnumerable<string> lines = File.ReadLines(file, Encoding);
        if (Tail is { } last)
            lines = lines.TakeLast(last);
        return TotalCount is { } first ? lines.Take((int)Math.Min(first, int.MaxValue)) : lines;
    }

    private void WriteFromProvider(string path)
    {
        foreach (IContentReader reader in InvokeProvider.Content.GetReader([path], force: false, literalPath: true))
        {
            using (reader)
            {
                for (IList? block = reader.Read(0); block is { Count: > 0 }; block = reader.Read(0))
                    WriteObject(block, enumerateCollection: true);
            }
        }
    }
}

/// <summary>A command that writes what it is piped into a file, a variable, a function …</summary>
public abstract class ContentWriterCommand : PathCommandForContent
{
    private readonly List<IContentWriter> _providers = [];
    private readonly List<Stream> _streams = [];
    private bool _isOpen;

    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? Value { get; set; }

    [Parameter]
    public SwitchParameter NoNewline { get; set; }

    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    [TextEncoding]
    public Encoding Encoding { get; set; } = TextEncoding.Default;

    private protected abstract bool Appends { get; }

    protected override void ProcessRecord()
    {
        if (!_isOpen)
            Open();
        foreach (object? value in Value ?? [])
        {
            Write(value is PSObject wrapped ? wrapped.BaseObject : value);
            if (PassThru)
                WriteObject(value);
        }
    }

    protected override void EndProcessing() => Close();

    private void Open()
    {
        _isOpen = true;
        foreach (string path in Given)
        {
            SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            if (!ShouldProcess($"Path: {path}", Appends ? "Add Content" : "Set Content"))
                continue;
            if (provider.Name == "FileSystem")
                OpenFile(path);
            else
                _providers.AddRange(InvokeProvider.Content.GetWriter([path], Force, IsLiteral));
        }
    }

    private void OpenFile(string path)
    {
        using StreamWriter file = TextFiles.OpenWrite(this, path, IsLiteral, Encoding, Appends, noClobber: false, Force);
        string name = ((FileStream)file.BaseStream).Name;
        bool isNew = file.BaseStream.Length == 0;
        file.Dispose();
        var stream = new FileStream(name, FileMode.Append, FileAccess.Write, FileShare.Read);
        if (isNew && !AsByteStream)
            stream.Write(Encoding.Preamble);
        _streams.Add(stream);
    }

    private void Write(object? value)
    {
        byte[] bytes = AsByteStream
            ? [LanguagePrimitives.ConvertTo<byte>(value)]
            : Encoding.GetBytes(LanguagePrimitives.ConvertTo<string>(value) + (NoNewline ? "" : Environment.NewLine));
        _streams.ForEach(s => s.Write(bytes));
        _providers.ForEach(p => p.Write(new[] { value }));
    }

    private protected override void Close()
    {
        _streams.ForEach(s => s.Dispose());
        _providers.ForEach(p => p.Close());
        _streams.Clear();
        _providers.Clear();
    }
}

/// <summary>The paths of a command whose pipeline input is content, not paths.</summary>
public abstract class PathCommandForContent : PSCmdlet, IDisposable
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "Path")]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    private protected bool IsLiteral => ParameterSetName == "LiteralPath";

    private protected string[] Given => IsLiteral ? LiteralPath : Path;

    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    private protected abstract void Close();
}

[Cmdlet(VerbsCommon.Set, "Content", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
public sealed class SetContentCommand : ContentWriterCommand
{
    private protected override bool Appends => false;
}

[Cmdlet(VerbsCommon.Add, "Content", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
public sealed class AddContentCommand : ContentWriterCommand
{
    private protected override bool Appends => true;
}

[Cmdlet(VerbsCommon.Clear, "Content", SupportsShouldProcess = true, DefaultParameterSetName = "Path")]
public sealed class ClearContentCommand : PathCommand
{
    protected override void ProcessRecord()
    {
        foreach (PathInfo item in Found().ToArray())
        {
            if (ShouldProcess($"Item: {item.Path}", "Clear Content"))
                Try(item.Path, () => InvokeProvider.Content.Clear([item.Path], force: false, literalPath: true));
        }
    }
}
